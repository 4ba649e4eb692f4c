"""Amounts are taken as they are clearly meant, or refused with the mend."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcflow.money import LIMIT, NotAnAmount, from_exchange, german, parse_amount, to_exchange

CENTS = st.integers(0, LIMIT - 1)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1.234.567,00", 123_456_700),
        ("1234567", 123_456_700),
        ("1.234.567", 123_456_700),
        ("1234567,5", 123_456_750),
        ("579.907,61 EUR", 57_990_761),
        ("33.733.821 Euro", 3_373_382_100),
        ("€ 12,05", 1_205),
        ("1.080,- EUR", 108_000),
        ("3 890 000", 389_000_000),
        ("12\u00a0345\u00a0€", 1_234_500),
        ("  0  ", 0),
        ("99.999.999.999,99", LIMIT - 1),
    ],
)
def test_clear_amounts_are_taken(text: str, cents: int) -> None:
    assert parse_amount(text) == cents


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("100.0000", "100.000"),
        ("50.0000", "50.000"),
        ("1,234.56", "1.234,56"),
        ("1234.56", "1.234,56"),
        ("1,234", "1.234"),
        ("3.890,000", "3.890.000"),
        ("3,9 Mio. €", "3.900.000"),
        ("ca. 400", "400"),
        ("rund 2.263.542", "2.263.542"),
        ("2,4 Mio. EUR", "2.400.000"),
        ("007", "7"),
    ],
)
def test_unclear_amounts_are_refused_with_a_suggestion(text: str, suggestion: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        parse_amount(text)

    assert refused.value.suggestion == suggestion
    assert str(refused.value) == f"„{text}“ ist kein eindeutiger Betrag. Meinten Sie {suggestion}?"


@pytest.mark.parametrize(
    "text", ["", "   ", "€", "viel", "<100", "1.23.456", "12 34", "1,234,5", "0,005", "1e5", "١٢٣", "1:120", "12."]
)
def test_texts_that_are_no_amount_ask_for_one(text: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        parse_amount(text)

    assert refused.value.suggestion is None
    assert str(refused.value) == "Geben Sie den Betrag in Euro ein, zum Beispiel 120.000."


@pytest.mark.parametrize("text", ["- 800.000", "-800.000 €", "−800.000", "+ 800.000"])
def test_a_sign_is_refused_because_the_line_carries_it(text: str) -> None:
    with pytest.raises(NotAnAmount, match="ohne Vorzeichen") as refused:
        parse_amount(text)

    assert refused.value.suggestion == "800.000"


@pytest.mark.parametrize("text", ["100.000.000.000", "9" * 40])
def test_amounts_beyond_the_limit_are_refused(text: str) -> None:
    with pytest.raises(NotAnAmount, match=r"höchstens 99\.999\.999\.999,99 €"):
        parse_amount(text)


@pytest.mark.parametrize(
    "text",
    ["17901578", "17901578.0", "17901578.000", "-1.00", "+1.00", "01.00", "1,00", ".50", "1.00 ", "100000000000.00"],
)
def test_exchange_amounts_have_two_places_and_nothing_else(text: str) -> None:
    with pytest.raises(NotAnAmount):
        from_exchange(text)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("100.0000", "'100000.00'"),
        ("3.890,000", "'3890000.00'"),
        ("1,234.56", "'1234.56'"),
        ("3 890 000", "'3890000.00'"),
        ("3,9 Mio.", "'3900000.00'"),
        ("17901578", "'17901578.00'"),
        ("1.500", "'1500.00' oder '1.50'"),
    ],
)
def test_a_file_s_amount_in_another_form_is_refused_with_what_may_be_meant(text: str, suggestion: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        from_exchange(text)

    said = f"„{text}“ ist kein Betrag in Euro mit zwei Nachkommastellen. Meinten Sie {suggestion}?"
    assert str(refused.value) == said


@pytest.mark.parametrize("cents", [-1, LIMIT])
def test_what_the_exchange_format_does_not_know_is_not_written(cents: int) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        to_exchange(cents)


def test_german_amounts_show_cents_only_where_there_are_some() -> None:
    shown = [german(cents) for cents in (1_790_157_800, 1_790_157_805, 50, -120_000_00)]

    assert shown == ["17.901.578", "17.901.578,05", "0,50", "−120.000"]


@settings(deadline=None)
@given(CENTS)
def test_an_amount_survives_the_exchange_format(cents: int) -> None:
    assert from_exchange(to_exchange(cents)) == cents


@settings(deadline=None)
@given(CENTS)
def test_a_shown_amount_can_be_typed_back(cents: int) -> None:
    assert parse_amount(german(cents)) == cents


@settings(deadline=None)
@given(st.text(alphabet="0123456789.,-+ €", max_size=20))
def test_whatever_is_taken_means_the_digits_that_were_typed(text: str) -> None:
    try:
        cents = parse_amount(text)
    except NotAnAmount:
        return

    digits = "".join(character for character in text.split(",")[0] if character.isdigit())
    assert cents // 100 == int(digits)


@settings(deadline=None)
@given(st.text(max_size=30) | st.from_regex(r"(ca\. )?[0-9]{1,4}([.,][0-9]{1,5}){1,3}( Mio\.)?", fullmatch=True))
def test_a_suggestion_is_itself_a_clear_amount(text: str) -> None:
    suggestion = suggestion_for(text)

    assert suggestion is None or german(parse_amount(suggestion)) == suggestion


def suggestion_for(text: str) -> str | None:
    try:
        parse_amount(text)
    except NotAnAmount as refused:
        return refused.suggestion
    return None
