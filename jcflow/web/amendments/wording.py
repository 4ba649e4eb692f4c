"""Amendments in words: their lines, their people, what an effect does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.accounts.people import names
from jcflow.accounts.role_names import named
from jcflow.amendments.amendment import BETWEEN_BUDGETS, KIND_NAMES, Amendment, AmendmentKind, Standing
from jcflow.amendments.differences import outlook
from jcflow.amendments.effect import Cause, Effect, Wanted
from jcflow.amendments.proposing import COLUMNS
from jcflow.procedure import Role
from jcflow.programmes.budgets import lines_of, tables_of
from jcflow.programmes.programme import Programme
from jcflow.web.budget_check import Gap, gaps_of
from jcflow.web.formats import day, euro, number
from jcflow.web.grids import sentence_of
from jcflow.web.sentences import role_word

CAUSES = {
    Cause.GIVES: "gibt ab",
    Cause.RECEIVES: "erhält",
    Cause.SHARE: "kommunaler Anteil",
    Cause.FOLLOWS: "folgt daraus",
}
BODIES = {
    Role.MANAGING_DIRECTOR: "die Geschäftsführung",
    Role.ASSEMBLY_CHAIR: "die Trägerversammlung",
    Role.STAFF: "der Kreistag oder sein zuständiger Ausschuss",
}
"""Who decides, by the role that records it."""
KIND_HINTS = {
    AmendmentKind.TRANSFER_EGT_TO_VK: "Der kommunale Finanzierungsanteil steigt mit.",
    AmendmentKind.TRANSFER_VK_TO_EGT: "Der kommunale Finanzierungsanteil sinkt mit.",
    AmendmentKind.LINE_SHIFT: "Von einer Zeile in eine andere, ohne das Budget zu wechseln.",
    AmendmentKind.ALLOCATION_CHANGE: "Der Bund teilt mehr oder weniger zu, zum Beispiel nach der EinglMV.",
    AmendmentKind.COMMITMENT_AUTHORITY_CHANGE: "Was sich für spätere Jahre binden lässt, wird mehr oder weniger.",
    AmendmentKind.CORRECTION: "Ein Schreibfehler in Bezeichnung oder Anmerkung einer Zeile. Kein Betrag ändert sich.",
}


@dataclass(frozen=True)
class ShownChange:
    """One line before and after, as a table shows it."""

    table: str
    label: str
    before: int
    after: int
    cause: str


@dataclass(frozen=True)
class Coming:
    """The figures that will not hold after an amendment: those to accept, those accepted that lapse, in words."""

    gaps: tuple[Gap, ...]
    lapsing: tuple[str, ...]


def coming(session: Session, programme: Programme, one: Wanted) -> Coming:
    """What of the figures will not hold, and what that was accepted counts no more."""
    found = outlook(session, programme, one)
    gaps = [gap for gap in gaps_of(session, programme, found.document) if gap.difference in found.open]
    return Coming(tuple(gaps), tuple(sentence_of(one) for one in found.lapsing))


def line_names(session: Session, programme: Programme) -> dict[UUID | None, str]:
    """Id of a budget line to its label and its table's title; removed lines included."""
    found: dict[UUID | None, str] = {}
    for gone in (False, True):
        tables = {t.id: t.title for t in (*tables_of(session, programme), *tables_of(session, programme, removed=True))}
        for table_id, lines in lines_of(session, programme, removed=gone).items():
            found |= {line.id: f"{line.label} ({tables.get(table_id, '')})" for line in lines}
    return found


def shown_effect(effect: Effect) -> list[ShownChange]:
    """The changes of an effect, in the order of the tables."""
    return [ShownChange(x.table.title, x.line.label, x.before, x.after, CAUSES[x.cause]) for x in effect.changes]


def shown_applied(session: Session, programme: Programme, one: Amendment) -> list[ShownChange]:
    """What the decision has made of the budget, in the order of the tables."""
    applied = one.applied or {}
    within = lines_of(session, programme)
    return [
        ShownChange(table.title, line.label, before=applied[str(line.id)][0], after=applied[str(line.id)][1], cause="")
        for table in tables_of(session, programme)
        for line in within.get(table.id, [])
        if str(line.id) in applied
    ]


