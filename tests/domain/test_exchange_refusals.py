"""Every rule of the exchange format has a file that breaks it, refused with its place and reason."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jcflow.errors import BadFile, Fault
from jcflow.programmes.exchange.reading import read

SOUND: dict[str, Any] = {
    "format": "jcflow/programme",
    "version": 1,
    "jobcenter": {
        "name": "Jobcenter Musterkreis",
        "form": "gE",
        "land": "NW",
        "carriers": [{"name": "Kreis", "kind": "municipality"}],
    },
    "programme": {"kind": "AMIP", "title": "Programm 2027", "period_from": "2027-01-01", "period_to": "2027-12-31"},
    "chapters": [
        {
            "key": "a",
            "title": "A",
            "blocks": [{"kind": "text", "markdown": "x"}, {"kind": "register", "of": "instruments"}],
        },
        {
            "key": "b",
            "title": "B",
            "parent": "a",
            "blocks": [{"kind": "table", "caption": "", "columns": ["x", "y"], "rows": [["1", "2"]]}],
        },
        {"key": "c", "title": "C", "blocks": [{"kind": "figure", "caption": "", "alt": "", "file": "a.png"}]},
    ],
    "topic_sets": [
        {"key": "t", "title": "T", "choose": 1, "of": 2, "topics": [{"key": "u", "title": "U", "selected": True}]}
    ],
    "internal_potentials": [{"order": 1}, {"order": 2}],
    "budget_tables": [
        {
            "key": "m",
            "title": "Mittel",
            "year": 2027,
            "lines": [
                {"key": "sum", "label": "Summe", "role": "total", "amount": "2.00"},
                {"key": "x", "label": "X", "role": "line", "parent": "sum", "sign": "+", "amount": "2.00"},
                {"key": "y", "label": "Y", "role": "total", "parent": "sum"},
            ],
        }
    ],
    "instruments": [
        {"key": "g", "label": "G", "role": "total"},
        {"key": "h", "label": "H", "role": "line", "parent": "g", "planned": 3},
    ],
    "targets": [{"key": "z", "system": "bund"}],
    "measures": [{"key": "n", "title": "N", "topics": ["u"], "targets": ["z"], "due": "2027-Q1"}],
    "projects": [{"key": "p", "name": "P", "amounts": [{"label": "L", "amount": "1.00"}], "effects": [{"label": "E"}]}],
    "training_plan": [{"key": "q", "title": "Q", "rows": [{"key": "r", "occupation": "R", "quarters": [1, 2, 3, 4]}]}],
    "staffing": [{"key": "s", "label": "S", "kind": "fte", "as_of": "2027"}],
}

LINE = ("budget_tables", 0, "lines", 1)
AT = "budget_tables/m/lines/x"
BLOCK = ("chapters", 0, "blocks", 0)
TABLE = ("chapters", 1, "blocks", 0)
FIGURE = ("chapters", 2, "blocks", 0)


def changed(*path: str | int, to: object) -> dict[str, Any]:
    """The sound file with one value set."""
    data = copy.deepcopy(SOUND)
    inner: Any = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return data


def faults_of(data: object) -> list[Fault]:
    """The faults of a file that must be refused."""
    with pytest.raises(BadFile) as refused:
        read(yaml.safe_dump(data, allow_unicode=True), "bad.yaml")
    return list(refused.value.faults)


def test_the_sound_file_is_sound() -> None:
    document = read(yaml.safe_dump(SOUND), "sound.yaml")

    assert document.budget_tables[0].lines[1].amount == 200


WRONG_VALUES: list[tuple[tuple[str | int, ...], object, str, str]] = [
    (("format",), "other", "format", "jcflow/programme"),
    (("version",), 2, "version", "2 liegt nicht zwischen 1 und 1"),
    (("version",), "1", "version", "ganze Zahl"),
    (("surprise",), 1, "surprise", "nicht bekannt"),
    (("jobcenter",), None, "jobcenter", "fehlt"),
    (("jobcenter",), "Kreis", "jobcenter", "Schlüssel mit Werten"),
    (("jobcenter", "form"), "GE", "jobcenter/form", "Möglich sind: gE, zkT"),
    (("jobcenter", "land"), "DE-NW", "jobcenter/land", "nicht vorgesehen"),
    (("jobcenter", "carriers", 0, "kind"), "bank", "jobcenter/carriers/1/kind", "agency, municipality"),
    (("jobcenter", "carriers"), {"a": 1}, "jobcenter/carriers", "Liste"),
    (("programme", "kind"), "amip", "programme/kind", "AMIP, LPD, Strategie"),
    (("programme", "title"), " ", "programme/title", "leer"),
    (("programme", "title"), "x" * 301, "programme/title", "Erlaubt sind 300"),
    (("programme", "title"), "a\nb", "programme/title", "Zeilenumbruch"),
    (("programme", "title"), 2027, "programme/title", "Anführungszeichen"),
    (("programme", "title"), 1.5, "programme/title", "Anführungszeichen"),
    (("programme", "period_from"), "01.01.2027", "programme/period_from", "kein Datum"),
    (("programme", "period_to"), "2027-02-30", "programme/period_to", "kein Datum"),
    (("programme", "period_to"), "2026-12-31", "programme/period_to", "bevor er beginnt"),
    (("programme", "period_to"), "2029-12-31", "programme/period_to", "mehr als zwei Kalenderjahre"),
    (("chapters", 1, "key"), "a", "chapters/a/key", "mehrfach"),
    (("chapters", 1, "key"), "a b", "chapters/a b/key", "kein Schlüssel"),
    (("chapters", 1, "title"), None, "chapters/b/title", "fehlt"),
    (("chapters", 1, "parent"), "zz", "chapters/b/parent", "nicht weiter oben"),
    (("chapters", 0, "parent"), "b", "chapters/a/parent", "nicht weiter oben"),
    (("chapters", 0, "parent"), "a", "chapters/a/parent", "nicht weiter oben"),
    ((*BLOCK, "kind"), "video", "chapters/a/blocks/1/kind", "text, table, figure, register"),
    ((*BLOCK, "kind"), None, "chapters/a/blocks/1/kind", "fehlt"),
    ((*BLOCK, "caption"), "x", "chapters/a/blocks/1/caption", "nicht bekannt"),
    ((*BLOCK, "visibility"), "secret", "chapters/a/blocks/1/visibility", "public, bodies, internal"),
    ((*BLOCK, "markdown"), "x" * 200_001, "chapters/a/blocks/1/markdown", "Erlaubt sind 200000"),
    ((*BLOCK, "markdown"), "a\0b", "chapters/a/blocks/1/markdown", "U+0000"),
    (("chapters", 0, "blocks", 1, "of"), "wishes", "chapters/a/blocks/2/of", "gibt es in der Datei nicht"),
    (("chapters", 0, "blocks", 1, "of"), "budget_tables/other", "chapters/a/blocks/2/of", "gibt es in der Datei nicht"),
    ((*TABLE, "columns"), [], "chapters/b/blocks/1/columns", "mindestens eine Spalte"),
    ((*TABLE, "rows"), [["1"]], "chapters/b/blocks/1/rows/1", "1 Zellen, die Tabelle 2 Spalten"),
    ((*TABLE, "rows"), [[1, 2]], "chapters/b/blocks/1/rows/1", "Anführungszeichen"),
    ((*FIGURE, "file"), "../a.png", "chapters/c/blocks/1/file", "ohne Ordner"),
    (("topic_sets", 0, "choose"), 3, "topic_sets/t/choose", "3 von 2"),
    (("topic_sets", 0, "topics", 0, "selected"), "yes", "topic_sets/t/topics/u/selected", "true oder false"),
    (("internal_potentials", 0, "order"), 4, "internal_potentials/4/order", "zwischen 1 und 3"),
    (("internal_potentials", 0, "order"), 2, "internal_potentials/2/order", "mehrfach"),
    (("budget_tables", 0, "year"), "2027", "budget_tables/m/year", "ganze Zahl"),
    ((*LINE, "key"), "sum", "budget_tables/m/lines/sum/key", "mehrfach"),
    ((*LINE, "label"), None, f"{AT}/label", "fehlt"),
    ((*LINE, "role"), "sum", f"{AT}/role", "line, total, memo"),
    ((*LINE, "sign"), "*", f"{AT}/sign", "Möglich sind: +, -"),
    ((*LINE, "amount"), "-2.00", f"{AT}/amount", "kein Betrag"),
    ((*LINE, "amount"), "2.0", f"{AT}/amount", "zwei Nachkommastellen"),
    ((*LINE, "amount"), "100.0000", f"{AT}/amount", "zwei Nachkommastellen"),
    ((*LINE, "amount"), 2.5, f"{AT}/amount", "Anführungszeichen"),
    ((*LINE, "amount"), 2, f"{AT}/amount", "Anführungszeichen"),
    ((*LINE, "prior_amount"), "1" * 12 + ".00", f"{AT}/prior_amount", "zu groß"),
    ((*LINE, "approximate"), "rund", f"{AT}/approximate", "true oder false"),
    ((*LINE, "surprise"), "x", f"{AT}/surprise", "nicht bekannt"),
    ((*LINE, "parent"), "zz", f"{AT}/parent", "gibt es hier nicht"),
    (("budget_tables", 0, "lines", 2, "parent"), "x", "budget_tables/m/lines/y/parent", "keine Summe"),
    (("budget_tables", 0, "lines", 0, "parent"), "y", "budget_tables/m/lines/sum/parent", "Teil von sich selbst"),
    (("budget_tables", 0, "lines", 0, "parent"), "sum", "budget_tables/m/lines/sum/parent", "Teil von sich selbst"),
    (("instruments", 1, "planned"), -1, "instruments/h/planned", "-1 liegt nicht zwischen"),
    (("instruments", 1, "planned"), True, "instruments/h/planned", "ganze Zahl"),
    (("instruments", 1, "unit"), "pieces", "instruments/h/unit", "nicht vorgesehen"),
    (("instruments", 1, "share_percent"), "18,7", "instruments/h/share_percent", "Dezimalzahl"),
    (("instruments", 1, "parent"), "zz", "instruments/h/parent", "gibt es hier nicht"),
    (("instruments", 0, "parent"), "h", "instruments/g/parent", "keine Summe"),
    (("targets", 0, "system"), "eu", "targets/z/system", "bund, land, kommunal, lokal, intern"),
    (("measures", 0, "due"), "2027-Q5", "measures/n/due", "kein Teil davon"),
    (("measures", 0, "due"), "2027-02-30", "measures/n/due", "kein Datum"),
    (("measures", 0, "topics"), ["zz"], "measures/n/topics", "Thema „zz“"),
    (("measures", 0, "targets"), ["zz"], "measures/n/targets", "Ziel „zz“"),
    (("projects", 0, "amounts", 0, "amount"), "1", "projects/p/amounts/1/amount", "kein Betrag"),
    (("projects", 0, "effects", 0, "label"), None, "projects/p/effects/1/label", "fehlt"),
    (("training_plan", 0, "rows", 0, "quarters"), [1, 2, 3], "training_plan/q/rows/r/quarters", "vier Zahlen"),
    (("training_plan", 0, "rows", 0, "plan"), "q", "training_plan/q/rows/r/plan", "nicht bekannt"),
    (("staffing", 0, "kind"), "people", "staffing/s/kind", "nicht vorgesehen"),
    (("register_visibility",), {"wishes": "public"}, "register_visibility/wishes", "gibt es in der Datei nicht"),
    (("register_visibility",), {"staffing": "all"}, "register_visibility/staffing", "nicht vorgesehen"),
]


@pytest.mark.parametrize(
    ("path", "value", "place", "reason"), WRONG_VALUES, ids=[f"{row[2]}={row[1]!s:.20}" for row in WRONG_VALUES]
)
def test_a_wrong_value_is_refused_by_place_and_reason(
    path: tuple[str | int, ...], value: object, place: str, reason: str
) -> None:
    faults = faults_of(changed(*path, to=value))

    assert [fault for fault in faults if fault.place == place and reason in fault.reason]


def test_all_faults_are_told_at_once() -> None:
    data = changed("jobcenter", "land", to="XX")
    data["budget_tables"][0]["lines"][1] |= {"amount": "1", "parent": "zz"}
    del data["programme"]["title"]

    faults = faults_of(data)

    assert {fault.place for fault in faults} == {"jobcenter/land", "programme/title", f"{AT}/amount", f"{AT}/parent"}


def test_the_sentence_names_file_and_place() -> None:
    with pytest.raises(BadFile, match=r"^bad\.yaml: surprise: Dieser Schlüssel ist nicht bekannt\.$"):
        read(yaml.safe_dump(changed("surprise", to=1)), "bad.yaml")


def test_a_file_of_nothing_but_faults_is_not_told_without_end() -> None:
    faults = faults_of(changed("measures", to=[{} for _ in range(3_000)]))

    assert len(faults) == 1_001
    assert faults[-1] == Fault("Datei", "Nach 1000 Stellen wurde nicht weiter geprüft.")


UNREADABLE: list[tuple[str | bytes, str, str]] = [
    ("", "Datei", "genau ein Dokument"),
    ("- a\n", "Datei", "Schlüssel mit Werten"),
    ("a: 1\n---\nb: 2\n", "Datei", "gefunden wurden 2"),
    ("a: [1\nb: 2\n", "Zeile 2", "lesbare YAML"),
    ("a: &x [1]\nb: *x\n", "Zeile 1", "Verweise"),
    ("a: !!python/object:os.system {}\n", "Zeile 1", "Typangaben"),
    ("a: !!str 1\n", "Zeile 1", "Typangaben"),
    ("? [a]\n: 1\n", "Zeile 1", "einfacher Text"),
    ("a: " + "[" * 200 + "]" * 200, "Zeile 1", "verschachtelt"),
    ('{"a": ' + "[" * 200_000 + "]" * 200_000 + "}", "Datei", "verschachtelt"),
    (b"a: \xff\n", "Zeile 1", "UTF-8"),
    ("a: \ud800\n", "Datei", "UTF-8"),
    ("a: \x01\n", "Datei", "nicht erlaubt"),
    ("a" * (5 * 2**20 + 1), "Datei", "größer als 5 MB"),
    ('{"a": ' + "9" * 5000 + "}", "Datei", "zu vielen Ziffern"),
]


@pytest.mark.parametrize(
    ("text", "place", "reason"), UNREADABLE, ids=[f"{row[2]}-{number}" for number, row in enumerate(UNREADABLE)]
)
def test_what_is_not_one_plain_document_is_refused(text: str | bytes, place: str, reason: str) -> None:
    with pytest.raises(BadFile) as refused:
        read(text, "bad.yaml")

    assert [fault.place for fault in refused.value.faults][:1] == [place]
    assert reason in refused.value.faults[0].reason


@pytest.mark.parametrize("text", ["version: 1\nversion: 1\n", '{"version": 1, "version": 1}'])
def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(BadFile, match="version: Dieser Schlüssel steht hier mehrfach"):
        read(text, "bad")


def test_a_key_that_stands_twice_deep_inside_is_named_with_its_place() -> None:
    text = yaml.safe_dump(SOUND).replace("  title: T\n", "  title: T\n  title: T\n")

    with pytest.raises(BadFile, match=r"^bad: topic_sets/t/title: Dieser Schlüssel steht hier mehrfach"):
        read(text, "bad")


def spoil(data: Any, choose: Callable[[int], int], junk: object) -> Any:
    """The data with one node somewhere replaced."""
    if isinstance(data, dict) and data and choose(4):
        name = list(data)[choose(len(data))]
        return {**data, name: spoil(data[name], choose, junk)}
    if isinstance(data, list) and data and choose(4):
        place = choose(len(data))
        return [*data[:place], spoil(data[place], choose, junk), *data[place + 1 :]]
    return junk


def faults_in(data: object) -> tuple[Fault, ...]:
    try:
        read(yaml.safe_dump(data), "spoilt.yaml")
    except BadFile as refused:
        return refused.faults
    return ()


JUNK = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.none() | st.integers())
    | st.just({"key": []})
)


@settings(deadline=None)
@given(st.data(), JUNK)
def test_a_spoilt_file_is_read_or_refused_but_never_breaks_the_reader(data: st.DataObject, junk: object) -> None:
    spoilt = spoil(SOUND, lambda most: data.draw(st.integers(0, most - 1)), junk)

    places = [fault.place for fault in faults_in(spoilt)]

    assert all(places)


@settings(deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_is_read_or_refused_but_never_breaks_the_reader(text: str | bytes) -> None:
    with pytest.raises(BadFile):
        read(text, "any")
