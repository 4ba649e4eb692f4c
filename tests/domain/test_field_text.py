"""Register values as people type them, taken or refused with the mend, and shown so that they can be typed back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcflow.programmes.field_text import parse_field, show_field
from jcflow.programmes.register_fields import REGISTERS, Field, FieldKind, is_date_part
from tests.domain.documents import values_of


def field(kind: FieldKind, *, required: bool = False) -> Field:
    return Field("x", "Angabe", kind, required=required)


UNIT = next(one for one in REGISTERS["staffing"].fields if one.name == "unit")
ROLE = next(one for one in REGISTERS["instruments"].fields if one.name == "role")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldKind.KEY, " fbw-gesamt ", "fbw-gesamt"),
        (FieldKind.TEXT, " Ein Text ", "Ein Text"),
        (FieldKind.LONG_TEXT, "a\r\nb", "a\nb"),
        (FieldKind.COUNT, "2.879", 2879),
        (FieldKind.COUNT, "2851", 2851),
        (FieldKind.DECIMAL, "18,7 %", "18.7"),
        (FieldKind.DECIMAL, "- 1.234,50", "-1234.50"),
        (FieldKind.VALUE, "53,07", "53.07"),
        (FieldKind.VALUE, "max. - 1,5", "max. - 1,5"),
        (FieldKind.DATE_PART, "2022", "2022"),
        (FieldKind.DATE_PART, "31.12.2022", "2022-12-31"),
        (FieldKind.DATE_PART, "6/2022", "2022-06"),
        (FieldKind.DATE_PART, "juni 2022", "2022-06"),
        (FieldKind.DATE_PART, "1. Quartal 2022", "2022-Q1"),
        (FieldKind.DATE_PART, "H2 2022", "2022-H2"),
        (FieldKind.KEYS, "a, b\nc a", ["a", "b", "c"]),
        (FieldKind.AMOUNT, "1.000,50 €", 100_050),
        (FieldKind.QUARTERS, "6, 6, 5, 2", [6, 6, 5, 2]),
        (
            FieldKind.AMOUNTS,
            "Bund | 120.000 | 2027\n\nLand|5",
            [{"label": "Bund", "amount": 12_000_000, "period": "2027"}, {"label": "Land", "amount": 500}],
        ),
        (
            FieldKind.EFFECTS,
            "Plätze | 1,5 | je Jahr\nRuhe",
            [{"label": "Plätze", "value": "1.5", "unit": "je Jahr"}, {"label": "Ruhe"}],
        ),
    ],
)
def test_what_people_type_is_taken(kind: FieldKind, text: str, value: object) -> None:
    assert parse_field(field(kind), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (FieldKind.KEY, "a b", "Verwenden Sie für „Angabe“ nur Buchstaben"),
        (FieldKind.TEXT, "a\nb", "in eine Zeile"),
        (FieldKind.TEXT, "x" * 1001, "auf höchstens 1000 Zeichen"),
        (FieldKind.LONG_TEXT, "x" * 200_001, "auf höchstens 200000 Zeichen"),
        (FieldKind.COUNT, "12,5", "eine ganze Zahl"),
        (FieldKind.COUNT, "-3", "eine ganze Zahl"),
        (FieldKind.COUNT, "1.23", "eine ganze Zahl"),
        (FieldKind.COUNT, "9999999999", "zu groß"),
        (FieldKind.DECIMAL, "18.7", "Meinten Sie 18,7?"),
        (FieldKind.DECIMAL, "1.500", "Meinten Sie 1500 oder 1,500?"),
        (FieldKind.DECIMAL, "viel", "eine Zahl ein, zum Beispiel 18,7"),
        (FieldKind.DATE_PART, "31.02.2022", "ein Datum oder einen Zeitraum"),
        (FieldKind.DATE_PART, "bald", "ein Datum oder einen Zeitraum"),
        (FieldKind.AMOUNT, "100.0000", "Meinten Sie 100.000?"),
        (FieldKind.QUARTERS, "1, 2, 3", "vier Zahlen"),
        (FieldKind.AMOUNTS, "Bund", "Zeile 1: Schreiben Sie „Bezeichnung | Betrag | Zeitraum“."),
        (FieldKind.AMOUNTS, "Bund | 5\nLand | 100.0000", "Zeile 2: „100.0000“ ist kein eindeutiger Betrag"),
        (FieldKind.EFFECTS, "a | b | c | d", "Zeile 1: Schreiben Sie eine Bezeichnung"),
        (FieldKind.EFFECTS, "| 5", "Zeile 1: Schreiben Sie eine Bezeichnung"),
    ],
)
def test_what_is_unclear_is_refused_with_the_mend(kind: FieldKind, text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is compared below
        parse_field(field(kind), text)

    assert sentence in str(refused.value)


@pytest.mark.parametrize("kind", FieldKind)
def test_nothing_typed_is_nothing_unless_it_is_needed(kind: FieldKind) -> None:
    assert parse_field(field(kind), "  ") is None
    assert show_field(field(kind), None) == ""
    with pytest.raises(ValueError, match="Füllen Sie „Angabe“ aus"):
        parse_field(field(kind, required=True), "")


def test_a_choice_must_be_from_the_list_and_a_suggestion_need_not() -> None:
    assert parse_field(ROLE, "total") == "total"
    assert show_field(ROLE, "memo") == "nachrichtlich"
    with pytest.raises(ValueError, match="Wählen Sie „Art“ aus der Liste"):
        parse_field(ROLE, "other")
    assert (parse_field(UNIT, "Personen"), parse_field(UNIT, "Kilo")) == ("persons", "Kilo")
    assert show_field(UNIT, "Kilo") == "Kilo"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (FieldKind.COUNT, 2879, "2.879"),
        (FieldKind.DECIMAL, "-1.5", "-1,5"),
        (FieldKind.VALUE, "1:120", "1:120"),
        (FieldKind.DATE_PART, "2022-06", "Juni 2022"),
        (FieldKind.DATE_PART, "2022-Q1", "1. Quartal 2022"),
        (FieldKind.DATE_PART, "2022-12-31", "31.12.2022"),
        (FieldKind.QUARTERS, [6, 6, 5, 2], "6, 6, 5, 2"),
        (FieldKind.AMOUNTS, [{"label": "Bund | Land", "amount": 50}], "Bund \\| Land | 0,50"),
        (FieldKind.EFFECTS, [{"label": "a", "unit": "u"}, {"label": "b"}], "a |  | u\nb"),
    ],
)
def test_values_are_shown_in_german_and_can_be_typed_back(kind: FieldKind, value: object, text: str) -> None:
    assert show_field(field(kind), value) == text
    assert parse_field(field(kind), text) == value


EXACT = [
    one
    for register in REGISTERS.values()
    for one in register.fields
    if one.kind not in {FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.VALUE, FieldKind.AMOUNTS, FieldKind.EFFECTS}
]


@settings(deadline=None)
@given(st.data(), st.sampled_from(EXACT))
def test_any_exact_value_can_be_typed_back(data: st.DataObject, one: Field) -> None:
    value = data.draw(values_of(one))

    assert parse_field(one, show_field(one, value)) == value


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("2014", True),
        ("2014-13", False),
        ("2014-00", False),
        ("2014-Q5", False),
        ("2014-H3", False),
        ("2014-02-29", False),
        ("14", False),
    ],
)
def test_parts_of_dates(text: str, sound: bool) -> None:
    assert is_date_part(text) is sound


def test_every_register_says_what_its_fields_are() -> None:
    for register in REGISTERS.values():
        names = [one.name for one in register.fields]
        assert len(names) == len(set(names))
        assert all(one.label for one in register.fields)
        assert all(one.choices for one in register.fields if one.kind is FieldKind.ENUM)
        assert register.group is None or register.group in names


@pytest.mark.parametrize("text", ["100.0000", "18.7", "0.152", "1,234.56", "007", "1.0000.000", "3 890"])
def test_a_value_that_is_meant_as_a_number_is_read_as_one_or_refused(text: str) -> None:
    with pytest.raises(ValueError, match="„"):
        parse_field(field(FieldKind.VALUE), text)
