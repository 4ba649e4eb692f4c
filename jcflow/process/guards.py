"""The facts a step needs, each as a question that answers with what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sqlalchemy.orm import Session

from jcflow import tasks
from jcflow.accounts.assembly import assembly
from jcflow.accounts.jobcenters import setting_of
from jcflow.accounts.people import holders
from jcflow.clock import local_day, written
from jcflow.decisions.ballots import current_ballot, seat_problems
from jcflow.decisions.casting import turnout
from jcflow.errors import BadFile
from jcflow.opinions.answers import open_points
from jcflow.opinions.board import Stance, opinions_on
from jcflow.opinions.rounds import unconfirmed
from jcflow.procedure import Role
from jcflow.programmes import internal_check
from jcflow.programmes.checks import Difference
from jcflow.programmes.completeness import chapter_obstacles, topic_obstacles
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import as_data, canonical
from jcflow.programmes.identities.results import figure
from jcflow.programmes.internal_check import SignOffKind
from jcflow.programmes.live import document_of
from jcflow.programmes.procedures import GUARDS as NAMES
from jcflow.programmes.programme import Programme, steps_of
from jcflow.programmes.versions import newest_version


@dataclass(frozen=True)
class Look:
    """A programme looked at once; what several guards need is read once."""

    session: Session
    programme: Programme
    at: datetime

    @cached_property
    def document(self) -> Document:
        """The working draft."""
        return document_of(self.session, self.programme)

    @cached_property
    def entered_at(self) -> datetime:
        """When the present state was entered."""
        return steps_of(self.session, self.programme)[-1].at

    @property
    def today(self) -> date:
        """The day in Berlin."""
        return local_day(self.at)


Guard = Callable[[Look], list[str]]


def basis_known(look: Look) -> list[str]:
    """The planning basis is entered or marked missing (R-35)."""
    if look.programme.basis is not None:
        return []
    return ["Die Planungsgrundlage fehlt. Tragen Sie sie ein oder vermerken Sie, dass sie noch nicht vorliegt."]


def chapters_filled(look: Look) -> list[str]:
    """Every leaf chapter has content, and all of it can be frozen."""
    problems = chapter_obstacles(look.document)
    try:
        read(canonical(as_data(look.document)), "Programm")
    except BadFile as error:
        problems += [f"{fault.place}: {fault.reason}" for fault in error.faults]
    return problems


def topics_chosen(look: Look) -> list[str]:
    """Each topic set has the number of topics it asks for (R-37)."""
    return topic_obstacles(look.document)


def _signed_since_entry(look: Look, kind: SignOffKind) -> bool:
    version = newest_version(look.session, look.programme)
    signed = internal_check.sign_offs_of(look.session, version).get(kind)
    return signed is not None and signed.at >= look.entered_at


def signed_off(look: Look) -> list[str]:
    """The equal-opportunity officer took part (R-10, § 18e Abs. 3 SGB II)."""
    if _signed_since_entry(look, SignOffKind.EQUAL_OPPORTUNITY):
        return []
    return ["Die Mitzeichnung der Beauftragten für Chancengleichheit fehlt (§ 18e Abs. 3 SGB II)."]


def budget_stated(look: Look) -> list[str]:
    """The budget officer stated the present figures (R-11, § 44f Abs. 2 SGB II, § 9 BHO)."""
    since = _signed_since_entry(look, SignOffKind.BUDGET)
    if since and internal_check.figures_are_stated(look.session, look.programme):
        return []
    return ["Die Stellungnahme der Beauftragten für den Haushalt fehlt (§ 9 BHO)."]


def figures_stated_again(look: Look) -> list[str]:
    """Figures changed since the budget officer's statement are stated anew (R-11)."""
    if internal_check.figures_are_stated(look.session, look.programme):
        return []
    return ["Zahlen haben sich geändert. Die Beauftragte für den Haushalt muss sich noch einmal äußern (§ 9 BHO)."]


def differences_accepted(look: Look) -> list[str]:
    """Every sum and every other identity holds, or its difference is accepted with a reason (R-27)."""
    return [in_words(d) for d in internal_check.open_differences(look.session, look.programme)]


