"""Deciding on an amendment: who may, what was decided, and what the budget is from then on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Setting, setting_of
from jcflow.amendments.amendment import RESOLVED, Amendment, AmendmentKind
from jcflow.amendments.effect import effect_of, lacking
from jcflow.audit.trail import Deed, record_all
from jcflow.clock import local_day
from jcflow.errors import BadInput
from jcflow.money import german
from jcflow.procedure import Role
from jcflow.programmes.budgets import BudgetLine
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import freeze

USUAL_LIMIT = 100_000_00
"""Cents up to which the managing director decides in a year where the house has set no other limit."""
LONGEST_MINUTES = 120
LONGEST_TEXT = 5_000
MOST_VOTES = 999


@dataclass(frozen=True)
class Decision:
    """What was decided, as typed; the numbers of votes only where a body has decided."""

    approved: bool
    decided_on: date
    minutes: str
    """Reference of the minutes, of the council's paper or of the file."""
    text: str = ""
    yes: int | None = None
    no: int | None = None
    abstain: int | None = None


def limit_of(setting: Setting) -> int:
    """Cents up to which the managing director of the house decides in a year."""
    return USUAL_LIMIT if setting.amendment_limit is None else setting.amendment_limit


def competent_role(session: Session, programme: Programme, one: Amendment) -> Role:
    """Who decides, or records what the body has decided: by kind, amount, and what was decided alone this year.

    The managing director never decides what he or she has proposed. Source: § 44c Abs. 1, § 44d Abs. 1 SGB II;
    where a municipality is responsible alone, its council decides.
    """
    body = Role.ASSEMBLY_CHAIR if programme.procedure.form == "gE" else Role.STAFF
    if one.proposed_role == Role.MANAGING_DIRECTOR:
        return body
    if one.kind is AmendmentKind.CORRECTION:
        return Role.MANAGING_DIRECTOR
    mine = (Amendment.programme_id == programme.id) & (Amendment.year == one.year) & (Amendment.id != one.id)
    alone = mine & Amendment.state.in_(RESOLVED) & (Amendment.competent == Role.MANAGING_DIRECTOR)
    so_far = int(session.scalar(select(func.coalesce(func.sum(Amendment.amount), 0)).where(alone)) or 0)
    limit = limit_of(setting_of(session, programme.jobcenter_id))
    return Role.MANAGING_DIRECTOR if so_far + one.amount <= limit else body


def check_decision(session: Session, one: Amendment, decision: Decision, deed: Deed) -> dict[str, object]:
    """What the amendment holds of a decision.

    Raises:
        BadInput: No reference, a day before the proposal or in the future, or votes that cannot have led there.
    """
    problems = dict(_problems(one, decision, local_day(deed.at)))
    if one.competent is not Role.MANAGING_DIRECTOR:
        seats = _seats(session, one)
        problems |= dict(_vote_problems(decision, seats, casting=one.competent is Role.ASSEMBLY_CHAIR))
    if problems:
        raise BadInput(problems)
    votes = (decision.yes, decision.no, decision.abstain)
    yes, no, abstain = (None, None, None) if one.competent is Role.MANAGING_DIRECTOR else votes
    return {
        "decided_by": deed.actor_id,
        "decided_on": decision.decided_on,
        "minutes": " ".join(decision.minutes.split()),
        "resolution": decision.text.strip(),
        "yes": yes,
        "no": no,
        "abstain": abstain,
    }


def _problems(one: Amendment, decision: Decision, today: date) -> Iterator[tuple[str, str]]:
    if not 1 <= len(" ".join(decision.minutes.split())) <= LONGEST_MINUTES:
        yield "minutes", "Geben Sie an, wo die Entscheidung steht, zum Beispiel „Niederschrift 3/2026, TOP 4“."
    if not local_day(one.proposed_at) <= decision.decided_on <= today:
        yield "decided_on", "Der Tag liegt nicht zwischen dem Vorschlag und heute."
    if len(decision.text) > LONGEST_TEXT:
        yield "text", "Kürzen Sie den Wortlaut auf höchstens 5.000 Zeichen."