def share_sentence(kind: AmendmentKind, share: int) -> str:
    """What the amendment means for the municipality, as a sentence."""
    law = "(§ 46 Abs. 3 SGB II: 15,2 Prozent der gesamten Verwaltungskosten)"
    if share > 0:
        return f"Der kommunale Finanzierungsanteil steigt um {euro(share)} {law}."
    if share < 0:
        return f"Der kommunale Finanzierungsanteil sinkt um {euro(-share)} {law}."
    if kind in BETWEEN_BUDGETS:
        return "Der Betrag ist zu klein, um den kommunalen Finanzierungsanteil zu ändern."
    return "Der kommunale Finanzierungsanteil ändert sich nicht."


def title_of(one: Amendment) -> str:
    """What an amendment is called."""
    return f"Budgetänderung {one.number}"


def facts_of(session: Session, programme: Programme, standing: Standing) -> list[tuple[str, str]]:
    """What is known of an amendment, in the order it came about."""
    one = standing.amendment
    lines = line_names(session, programme)
    people = names(session, {one.proposed_by, one.checked_by, one.decided_by, one.blocked_by, one.declared_by})
    return [(key, value) for key, value in _facts(one, lines, people) if value]


def _facts(
    one: Amendment, lines: Mapping[UUID | None, str], people: Mapping[UUID | None, str]
) -> Iterable[tuple[str, str]]:
    yield "Art", KIND_NAMES[one.kind]
    yield "Jahr", str(one.year)
    if one.kind is AmendmentKind.CORRECTION:
        yield "Zeile", lines.get(one.target_line_id, "")
        yield "Berichtigt wird", COLUMNS.get(one.column or "", "")
        yield "Richtig ist", one.wording
    else:
        yield "Betrag", euro(one.amount)
        yield "Aus der Zeile", lines.get(one.source_line_id, "") if one.source_line_id else ""
        yield "In die Zeile", lines.get(one.target_line_id, "") if one.target_line_id else ""
    yield "Begründung", one.reason
    proposer = people.get(one.proposed_by, "unbekannt")
    yield "Vorgeschlagen von", f"{proposer}, {role_word(one.proposed_role)}, am {day(one.proposed_at.date())}"
    if one.checked_by and one.checked_at:
        yield "Geprüft von", f"{people.get(one.checked_by, 'unbekannt')}, am {day(one.checked_at.date())}"
        yield "Stellungnahme der Beauftragten für den Haushalt", one.opinion
    yield "Zuständig für die Entscheidung", BODIES[one.competent] if one.competent else ""
    if one.decided_on:
        yield "Entschieden am", f"{day(one.decided_on)}, {one.minutes}"
        yield "Stimmen", _votes(one)
        yield "Wortlaut", one.resolution
        yield "Festgehalten von", people.get(one.decided_by, "unbekannt")
    yield "Gesperrt", f"{people.get(one.blocked_by, '')}, am {day(one.blocked_on)}" if one.blocked_on else ""
    if one.declared_on:
        declared = f"{people.get(one.declared_by, '')}, am {day(one.declared_on)}"
        yield "Empfangender Titel ausgeschöpft laut", declared


def _votes(one: Amendment) -> str:
    if one.yes is None:
        return ""
    counted = f"{number(one.yes)} Ja, {number(one.no)} Nein, {number(one.abstain)} Enthaltungen"
    tied = " Bei Stimmengleichheit hat die Stimme des Vorsitzes entschieden (§ 44c Abs. 1 Satz 8 SGB II)."
    return counted + ("." + tied if one.yes == one.no and one.competent is Role.ASSEMBLY_CHAIR else "")


def whose_turn(roles: Iterable[Role]) -> str:
    """Who is on turn."""
    return named(dict.fromkeys(roles))