def in_words(difference: Difference) -> str:
    """A figure that does not hold, with both numbers and the difference."""
    unit = difference.unit
    what = f"{difference.label} ({difference.identity})" if difference.identity else f"Summe „{difference.label}“"
    return (
        f"{what}: angegeben {figure(difference.stated, unit)}, "
        f"gerechnet {figure(difference.computed, unit)}, Unterschied {figure(difference.amount, unit)}."
    )


def carrier_targets_known(look: Look) -> list[str]:
    """The carriers' target requirements are attached or declared to be none (R-09, § 44c Abs. 6 SGB II)."""
    if internal_check.has_carrier_targets(look.session, look.programme):
        return []
    return ["Die Zielvorgaben der Träger fehlen. Hinterlegen Sie sie oder vermerken Sie „keine“ (§ 44c Abs. 6 SGB II)."]


def first_reading_waived(look: Look) -> list[str]:
    """The assembly has waived its first reading."""
    if setting_of(look.session, look.programme.jobcenter_id).first_reading_waived:
        return []
    return ["Die Trägerversammlung hat auf die erste Beratung nicht verzichtet."]


def opinions_in_or_due(look: Look) -> list[str]:
    """All board members have answered since the consultation began or the day for it has passed.

    Nor may an entry from paper wait to be confirmed. An opinion from an earlier round on the same version stands,
    but it closes no new round.
    """
    version = newest_version(look.session, look.programme)
    if waiting := unconfirmed(look.session, version):
        number = "Eine Stellungnahme" if len(waiting) == 1 else f"{len(waiting)} Stellungnahmen"
        return [f"{number} auf Papier muss noch eine zweite Person bestätigen."]
    given = [o for o in opinions_on(look.session, version) if o.counts and o.at >= look.entered_at]
    heard = {o.person_id for o in given if o.stance is not Stance.SILENT}
    missing = {m.person_id for m in holders(look.session, Role.BOARD_MEMBER, look.today)} - heard
    if not missing:
        return []
    due_on = tasks.due_of(look.session, look.programme, "opinion")
    if due_on is not None and look.today > due_on:
        return []
    until = f"{written(due_on)}" if due_on else "offen"
    number = "Eine Stellungnahme steht" if len(missing) == 1 else f"{len(missing)} Stellungnahmen stehen"
    return [f"{number} noch aus. Die Frist läuft bis {until}, 24 Uhr."]


def points_answered(look: Look) -> list[str]:
    """Every point of the board has an answer (R-12, § 18d Satz 2 SGB II)."""
    points = open_points(look.session, look.programme)
    return [f"Eine Antwort fehlt: {p.about_label}, Punkt {p.number}." for p in points]


def seats_equal(look: Look) -> list[str]:
    """Both carriers have equally many voting seats (R-01, § 44c Abs. 1 Satz 2 SGB II)."""
    return seat_problems(*assembly(look.session, look.programme.jobcenter_id, look.today))


def ballot_complete(look: Look) -> list[str]:
    """All votes are in, or the day has passed and more than half of the seats and both carriers have voted."""
    ballot = current_ballot(look.session, look.programme)
    if ballot is None:
        return ["Es gibt keine offene Abstimmung."]
    state = turnout(look.session, ballot)
    if state.is_complete:
        return []
    if look.today <= ballot.closes_on:
        number = len(state.electors) - len(state.voted)
        missing = "Eine Stimme fehlt" if number == 1 else f"{number} Stimmen fehlen"
        return [f"{missing} noch. Die Abstimmung läuft bis {written(ballot.closes_on)}, 24 Uhr."]
    if state.is_quorate:
        return []
    return ["Mehr als die Hälfte der Mitglieder muss abgestimmt haben, von jedem Träger mindestens eines."]


def record_written(look: Look) -> list[str]:
    """The ballot's result is stated, so that it can be recorded (R-06)."""
    ballot = current_ballot(look.session, look.programme)
    return [] if ballot is not None and ballot.result is not None else ["Das Ergebnis ist noch nicht festgestellt."]


GUARDS: Mapping[str, Guard] = {
    guard.__name__: guard
    for guard in (
        basis_known,
        chapters_filled,
        topics_chosen,
        signed_off,
        budget_stated,
        figures_stated_again,
        differences_accepted,
        carrier_targets_known,
        first_reading_waived,
        opinions_in_or_due,
        points_answered,
        seats_equal,
        ballot_complete,
        record_written,
    )
}
assert set(GUARDS) == NAMES