def _seats(session: Session, one: Amendment) -> int:
    if one.competent is not Role.ASSEMBLY_CHAIR:
        return MOST_VOTES
    setting = setting_of(session, one.jobcenter_id)
    return setting.seats_agency + setting.seats_municipality


def _vote_problems(decision: Decision, seats: int, *, casting: bool) -> Iterator[tuple[str, str]]:
    """Votes that are none, too many, or speak for the other side; a tie is the chair's where there is one (R-03)."""
    given = {"yes": decision.yes, "no": decision.no, "abstain": decision.abstain}
    counts = {name: number for name, number in given.items() if number is not None and 0 <= number <= MOST_VOTES}
    for name in given:
        if name not in counts:
            yield name, f"Geben Sie eine Zahl von 0 bis {MOST_VOTES} ein."
    if len(counts) < len(given):
        return
    if not 0 < sum(counts.values()) <= seats:
        yield "yes", f"Abgestimmt haben mindestens 1 und höchstens {seats} Mitglieder."
    lead = counts["yes"] - counts["no"]
    if (decision.approved and (lead < 0 or (lead == 0 and not casting))) or (not decision.approved and lead > 0):
        yield "outcome", "Zu diesen Stimmen passt das Ergebnis nicht. Prüfen Sie beides."


def change_budget(session: Session, programme: Programme, one: Amendment, deed: Deed) -> dict[str, object]:
    """Make the budget what was decided, and freeze the version that holds it; returns what the amendment then holds.

    The lines change with the amendment's reason. The programme itself stays as and where it is.

    Raises:
        BadInput: A line would fall below zero, or the words to correct are gone.
    """
    if one.kind is AmendmentKind.CORRECTION:
        return _correct(session, programme, one, deed)
    effect = effect_of(session, programme, one)
    if sentence := lacking(effect):
        raise BadInput({"amount": sentence})
    said = because(one, deed)
    record_all(session, said, [(change.line, _amount(change.line, change.after)) for change in effect.changes])
    applied = {str(change.line.id): [change.before, change.after] for change in effect.changes}
    return {"applied": applied, **_version(session, programme, said)}


def _correct(session: Session, programme: Programme, one: Amendment, deed: Deed) -> dict[str, object]:
    line = session.get(BudgetLine, one.target_line_id)
    if line is None or line.removed or one.column is None:
        raise BadInput({"target": "Die Zeile, die berichtigt werden soll, gibt es nicht mehr."})
    former = getattr(line, one.column) or ""
    said = because(one, deed)
    record_all(session, said, [(line, {one.column: one.wording or None})])
    return {"former": former, **_version(session, programme, said)}


def restore_budget(session: Session, programme: Programme, one: Amendment, deed: Deed) -> dict[str, object]:
    """Undo what a decision has made of the budget; the version after it is a new one.

    Raises:
        BadInput: A line would fall below zero, because what it got was used since.
    """
    lines: list[tuple[BudgetLine, Mapping[str, object]]] = []
    for line_id, (before, after) in (one.applied or {}).items():
        line = session.get_one(BudgetLine, UUID(line_id))
        amount = (line.amount or 0) - (after - before)
        if amount < 0:
            sentence = f"In der Zeile „{line.label}“ stehen nur {german(line.amount or 0)} €."
            raise BadInput({"reason": f"{sentence} Nehmen Sie zuerst zurück, was davon abhängt."})
        lines.append((line, _amount(line, amount)))
    record_all(session, deed, lines)
    return _version(session, programme, deed)


def because(one: Amendment, deed: Deed) -> Deed:
    """The deed with which the budget changes: its reason is the amendment's."""
    return replace(deed, reason=f"Budgetänderung {one.number}: {one.reason}")


def _amount(line: BudgetLine, amount: int) -> dict[str, object]:
    """The new figure; what was printed in its place before is no longer so."""
    return {"amount": amount, "printed": None} if line.printed is not None else {"amount": amount}


def _version(session: Session, programme: Programme, deed: Deed) -> dict[str, object]:
    frozen = freeze(session, programme, deed)
    return {"version_id": frozen.id, "version_sha256": frozen.sha256}
