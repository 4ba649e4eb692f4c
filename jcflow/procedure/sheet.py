"""A YAML file read node by node, so that every fault can name its line; nothing here knows what a procedure is."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import yaml

from jcflow.errors import BadFile, Fault

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAG = "tag:yaml.org,2002:"


class Sheet:
    """An open file and the faults found in it so far.

    The readers below never raise: they note a fault and answer with something empty, so that one reading finds every
    fault. Whoever reads calls `raise_faults` before he trusts a value. Places count rows from 1: `steps/3/from`.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._lines = {"": 1}
        self._faults: list[tuple[int, str, str]] = []
        self.root = self._compose(path)

    def _compose(self, path: Path) -> yaml.Node:
        try:
            root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self._unreadable(1 if mark is None else mark.line + 1, "Die Datei ist kein gültiges YAML.") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise self._unreadable(1, "Die Datei ist kein Text in UTF-8.") from error
        except RecursionError as error:
            raise self._unreadable(1, "Die Datei ist zu tief verschachtelt.") from error
        if root is None:
            raise self._unreadable(1, "Die Datei ist leer.")
        return root

    def _unreadable(self, line: int, reason: str) -> BadFile:
        return BadFile(self.name, [Fault(f"Zeile {line}", reason)])

    def refuse(self, place: str, reason: str) -> None:
        """Note a fault; a place that is not in the file has the line of the nearest one around it."""
        known = place
        while known not in self._lines:
            known = known.rpartition("/")[0]
        self._faults.append((self._lines[known], place, reason))

    def is_refused(self, places: str) -> bool:
        """Whether a place that fully matches the regular expression has a fault."""
        return any(re.fullmatch(places, place) for _, place, _ in self._faults)

    def raise_faults(self) -> None:
        """Raises: BadFile with all faults in the order of their lines, if there are any."""
        if self._faults:
            in_order = sorted(self._faults, key=lambda fault: fault[0])
            raise BadFile(
                self.name,
                [
                    Fault(f"Zeile {line}, {place}" if place else f"Zeile {line}", reason)
                    for line, place, reason in in_order
                ],
            )

    def entries(self, node: yaml.Node, place: str) -> dict[str, yaml.Node]:
        """The entries of a mapping with free keys, in the order of the file."""
        if not isinstance(node, yaml.MappingNode):
            self.refuse(place, "Hier stehen Einträge der Form „Name: Wert“.")
            return {}
        entries: dict[str, yaml.Node] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(place, f"In Zeile {line} ist ein Name keine einfache Zeichenkette.")
                continue
            here = _join(place, key.value)
            if key.value in entries:
                self._faults.append((line, here, f"„{key.value}“ steht doppelt."))
                continue
            self._lines[here] = line
            entries[key.value] = value
        return entries

    def fields(
        self, node: yaml.Node, place: str, *, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, yaml.Node]:
        """The entries of a mapping with fixed keys; unknown and missing ones are faults and absent from the answer."""
        entries = self.entries(node, place)
        for key in [key for key in entries if key not in required and key not in optional]:
            self.refuse(_join(place, key), f"Den Eintrag „{key}“ gibt es hier nicht.")
            del entries[key]
        if isinstance(node, yaml.MappingNode):
            for key in required:
                if key not in entries:
                    self.refuse(_join(place, key), f"Der Eintrag „{key}“ fehlt.")
        return entries

    def rows(self, node: yaml.Node | None, place: str) -> dict[str, yaml.Node]:
        """The items of a list, each under its place. Absent is empty."""
        if node is None:
            return {}
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(place, "Hier steht eine Liste.")
            return {}
        rows = {_join(place, str(number)): item for number, item in enumerate(node.value, 1)}
        self._lines |= {where: item.start_mark.line + 1 for where, item in rows.items()}
        return rows

    def text(self, node: yaml.Node | None, place: str) -> str:
        """A line of text, "" if absent or refused."""
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_TAG}str":
            self.refuse(place, "Hier steht ein Text.")
            return ""
        value: str = node.value
        if not value.strip() or value != value.strip() or len(value.splitlines()) > 1:
            self.refuse(place, "Der Text steht in einer Zeile, ist nicht leer und hat keine Leerzeichen am Rand.")
            return ""
        return value

    def flag(self, node: yaml.Node | None, place: str) -> bool:
        """True or false; false if absent or refused."""
        if node is None:
            return False
        if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_TAG}bool" or node.value not in ("true", "false"):
            self.refuse(place, "Hier steht „true“ oder „false“.")
            return False
        return bool(node.value == "true")

    def number(self, node: yaml.Node | None, place: str) -> int:
        """A whole number from 1 to 9999; 0 if absent or refused."""
        if node is None:
            return 0
        if (
            not isinstance(node, yaml.ScalarNode)
            or node.tag != f"{_TAG}int"
            or not re.fullmatch(r"[1-9][0-9]{0,3}", node.value)
        ):
            self.refuse(place, "Hier steht eine ganze Zahl ab 1.")
            return 0
        return int(node.value)

    def texts(self, node: yaml.Node | None, place: str) -> dict[str, str]:
        """One text or a list of different ones, each under its place; refused ones are left out. Absent is empty."""
        if isinstance(node, yaml.SequenceNode):
            found: dict[str, str] = {}
            for where, item in self.rows(node, place).items():
                value = self.text(item, where)
                if value and value in found.values():
                    self.refuse(where, f"„{value}“ steht doppelt.")
                elif value:
                    found[where] = value
            return found
        value = self.text(node, place)
        return {place: value} if value else {}

    def some_texts(self, node: yaml.Node | None, place: str) -> tuple[str, ...]:
        """As `texts`, but an empty list is a fault."""
        if isinstance(node, yaml.SequenceNode) and not node.value:
            self.refuse(place, "Die Liste ist leer.")
        return tuple(self.texts(node, place).values())

    def names(
        self, node: yaml.Node | None, place: str, known: Collection[str], what: str, *, one: bool = False
    ) -> tuple[str, ...]:
        """Those of one or many texts that are in `known`; `what` is the German noun for them. `one` forbids a list."""
        found = {place: self.text(node, place)} if one and node is not None else self.texts(node, place)
        for where, value in found.items():
            if value and value not in known:
                self.refuse(where, f"{what} „{value}“ gibt es nicht.")
        return tuple(value for value in found.values() if value in known)

    def identifier(self, value: str, place: str) -> None:
        """Note a fault unless the text can stand in addresses, columns and diagrams."""
        if value and not _NAME.fullmatch(value):
            self.refuse(
                place, f"„{value}“ ist kein Name aus kleinen Buchstaben, Ziffern und „_“ (höchstens 40 Zeichen)."
            )


def _join(place: str, key: str) -> str:
    return f"{place}/{key}" if place else key
