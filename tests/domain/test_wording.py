"""Hints on texts: amounts, days and pointers that cannot be right are found, and what is right is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from jcflow.cli.demo.content import documents
from jcflow.programmes.exchange.document import Document, FigureBlock, TableBlock, TextBlock
from jcflow.programmes.wording.hints import HintKind
from jcflow.programmes.wording.notes import MOST_NOTES, Note, notes_of
from jcflow.programmes.wording.passages import sentences

BEFORE = date(2021, 11, 22)
"""A day in the year before the plan of Paderborn, 2022."""


real = cache(documents)


def paderborn(markdown: str) -> Document:
    """The real figures with this text as the first chapter's only one."""
    whole = real()[0]
    first = replace(whole.chapters[0], blocks=(TextBlock(markdown),))
    return replace(whole, chapters=(first, *whole.chapters[1:]))


def notes(markdown: str, **more: object) -> list[Note]:
    return notes_of(paderborn(markdown), today=BEFORE, **more)  # type: ignore[arg-type]


def found(markdown: str) -> list[str]:
    return [note.found for note in notes(markdown)]


@pytest.mark.parametrize("number", range(3))
def test_the_texts_of_the_three_real_programmes_agree_with_their_figures(number: int) -> None:
    document = real()[number]

    assert notes_of(document, today=date(document.programme.period_from.year - 1, 11, 2)) == []


@pytest.mark.parametrize(
    "said",
    [
        "Der Eingliederungstitel umfasst rund 15,8 Mio. €.",
        "Davon werden 2,26 Mio. Euro umgeschichtet.",
        "Es sind 2.263.542 €.",
        "Es sind EUR-Beträge, etwa 15.830.000 Euro.",
        "Das Verwaltungskostenbudget beträgt knapp 23,8 Millionen Euro.",
        "Insgesamt stehen über 37 Mio. Euro zur Verfügung.",
        "Es sind 15.832 Tsd. €.",
        "Die Förderung beträgt bis zu 50.000 Euro.",
        "Ein Platz kostet 12.500 Euro pro Person.",
        "Pro Förderfall sind im Schnitt 21.500 € zu veranschlagen.",
        "Der Haushalt 2022 des Bundes sieht 4,8 Mrd. € vor.",
        "Der Mindestlohn liegt bei 9,82 Euro.",
        "Im Jahr 2019 standen 12 Mio. Euro bereit.",
        "Bundesweit sind es 4,8 Mrd. Euro.",
        "Im Kreis leben 310.000 Menschen.",
        "| Träger | 77.000 € |\n|---|---|\n\nDer Träger erhält 77.000 €.",
    ],
)
def test_amounts_of_the_programme_and_of_others_are_left_alone(said: str) -> None:
    assert found(said) == []


@pytest.mark.parametrize(
    ("said", "amount", "right"),
    [
        (
            "Für 2022 stehen 16.832.243 € bereit.",
            "16.832.243 €",
            "Am nächsten liegt „Eingliederungstitel II (EGT II)“ mit 15.832.243 €.",
        ),
        ("Das sind 100.0000 Euro mehr.", "100.0000 Euro", "Meinten Sie 100.000?"),
        ("Das sind 3.890,000 Euro mehr.", "3.890,000 Euro", "Meinten Sie 3.890.000?"),
        ("Das sind 1,234,567.00 Euro mehr.", "1,234,567.00 Euro", "Meinten Sie 1.234.567?"),
        ("Das sind rund 16,8 Mio. €.", "16,8 Mio. €", "Am nächsten liegt"),
        ("Das sind 300 Millionen Euro.", "300 Millionen Euro", "Keine Zeile und keine Summe des Programms"),
    ],
)
def test_an_amount_that_is_none_of_the_programme_is_named_with_the_nearest(said: str, amount: str, right: str) -> None:
    (note,) = notes(said)

    assert (note.kind, note.found) == (HintKind.AMOUNT, amount)
    assert right in note.right
    assert note.place.chapter == "vorwort"
    assert note.place.block == 1


@pytest.mark.parametrize(
    ("said", "words", "right"),
    [
        ("Die Frist endet am 31.02.2022.", "31.02.2022", "Der Februar 2022 hat 28 Tage."),
        ("Die Frist endet am 31. Juni.", "31. Juni", "Der Juni hat 30 Tage."),
        ("Die Sitzung ist am Montag, dem 15. März 2022.", "Montag, dem 15. März 2022", "ist ein Dienstag"),
        ("Die Messe fand am 12. März 2022 statt.", "12. März 2022", "liegt noch nicht zurück"),
        ("Die Messe wurde im Mai 2022 durchgeführt.", "Mai 2022", "liegt noch nicht zurück"),
        ("Im Jahr 2021 sollen 1.200 Integrationen erreicht werden.", "2021", "Das Programm gilt für 2022."),
        ("# Schwerpunkte 2021", "2021", "Das Programm gilt für 2022."),
        ("Dieses Arbeitsmarktprogramm 2021 beschreibt die Ziele.", "2021", "Das Programm gilt für 2022."),
    ],
)
def test_days_and_years_that_cannot_be_right_are_named(said: str, words: str, right: str) -> None:
    (note,) = notes(said)

    assert (note.kind, note.found) == (HintKind.DATE, words)
    assert right in note.right


