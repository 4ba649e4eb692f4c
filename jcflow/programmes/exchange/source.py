"""Takes YAML or JSON apart into plain data, strictly: no aliases, tags, duplicate keys, deep nesting or guessed types.

Scalars follow the JSON schema of YAML 1.2: only `true`, `false`, `null`, `~`, nothing and decimal integers are not
text, so dates, `no` and `1:30` stay what they say. Numbers with a decimal point are marked, to be refused:
they would be rounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import yaml

from jcflow.errors import Fault

MAX_BYTES = 5 * 2**20
MAX_DEPTH = 24

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"(?:[-+]?[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
"""No wider than YAML 1.1 has it, so that text other programs leave unquoted stays text."""


class Unreadable(ValueError):
    """The text is not one plain document; carries where and why."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(place, reason)
        self.fault = Fault(place, reason)


class Inexact(str):
    """The digits of an unquoted number with a decimal point, which no value of the format may be."""


class Pairs(dict[str, object]):
    """A mapping that remembers which of its keys were `repeated`; the first value stands."""

    def __init__(self) -> None:
        super().__init__()
        self.repeated: list[str] = []

    def add(self, key: str, value: object) -> None:
        """Takes a pair in the order of the file."""
        if key in self:
            self.repeated.append(key)
        else:
            self[key] = value


def load(text: str | bytes) -> object:
    """The file's data as Pairs, lists, text, Inexact, integers, booleans and None.

    Raises Unreadable where it is not one plain document.
    """
    decoded = _decoded(text)
    if decoded.lstrip().startswith("{"):
        try:
            return _load_json(decoded)
        except json.JSONDecodeError:
            return _Yaml(decoded).load()
    return _Yaml(decoded).load()


def _decoded(text: str | bytes) -> str:
    if isinstance(text, str):
        try:
            raw = text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Unreadable("Datei", "Der Text enthält Zeichen, die sich nicht als UTF-8 schreiben lassen.") from error
    else:
        raw = text
    if len(raw) > MAX_BYTES:
        raise Unreadable("Datei", f"Die Datei ist größer als {MAX_BYTES // 2**20} MB.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unreadable(f"Zeile {line}", "Hier steht kein UTF-8. Speichern Sie die Datei als UTF-8.") from error


def _load_json(text: str) -> object:
    """JSON needs its own way: YAML reads its surrogate pairs as two characters."""
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_float=Inexact, parse_constant=Inexact)
    except RecursionError as error:
        raise Unreadable("Datei", "Die Datei ist zu tief verschachtelt.") from error
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise Unreadable("Datei", "Die Datei enthält eine Zahl mit zu vielen Ziffern.") from error


def _pairs(pairs: list[tuple[str, object]]) -> Pairs:
    found = Pairs()
    for key, value in pairs:
        found.add(key, value)
    return found


class _Yaml:
    """Builds the data from parser events, so that nothing but what is listed here can come out of a file."""

    def __init__(self, text: str) -> None:
        self.events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_LOADER))

    def load(self) -> object:
        try:
            found = list(self._documents())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f"Zeile {mark.line + 1}" if mark else "Datei"
            raise Unreadable(
                place, "Hier endet das lesbare YAML. Prüfen Sie Einrückung und Anführungszeichen."
            ) from error
        except yaml.YAMLError as error:
            raise Unreadable("Datei", "Die Datei enthält Zeichen, die in YAML nicht erlaubt sind.") from error
        if len(found) != 1:
            raise Unreadable("Datei", f"Erwartet wird genau ein Dokument, gefunden wurden {len(found)}.")
        return found[0]

    def _documents(self) -> Iterator[object]:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                yield self._node(next(self.events), 0)

    def _node(self, event: yaml.Event, depth: int) -> object:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or (isinstance(event, yaml.NodeEvent) and event.anchor):
            raise Unreadable(line, "Verweise (& und *) sind nicht erlaubt. Schreiben Sie den Inhalt aus.")
        if depth > MAX_DEPTH:
            raise Unreadable(line, "Die Datei ist zu tief verschachtelt.")
        if getattr(event, "tag", None):
            raise Unreadable(line, "Typangaben mit „!“ sind nicht erlaubt.")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(depth)
        return self._mapping(depth)

    def _sequence(self, depth: int) -> list[object]:
        found: list[object] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self._node(event, depth + 1))
        return found

    def _mapping(self, depth: int) -> Pairs:
        found = Pairs()
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise Unreadable(_line(event), "Ein Schlüssel muss ein einfacher Text sein.")
            found.add(event.value, self._node(next(self.events), depth + 1))
        return found


def _line(event: yaml.Event) -> str:
    mark = event.start_mark
    return f"Zeile {mark.line + 1}" if mark else "Datei"


def _scalar(event: yaml.ScalarEvent) -> object:
    value: str = event.value
    if not event.implicit[0]:
        return value
    if value in _WORDS:
        return _WORDS[value]
    if _INTEGER.fullmatch(value):
        return int(value)
    return Inexact(value) if _FLOAT.fullmatch(value) else value