@pytest.mark.parametrize(
    "said",
    [
        "Die Messe fand am 3. Juni 2021 statt.",
        "Am Dienstag, 15.03.2022, tagt der Beirat.",
        "Der 29.02. ist ein Schalttag, der 29. Februar 2020 war einer.",
        "Die Zahl der Integrationen soll gegenüber 2021 steigen.",
        "Im Jahr 2021 wurden 1.100 Personen gefördert.",
        "Die Ergebnisse des Jahres 2021 werden im Jahr 2022 ausgewertet.",
        "Voraussichtlich werden im Jahr 2021 noch 50 Personen eintreten.",
        "Seit dem 1. Januar 2022 gilt das neue Recht.",
        "Das Projekt wurde für 2022 beschlossen und startet im April 2022.",
        "Der Anteil betrug im Oktober 2021 5,3 Prozent.",
        "# Rückblick auf das Jahr 2021",
    ],
)
def test_days_and_years_that_may_be_right_are_left_alone(said: str) -> None:
    assert found(said) == []


def test_what_was_held_in_the_year_of_a_programme_in_force_may_have_been_held() -> None:
    said = paderborn("Die Messe fand am 12. März 2022 statt. Die Börse fand am 12. Mai 2022 statt.")

    in_spring = notes_of(said, today=date(2022, 4, 1), in_force=True)

    assert [note.found for note in in_spring] == ["12. Mai 2022"]


def test_a_heading_of_last_year_is_named() -> None:
    document = real()[0]
    chapters = tuple(replace(c, title="Ziele 2021") if c.key == "4" else c for c in document.chapters)

    (note,) = notes_of(replace(document, chapters=chapters), today=BEFORE)

    assert (note.place.name, note.place.block, note.found) == ("4 Ziele 2021", 0, "2021")


@pytest.mark.parametrize(
    ("said", "words", "right"),
    [
        ("Näheres steht in Kapitel 2.9.", "Kapitel 2.9", "Kapitel 2 reicht bis 2.4."),
        ("Siehe Abschnitt 9.", "Abschnitt 9", "Das letzte Kapitel ist 7."),
        ("Siehe Tabelle 47.", "Tabelle 47", "Im Programm steht Tabelle 1 bis"),
        ("Siehe Abbildung 2.", "Abbildung 2", "Das Programm hat keine Abbildung."),
    ],
)
def test_pointers_to_what_is_not_there_are_named(said: str, words: str, right: str) -> None:
    (note,) = notes(said)

    assert (note.kind, note.found) == (HintKind.POINTER, words)
    assert right in note.right


@pytest.mark.parametrize(
    "said",
    [
        "Siehe Kapitel 2.1.3 und Tabelle 2.",
        "Das regelt Kapitel 3 SGB II, ebenso Abschnitt 9 des SGB III.",
        "Siehe Tabelle 47 der Statistik der Bundesagentur für Arbeit.",
        "Tabelle 1: Wohnungen",
    ],
)
def test_pointers_to_what_is_there_or_elsewhere_are_left_alone(said: str) -> None:
    assert found(said) == []


def test_numbers_in_captions_go_before_counting() -> None:
    document = paderborn("Siehe Tabelle 7 und Abbildung 3. Siehe Tabelle 1.")
    blocks = (TableBlock("Tabelle 7: Plätze", ("Ort",)), FigureBlock("Abb. 3: Karte", "Karte", "karte.png"))
    first = document.chapters[0]
    document = replace(document, chapters=(replace(first, blocks=(*first.blocks, *blocks)), *document.chapters[1:]))

    assert [note.found for note in notes_of(document, today=BEFORE)] == ["Tabelle 1"]


def test_sentences_end_at_their_dots_and_not_at_those_of_short_forms() -> None:
    text = (
        "Am 3. Juni kamen ca. 40 Personen, d. h. viele. Es kostet 3,9 Mio. Euro. Siehe Tabelle 2.\nDanach\n\n"
        "- ein Punkt\n- **noch** einer"
    )

    assert list(sentences(text)) == [
        "Am 3. Juni kamen ca. 40 Personen, d. h. viele.",
        "Es kostet 3,9 Mio. Euro.",
        "Siehe Tabelle 2.",
        "Danach",
        "ein Punkt",
        "noch einer",
    ]


PLAN = """
Das Jobcenter ist eine gemeinsame Einrichtung nach § 44b SGB II und besteht seit dem 1. Januar 2005. Zum Stichtag
30.09.2021 betreute es 11.234 Bedarfsgemeinschaften mit 21.876 Personen (Vorjahr: 22.310).
Im Oktober 2021 waren 9.412 Menschen arbeitslos gemeldet, das entspricht einer Quote von 5,4 %. Gegenüber Oktober
2020 ist das ein Rückgang um 812 Personen (-7,9 %).
Nach der Herbstprognose der Bundesregierung vom 27.10.2021 wird das Bruttoinlandsprodukt im Jahr 2021 um 2,6 % und
im Jahr 2022 um 4,1 % wachsen.
Die durchschnittliche Arbeitslosigkeit wird 2021 bei 2,6 Mio. Personen liegen. Der Haushalt 2022 des Bundes sieht
4,8 Mrd. € für Eingliederungsleistungen vor.
Aufgrund der EinglMV 2022 erhält das Jobcenter voraussichtlich 15,8 Mio. € für Eingliederungsleistungen und 17,9
Mio. € für Verwaltungskosten. Gegenüber 2021 ist dies ein Rückgang um rund 0,4 Mio. €.
Es ist vorgesehen, 2,26 Mio. € umzuschichten (2021: 1,9 Mio. €). Der kommunale Finanzierungsanteil beträgt 15,2 %
bzw. rund 3,62 Mio. €.
Für Leistungen nach § 16i SGB II werden ca. 4,5 Mio. Euro aufgewendet. Pro Förderfall sind im Schnitt 21.500 € zu
veranschlagen.
Die Kosten je Teilnehmer belaufen sich auf 1.250 EUR monatlich. Die Maßnahme „Neustart“ (Laufzeit 01.03.2022 bis
28.02.2023) umfasst 24 Plätze. Sie wurde zum 01.09.2021 ausgeschrieben.
Die Zielvereinbarung 2021 sah eine Integrationsquote von 24,1 % vor; erreicht werden voraussichtlich 23,8 %. Für
2022 wird eine Steigerung auf 24,5 % angestrebt.
Die im Jahr 2020 begonnene Kooperation mit der IHK wird 2022 fortgesetzt. Bereits 2019 wurde die Jugendberufsagentur
eingerichtet. Ab dem 1.7.2022 soll die digitale Akte eingeführt werden.
Die Trägerversammlung hat am 14.12.2020 das Programm 2021 beschlossen. Der Beirat tagt am 24. November 2021. Die
Frist läuft bis zum 31.12.2022.
In Kapitel 3 und Abschnitt 2.1.3 wird das näher dargestellt (siehe auch Kapitel 7.1). Rechtsgrundlage ist Kapitel 3
Abschnitt 2 SGB II. Vgl. BMAS, Gemeinsame Planungsgrundlagen 2022, Kap. 4.2. Siehe Abb. 4 im IAB-Kurzbericht
12/2021.
Im ersten Halbjahr 2021 fanden wegen der Pandemie nur wenige Präsenzveranstaltungen statt. Der Aktionstag fand im
September 2021 statt. Ein Fachtag ist für den 12. Mai 2022 geplant. Der Tag der offenen Tür findet am 5. Juni 2022
statt.
Die Teilnahme an der Messe am Samstag, 19.03.2022, ist geplant. Von den 523 Eintritten entfallen 120 auf
abschlussorientierte Maßnahmen. Die Mindestausbildungsvergütung beträgt 585 € (2022). Der Regelbedarf steigt zum
01.01.2022 auf 449 Euro.
Bis Ende 2021 werden alle Fachkräfte geschult sein. Die Ausgaben lagen zum 31.10.2021 bei 11,2 Mio. €, das sind 70,7
% des Budgets. Im Vorjahr standen 16,1 Mio. € zur Verfügung.
Der Bildungsgutschein kann bis zu 30.000 € umfassen. Über den ESF fließen 1,2 Mio. € in das Projekt „Stark im
Beruf“. Insgesamt stehen 37,4 Mio. € bereit, davon 33,7 Mio. € vom Bund. Die Passiven Leistungen betragen 98 Mio. €.
Das Jobcenter wird im Jahr 2022 insgesamt 2.802 Eintritte fördern. Die Planungen für 2021 gingen von 2.900
Eintritten aus. Der Vertrag wird zum 30.6.2022 gekündigt. Die Kommunalwahl war am 13.09.2020. Die Auswertung 2021
liegt im Februar 2022 vor.
"""
"""Sentences as plans of the year before have them, with amounts that stand in none of Paderborn's tables."""


def test_of_fifty_sentences_only_those_are_named_that_do_not_fit() -> None:
    assert found(PLAN) == [
        "0,4 Mio. €",
        "1,9 Mio. €",
        "4,5 Mio. Euro",
        "2021",
        "11,2 Mio. €",
        "16,1 Mio. €",
        "1,2 Mio. €",
    ]


HOSTILE = (
    "9.9.", "1 €, ", "2021 und ", "fand ", "fand, fand ", "10000€ ", "{{Budget: x", "{{", "](", "Tabelle 1. ", " ",
    "\n", "1 000 ", "|", "31.02. ", "12345678", "1.000.000,00 € in 2019 ", "*", "werden 2021 ",
    "10000 Euro bundesweit ", "Mo., ",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_text_made_to_be_hard_to_read_is_read_to_its_end(piece: str) -> None:
    assert len(notes(piece * (50_000 // len(piece)))) <= MOST_NOTES
