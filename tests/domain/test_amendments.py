"""Amendments of a budget in force: every step, who may take it, and what it makes of the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import change_setting, setting_of
from jcflow.amendments import effect
from jcflow.amendments.amendment import AmendmentKind, standing_of, standings_of, sums
from jcflow.amendments.effect import effect_of, share_of
from jcflow.amendments.proposing import is_year_open
from jcflow.audit.chain import AuditEvent
from jcflow.audit.checkpoints import Cause, equip, newest
from jcflow.audit.reading import entries, select_events
from jcflow.audit.verify import verify
from jcflow.cli import walk
from jcflow.config import new_signing_key
from jcflow.errors import BadInput, NotAllowed, Stale, StepNotPossible
from jcflow.procedure import Role
from jcflow.process import amending
from jcflow.process.amendment_rules import Said
from jcflow.process.opening import import_document, open_programme
from jcflow.programmes.budgets import BudgetLine
from jcflow.programmes.exchange.document import ProgrammeHead
from jcflow.programmes.kinds import LinePart, ProgrammeKind
from jcflow.programmes.versions import newest_version, versions_of
from jcflow.reminders.stages import rule_of
from tests.amendments import EGT, OPINION, REASON, VK, Case, amendable
from tests.databases import KINDS, discard
from tests.factories import found_house, visit

FORMS = ("gE", "zkT")


@pytest.fixture(scope="session", params=KINDS)
def amended(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database with a house of each form whose programme is in force."""
    url = new_database(request.param)
    engine = database.engine_for(url)
    for form in FORMS:
        with database.writing(engine) as session:
            found_house(session, amendable(form)).advance("in_force")
    yield engine
    engine.dispose()
    discard(url)


@pytest.fixture
def session(amended: Engine) -> Iterator[Session]:
    """A session on that database; nothing it does is kept."""
    with Session(amended) as one:
        yield one


@pytest.fixture
def case(session: Session) -> Case:
    """The joint institution."""
    return Case(visit(session, "gE"))


@pytest.fixture
def council_case(session: Session) -> Case:
    """The municipal provider."""
    return Case(visit(session, "zkT"))


# ---- proposing


def test_a_proposal_changes_nothing_of_the_budget(case: Case) -> None:
    before = newest_version(case.house.session, case.house.programme)

    one = case.propose()

    assert (one.state, one.number, one.year) == ("proposed", 1, 2027)
    assert case.amount("egt/ab") == case.amount("vk/zu") == 0
    assert newest_version(case.house.session, case.house.programme) is before
    assert standing_of(case.house.session, one).planned == 84_800_00


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": 1_000_000_01}, "amount"),
        ({"reason": "zu kurz"}, "reason"),
        ({"source": None}, "source"),
        ({"target": None}, "target"),
        ({"target": "egt/zuteilung"}, "target"),
        ({"source": "vk/bund"}, "source"),
        ({"target": "vk/gesamt"}, "target"),
        ({"target": "vk/kfa"}, "target"),
        ({"source": "egt/ab"}, "source"),
        ({"kind": VK}, "source"),
        ({"source": "plain/kurse", "amount": 100_00}, "source"),
        ({"target": "plain/kurse"}, "target"),
        ({"kind": AmendmentKind.LINE_SHIFT, "target": "vk/bund"}, "target"),
        ({"kind": AmendmentKind.LINE_SHIFT, "source": "vk/bund", "target": "vk/zu"}, "target"),
        ({"kind": AmendmentKind.ALLOCATION_CHANGE, "source": None, "target": "vk/zu"}, "target"),
        ({"kind": AmendmentKind.COMMITMENT_AUTHORITY_CHANGE, "source": None, "target": "vk/bund"}, "target"),
    ],
)
def test_what_cannot_be_right_is_refused_by_field(case: Case, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        case.propose(case.draft(**wrong))  # type: ignore[arg-type]

    assert field in refused.value.problems


def test_what_others_have_planned_is_not_free_any_more(case: Case) -> None:
    case.propose(case.draft(amount=600_000_00))

    with pytest.raises(BadInput, match=r"nur noch 400\.000 €"):
        case.propose(case.draft(amount=400_000_01))
    case.take("cancel", "redaktion", "Der Bedarf ist entfallen.")
    assert case.propose(case.draft(amount=400_000_01)).state == "proposed"


def test_an_allocation_is_not_lowered_below_what_was_given_away(case: Case) -> None:
    case.bring("approved")
    lowered = case.draft(AmendmentKind.ALLOCATION_CHANGE, 950_000_00, "egt/zuteilung", None, lowers=True)

    with pytest.raises(BadInput) as refused:
        case.propose(lowered)

    assert "amount" in refused.value.problems


def test_what_was_transferred_before_is_not_free_any_more(case: Case) -> None:
    case.bring("approved", case.draft(amount=600_000_00))

    with pytest.raises(BadInput, match=r"nur noch 400\.000 €"):
        case.propose(case.draft(amount=400_000_01))


@pytest.mark.parametrize("account", ["tv1", "beirat1", "buero", "bca", "revision", "admin"])
def test_only_who_writes_or_keeps_the_budget_proposes(case: Case, account: str) -> None:
    with pytest.raises(NotAllowed):
        case.propose(by=account)


def test_a_programme_that_is_not_in_force_has_no_amendments(case: Case) -> None:
    house = case.house
    head = ProgrammeHead(ProgrammeKind.AMIP, "Programm 2028", date(2028, 1, 1), date(2028, 12, 31))
    draft = case.draft()
    house.programme = open_programme(house.session, house.jobcenter, head, house.deed())

    with pytest.raises(StepNotPossible):
        case.propose(draft)


def test_a_year_is_open_until_it_is_over_and_the_next_programme_is_in_force(case: Case) -> None:
    house = case.house
    assert is_year_open(house.session, house.programme, date(2027, 12, 31))
    assert is_year_open(house.session, house.programme, date(2028, 3, 1))
    head = replace(amendable().programme, period_from=date(2028, 1, 1), period_to=date(2028, 12, 31))
    later = replace(amendable(name=house.jobcenter.name), programme=head)
    following = import_document(house.session, later, house.deed("gf"))
    walk.advance(house.session, following, "in_force", people=house.people, at=house.at)

    assert is_year_open(house.session, house.programme, date(2027, 12, 31))
    assert not is_year_open(house.session, house.programme, date(2028, 1, 1))
    house.at += timedelta(days=700)
    with pytest.raises(StepNotPossible, match="abgeschlossen"):
        case.propose()


# ---- the way


def test_an_amendment_goes_all_the_way(case: Case) -> None:
    one = case.bring("blocked")
    assert (one.checked_by, one.competent) == (case.house.people["haushalt"], Role.MANAGING_DIRECTOR)
    case.declare()

    case.book(84_800_00)

    assert one.state == "closed"
    standing = standing_of(case.house.session, one)
    assert (standing.resolved, standing.blocked, standing.booked, standing.released) == (84_800_00, 0, 84_800_00, 0)
    (entered,) = standing.bookings
    assert (entered.direction, entered.amount, entered.reason, entered.reference) == (EGT, 84_800_00, REASON, "4711")
    assert (entered.source_line_id, entered.target_line_id) == (one.source_line_id, one.target_line_id)
    assert verify(case.house.session).findings == ()


STEPS = ("check", "refuse", "put", "decide", "block", "book", "release", "cancel", "revoke")
POSSIBLE = {
    "proposed": {"check", "refuse", "cancel"},
    "checked": {"put", "cancel"},
    "decision_pending": {"decide", "cancel"},
    "approved": {"block", "revoke"},
    "blocked": {"book", "release"},
}
ACCOUNTS = {
    **{"check": "haushalt", "refuse": "haushalt", "put": "gf", "decide": "gf", "block": "haushalt", "book": "gf"},
    **{"release": "haushalt", "cancel": "redaktion", "revoke": "gf"},
}
SAYING = {"reason": "Ein Grund, der lang genug ist.", "opinion": OPINION, "amount": 84_800_00, "reference": "4711"}


@pytest.mark.parametrize("state", sorted(POSSIBLE))
def test_in_each_state_exactly_its_steps_are_possible(case: Case, state: str) -> None:
    one = case.bring(state)
    if state == "blocked":
        case.declare()
    for trigger in STEPS:
        nested = case.house.session.begin_nested()
        said = {**SAYING, "booked_on": case.house.today, "decision": case.decision()}
        if trigger in POSSIBLE[state]:
            case.take(trigger, ACCOUNTS[trigger], **said)  # type: ignore[arg-type]
            assert one.state != state
        else:
            with pytest.raises(StepNotPossible):
                case.take(trigger, ACCOUNTS[trigger], **said)  # type: ignore[arg-type]
        nested.rollback()
        case.house.session.expire_all()


@pytest.mark.parametrize(("trigger", "final"), [("refuse", "refused"), ("cancel", "cancelled")])
def test_who_says_no_gives_a_reason_and_it_is_over(case: Case, trigger: str, final: str) -> None:
    case.propose()
    with pytest.raises(BadInput):
        case.take(trigger, ACCOUNTS[trigger], "kurz")

    case.take(trigger, ACCOUNTS[trigger], "Der Betrag wird an anderer Stelle gebraucht.")

    assert case.one.state == final
    assert amending.open_tasks_of(case.house.session, case.one) == []
    with pytest.raises(StepNotPossible):
        case.take("check", "haushalt", opinion=OPINION)


def test_a_rejected_amendment_leaves_the_budget_as_it_is(case: Case) -> None:
    case.bring("decision_pending")

    case.decide(approved=False)

    assert case.one.state == "rejected"
    assert case.one.version_id is None
    assert case.amount("vk/zu") == 0


def test_a_form_that_is_older_than_the_amendment_is_stale(case: Case) -> None:
    house, one = case.house, case.propose()
    seen = one.version
    case.take("check", "haushalt", opinion=OPINION)

    with pytest.raises(Stale):
        amending.take(
            *(house.session, house.programme, one, "put"), actor=house.actor("gf"), at=house.tick(), version=seen
        )
    with pytest.raises(Stale):
        amending.take(
            *(house.session, house.programme, one, "check"),
            actor=house.actor("haushalt"),
            at=house.tick(),
            version=seen,
        )


def test_the_programme_stays_in_force_all_the_way(case: Case) -> None:
    programme = case.house.programme
    steps = (programme.state, programme.version)

    case.bring("blocked")
    case.declare()
    case.book(84_800_00)

    assert (programme.state, programme.version) == steps


# ---- people


def test_whoever_proposed_does_not_check(case: Case) -> None:
    case.propose(by="haushalt")

    with pytest.raises(NotAllowed, match="nicht selbst vorgeschlagen"):
        case.take("check", "haushalt", opinion=OPINION)
    with pytest.raises(NotAllowed):
        case.take("refuse", "haushalt", "Ein Grund, der lang genug ist.")


def test_whoever_proposed_or_checked_does_not_book(case: Case) -> None:
    case.bring("blocked")
    case.declare()

    with pytest.raises(NotAllowed, match="nicht selbst vorgeschlagen"):
        case.book(1_00, by="redaktion")
    with pytest.raises(NotAllowed, match="nicht selbst geprüft"):
        case.book(1_00, by="haushalt")
    case.book(1_00, by="gf")


def deputy(case: Case, account: str, of: str, role: Role) -> Actor:
    """Somebody who acts in the place of somebody away."""
    people = case.house.people
    return Actor(people[account], frozenset({Role.STAFF, role}), {role: people[of]})


def test_nobody_checks_what_was_proposed_in_their_place(case: Case) -> None:
    house, draft = case.house, case.draft()
    instead = deputy(case, "buero", "haushalt", Role.BUDGET_OFFICER)
    case.made.append(amending.propose(house.session, house.programme, draft, actor=instead, at=house.tick()))

    with pytest.raises(NotAllowed, match="nicht selbst vorgeschlagen"):
        case.take("check", "haushalt", opinion=OPINION)
    case.take("cancel", "haushalt", "Der Bedarf ist entfallen.")


def test_nobody_books_what_was_checked_or_declared_in_their_place(case: Case) -> None:
    house = case.house
    instead = deputy(case, "buero", "haushalt", Role.BUDGET_OFFICER)
    case.propose()
    amending.take(
        *(house.session, house.programme, case.one, "check"),
        actor=instead,
        at=house.tick(),
        said=Said(opinion=OPINION),
    )
    case.take("put", "gf")
    case.decide()
    case.take("block", "haushalt")
    amending.declare(house.session, house.programme, case.one, actor=instead, at=house.tick())

    for account in ("haushalt", "buero"):
        actor = instead if account == "buero" else house.actor(account)
        at, said = house.tick(), Said(amount=1_00, reference="4711", booked_on=house.today)
        with pytest.raises(NotAllowed, match="nicht selbst geprüft"):
            amending.take(house.session, house.programme, case.one, "book", actor=actor, at=at, said=said)
    case.book(1_00)


def test_what_the_managing_director_proposed_is_decided_by_the_assembly_and_booked_by_the_team(case: Case) -> None:
    case.bring("decision_pending", by="gf")
    assert case.one.competent is Role.ASSEMBLY_CHAIR
    with pytest.raises(NotAllowed):
        case.decide("gf")
    case.decide("tv1")
    case.take("block", "haushalt")
    case.declare()
    (task,) = amending.open_tasks_of(case.house.session, case.one)
    assert (task.act, task.role) == ("amendment_book", Role.EDITOR)

    case.book(84_800_00, by="redaktion")

    assert case.one.state == "closed"


def test_only_the_budget_officer_accepts_differences_and_not_of_an_own_proposal(case: Case) -> None:
    def accept(account: str) -> None:
        house = case.house
        amending.accept(house.session, house.programme, case.one, {}, actor=house.actor(account), at=house.tick())

    case.propose()
    with pytest.raises(StepNotPossible):
        accept("haushalt")
    case.take("check", "haushalt", opinion=OPINION)
    accept("haushalt")
    with pytest.raises(NotAllowed):
        accept("gf")
    case.bring("approved", case.draft(amount=1_00))
    with pytest.raises(StepNotPossible):
        accept("haushalt")


@pytest.mark.parametrize("account", ["gf", "redaktion", "tv1", "buero", "bca", "beirat1"])
def test_only_the_budget_officer_checks_and_blocks(case: Case, account: str) -> None:
    case.propose()
    with pytest.raises(NotAllowed):
        case.take("check", account, opinion=OPINION)
    case.take("check", "haushalt", opinion=OPINION)
    case.take("put", "gf")
    case.decide()
    with pytest.raises(NotAllowed):
        case.take("block", account)


def test_only_who_proposed_or_directs_takes_back(case: Case) -> None:
    case.propose(by="redaktion")

    with pytest.raises(NotAllowed):
        case.take("cancel", "haushalt", "Ein Grund, der lang genug ist.")
    case.take("cancel", "gf", "Ein Grund, der lang genug ist.")


# ---- competence


def test_above_the_limit_the_assembly_decides_and_its_chair_records_it(case: Case) -> None:
    case.bring("decision_pending", case.draft(amount=100_000_01))
    assert case.one.competent is Role.ASSEMBLY_CHAIR
    (task,) = amending.open_tasks_of(case.house.session, case.one)
    assert (task.role, task.act) == (Role.ASSEMBLY_CHAIR, "amendment_decide")
    for account in ("gf", "tv2", "buero"):
        with pytest.raises(NotAllowed):
            case.decide(account)

    case.decide("tv1")

    assert (case.one.state, case.one.yes, case.one.minutes) == ("approved", 5, "Niederschrift 3/2027, TOP 4")


def test_the_managing_director_decides_without_votes(case: Case) -> None:
    case.bring("decision_pending")

    case.decide("gf", yes=6, no=0)

    assert (case.one.yes, case.one.no, case.one.abstain) == (None, None, None)
    assert case.one.decided_by == case.house.people["gf"]


def test_the_house_sets_the_limit_itself(case: Case) -> None:
    house = case.house
    setting = setting_of(house.session, house.jobcenter.id)
    change_setting(house.session, setting, house.deed("admin"), amendment_limit=0)

    case.bring("decision_pending", case.draft(amount=1))

    assert case.one.competent is Role.ASSEMBLY_CHAIR


def test_amounts_cannot_be_split_below_the_limit(case: Case) -> None:
    case.bring("decision_pending", case.draft(amount=60_000_00))
    waiting = case.one
    case.bring("approved", case.draft(amount=60_000_00))

    assert case.one.competent is Role.MANAGING_DIRECTOR
    assert waiting.competent is Role.ASSEMBLY_CHAIR
    (task,) = amending.open_tasks_of(case.house.session, waiting)
    assert task.role is Role.ASSEMBLY_CHAIR


def test_at_a_municipal_provider_the_office_enters_what_the_council_decided(council_case: Case) -> None:
    case = council_case
    case.bring("decision_pending", case.draft(amount=200_000_00))
    assert case.one.competent is Role.STAFF
    with pytest.raises(BadInput, match="passt das Ergebnis nicht"):
        case.decide("buero", yes=20, no=20)

    case.decide("buero", yes=30, no=20, abstain=2, minutes="Vorlage 41/2027")

    assert (case.one.state, case.one.minutes) == ("approved", "Vorlage 41/2027")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"minutes": "  "}, "minutes"),
        ({"decided_on": date(2020, 1, 1)}, "decided_on"),
        ({"decided_on": date(2090, 1, 1)}, "decided_on"),
        ({"yes": None}, "yes"),
        ({"yes": 6, "no": 1}, "yes"),
        ({"yes": 0, "no": 0}, "yes"),
        ({"yes": 1, "no": 4}, "outcome"),
        ({"approved": False, "yes": 4, "no": 1}, "outcome"),
    ],
)
def test_a_decision_that_cannot_have_been_is_refused(case: Case, typed: dict[str, object], field: str) -> None:
    case.bring("decision_pending", case.draft(amount=200_000_00))

    with pytest.raises(BadInput) as refused:
        case.decide("tv1", **typed)  # type: ignore[arg-type]

    assert field in refused.value.problems


@pytest.mark.parametrize(("approved", "state"), [(True, "approved"), (False, "rejected")])
def test_a_tie_of_the_assembly_is_the_chairs_to_decide(case: Case, approved: bool, state: str) -> None:
    case.bring("decision_pending", case.draft(amount=200_000_00))

    assert case.decide("tv1", approved=approved, yes=3, no=3).state == state


# ---- figures


def test_a_transfer_raises_both_transfer_lines_the_sums_and_the_municipal_share(case: Case) -> None:
    house = case.house
    case.bring("approved")

    assert case.amount("egt/zuteilung") == 1_000_000_00
    assert (case.amount("egt/ab"), case.amount("egt/frei")) == (84_800_00, 915_200_00)
    assert (case.amount("vk/zu"), case.amount("vk/kfa")) == (84_800_00, 167_200_00)
    assert case.amount("vk/gesamt") == 1_100_000_00
    frozen = newest_version(house.session, house.programme)
    assert frozen is not None
    assert (case.one.version_id, case.one.version_sha256) == (frozen.id, frozen.sha256)
    shown = {x.key: x.amount for table in frozen.document.budget_tables for x in table.lines}
    assert (shown["ab"], shown["zu"]) == (84_800_00, 84_800_00)


def test_the_lines_change_through_the_trail_with_the_amendments_reason(case: Case) -> None:
    house = case.house
    case.bring("approved")

    question = select_events(house.jobcenter.id).where(AuditEvent.object_id == case.row("vk", "zu").id)
    last = entries(house.session, question)[0]

    assert last.changes["amount"] == (0, 84_800_00)
    assert last.reason == f"Budgetänderung 1: {REASON}"
    assert last.actor_id == house.people["gf"]


def test_money_that_comes_back_makes_the_transfer_and_the_share_smaller(case: Case) -> None:
    case.bring("approved")
    back = case.draft(VK, 42_400_00, "vk/bund", "egt/zuteilung")
    assert effect_of(case.house.session, case.house.programme, back).share == -7_600_00

    case.bring("approved", back)

    assert (case.amount("egt/ab"), case.amount("vk/zu")) == (42_400_00, 42_400_00)
    assert (case.amount("vk/kfa"), case.amount("vk/gesamt")) == (159_600_00, 1_050_000_00)


def test_more_than_ever_came_over_is_taken_from_the_allocation(case: Case) -> None:
    case.bring("approved", case.draft(VK, 84_800_00, "vk/bund", "egt/zuteilung"))

    assert case.amount("vk/bund") == 763_200_00
    assert case.amount("egt/zuteilung") == 1_084_800_00
    assert (case.amount("vk/kfa"), case.amount("vk/gesamt")) == (136_800_00, 900_000_00)
    assert case.amount("egt/frei") == 1_084_800_00


def test_a_shift_moves_the_amount_between_two_lines_and_no_share(case: Case) -> None:
    draft = case.draft(AmendmentKind.LINE_SHIFT, 40_00, "plain/kurse", "plain/beratung")

    case.bring("approved", draft)

    assert (case.amount("plain/kurse"), case.amount("plain/beratung"), case.amount("plain/summe")) == (
        *(160_00, 140_00, 300_00),
    )
    assert case.row("plain", "kurse").printed is None
    assert case.amount("vk/kfa") == 152_000_00


@pytest.mark.parametrize(("lowers", "after"), [(False, 1_050_000_00), (True, 950_000_00)])
def test_a_new_allocation_is_settled_with_the_decision(case: Case, lowers: bool, after: int) -> None:
    place = {"source": "egt/zuteilung", "target": None} if lowers else {"source": None, "target": "egt/zuteilung"}

    case.bring("approved", case.draft(AmendmentKind.ALLOCATION_CHANGE, 50_000_00, lowers=lowers, **place))

    assert case.one.state == "closed"
    assert (case.amount("egt/zuteilung"), case.amount("egt/frei")) == (after, after)
    assert case.one.version_id is not None


def test_a_new_allocation_for_administration_moves_the_share(case: Case) -> None:
    draft = case.draft(AmendmentKind.ALLOCATION_CHANGE, 84_800_00, None, "vk/bund")

    case.bring("approved", draft)

    assert (case.amount("vk/bund"), case.amount("vk/kfa")) == (932_800_00, 167_200_00)
    assert case.amount("vk/gesamt") == 1_100_000_00


def test_a_commitment_authority_changes_its_line_alone(case: Case) -> None:
    draft = case.draft(AmendmentKind.COMMITMENT_AUTHORITY_CHANGE, 10_00, None, "plain/kurse")

    case.bring("approved", draft)

    assert (case.one.state, case.amount("plain/kurse"), case.amount("plain/summe")) == ("closed", 210_00, 310_00)


def test_a_correction_changes_words_and_no_figure(case: Case) -> None:
    house = case.house
    draft = case.draft(AmendmentKind.CORRECTION, 0, None, "plain/kurse", column="label", wording="Kurse und Beratung")
    figures = {row.id: row.amount for row in house.session.scalars(select(BudgetLine))}
    before = newest_version(house.session, house.programme)

    case.bring("approved", draft)

    assert (case.one.state, case.one.former) == ("closed", "Kurse")
    assert case.row("plain", "kurse").label == "Kurse und Beratung"
    assert {row.id: row.amount for row in house.session.scalars(select(BudgetLine))} == figures
    assert newest_version(house.session, house.programme) is not before
    assert case.one.competent is Role.MANAGING_DIRECTOR


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"wording": ""}, "wording"), ({"wording": "Kurse"}, "wording"), ({"column": "amount"}, "column")],
)
def test_a_correction_that_corrects_nothing_is_refused(case: Case, typed: dict[str, str], field: str) -> None:
    more = {"column": "label", "wording": "Anders", **typed}

    with pytest.raises(BadInput) as refused:
        case.propose(case.draft(AmendmentKind.CORRECTION, 0, None, "plain/kurse", **more))

    assert field in refused.value.problems


def test_the_version_a_decision_brings_is_anchored_at_once(case: Case, tmp_path: Path) -> None:
    session, key = case.house.session, tmp_path / "schluessel.pem"
    key.write_text(new_signing_key())
    equip(session, key)

    one = case.bring("approved")

    last = newest(session, case.house.jobcenter.id)
    assert last is not None
    assert (last.occasion, last.seq, last.programme_id) == (Cause.FREEZE, one.audit_seq, one.programme_id)


def test_a_decision_that_is_revoked_gives_everything_back_in_a_new_version(case: Case) -> None:
    house = case.house
    case.bring("approved")
    decided = case.one.version_id

    case.take("revoke", "gf", "Der Bund hat zusätzliche Mittel zugeteilt.")

    assert case.one.state == "cancelled"
    assert (case.amount("egt/ab"), case.amount("vk/zu"), case.amount("vk/kfa")) == (0, 0, 152_000_00)
    assert case.one.version_id != decided
    assert len({v.sha256 for v in versions_of(house.session, house.programme)[:2]}) == 2


# ---- booking


def test_nothing_is_booked_before_the_receiving_title_is_declared_fully_committed(case: Case) -> None:
    case.bring("blocked")

    with pytest.raises(StepNotPossible, match="ausgeschöpft"):
        case.book(1_00)
    with pytest.raises(NotAllowed):
        case.declare("gf")
    case.declare()
    with pytest.raises(StepNotPossible, match="schon"):
        case.declare()
    case.book(1_00)


def test_parts_are_booked_and_the_rest_is_released(case: Case) -> None:
    case.bring("blocked")
    case.declare()

    case.book(50_000_00)
    assert case.one.state == "booked"
    standing = standing_of(case.house.session, case.one)
    assert (standing.resolved, standing.blocked, standing.booked) == (84_800_00, 34_800_00, 50_000_00)
    case.take("release", "haushalt", "Der Bedarf ist zum Teil entfallen.", amount=4_800_00)
    assert case.one.state == "released"
    case.book(20_000_00)
    case.take("release", "haushalt", "Der Rest wird nicht mehr gebraucht.", amount=10_000_00)

    assert case.one.state == "closed"
    standing = standing_of(case.house.session, case.one)
    assert (standing.booked, standing.released, standing.rest) == (70_000_00, 14_800_00, 0)


def test_all_of_it_may_be_released(case: Case) -> None:
    case.bring("blocked")

    case.take("release", "haushalt", "Der Bund hat zusätzliche Mittel zugeteilt.", amount=84_800_00)

    assert case.one.state == "closed"
    assert standing_of(case.house.session, case.one).booked == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": 84_800_01}, "amount"),
        ({"reference": " "}, "reference"),
        ({"on": date(2020, 1, 1)}, "booked_on"),
        ({"on": date(2090, 1, 1)}, "booked_on"),
    ],
)
def test_a_booking_that_cannot_be_right_is_refused(case: Case, typed: dict[str, object], field: str) -> None:
    case.bring("blocked")
    case.declare()

    with pytest.raises(BadInput) as refused:
        case.book(**{"amount": 1_00, **typed})  # type: ignore[arg-type]

    assert field in refused.value.problems


def test_the_transfers_of_a_year_stand_net_and_gross(case: Case) -> None:
    case.bring("blocked", case.draft(amount=80_000_00))
    case.bring("approved", case.draft(VK, 30_000_00, "vk/bund", "egt/zuteilung"))

    found = sums(standings_of(case.house.session, case.house.programme))

    assert (found["resolved"].gross, found["resolved"].net) == (110_000_00, 50_000_00)
    assert (found["blocked"].gross, found["blocked"].net) == (80_000_00, 80_000_00)
    assert (found["booked"].gross, found["booked"].net) == (0, 0)


# ---- tasks


def test_whoever_is_on_turn_has_the_task_and_only_that_one(case: Case) -> None:
    def turns() -> list[tuple[str | None, Role]]:
        return [(task.act, task.role) for task in amending.open_tasks_of(case.house.session, case.one)]

    case.propose()
    assert turns() == [("amendment_check", Role.BUDGET_OFFICER)]
    case.take("check", "haushalt", opinion=OPINION)
    assert turns() == [("amendment_put", Role.MANAGING_DIRECTOR)]
    case.take("put", "gf")
    assert turns() == [("amendment_decide", Role.MANAGING_DIRECTOR)]
    case.decide()
    assert turns() == [("amendment_block", Role.BUDGET_OFFICER)]
    case.take("block", "haushalt")
    assert turns() == [("amendment_declare", Role.BUDGET_OFFICER)]
    case.declare()
    assert turns() == [("amendment_book", Role.MANAGING_DIRECTOR)]
    case.book(1_00)
    assert turns() == [("amendment_book", Role.MANAGING_DIRECTOR)]
    case.book(84_799_00)
    assert turns() == []


def test_the_task_has_a_deadline_and_somebody_is_reminded(case: Case) -> None:
    case.propose()
    (task,) = amending.open_tasks_of(case.house.session, case.one)
    programme = case.house.programme

    rule = rule_of((programme.workflow_key, programme.workflow_version), task.state, task.role, task.act, task.step)

    assert case.house.today < task.due_on <= case.house.today + timedelta(days=7)
    assert rule is not None
    assert rule.remind


# ---- the law of the figures


@given(
    amounts=st.lists(st.tuples(st.booleans(), st.integers(1, 120_000_000)), min_size=1, max_size=6),
    cut=st.integers(0, 10),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_ever_falls_below_zero_and_both_sides_show_the_same(
    case: Case, amounts: list[tuple[bool, int]], cut: int
) -> None:
    nested = case.house.session.begin_nested()
    net = 0
    for out, amount in amounts:
        draft = case.draft(EGT, amount) if out else case.draft(VK, amount, "vk/bund", "egt/zuteilung")
        try:
            case.bring("blocked", draft)
        except BadInput:
            continue
        net += amount if out else -amount
        case.declare()
        part = amount * cut // 10
        if part:
            case.book(part, by="redaktion" if case.one.proposed_role == "managing_director" else "gf")

    rows = list(
        case.house.session.scalars(select(BudgetLine).where(BudgetLine.programme_id == case.house.programme.id))
    )
    assert all(row.amount is None or row.amount >= 0 for row in rows)
    assert case.amount("egt/ab") == case.amount("vk/zu")
    assert case.amount("egt/frei") == case.amount("egt/zuteilung") - case.amount("egt/ab") == 1_000_000_00 - net
    assert case.amount("vk/gesamt") == sum(case.amount(f"vk/{key}") for key in ("bund", "zu", "kfa"))
    assert abs(case.amount("vk/kfa") - 152_000_00 - net * 152 / 848) <= 50 * len(amounts)
    for standing in standings_of(case.house.session, case.house.programme):
        assert standing.resolved == standing.blocked + standing.booked + standing.released
    nested.rollback()
    case.house.session.expire_all()
    case.made.clear()


@given(st.integers(0, 10**12))
def test_the_share_is_the_amount_times_152_by_848_in_whole_euro(amount: int) -> None:
    share = share_of(amount)

    assert share % 100 == 0
    assert abs(share * 848 - amount * 152) <= 50 * 848
    assert share_of(-amount) == -share


def test_paderborns_transfer_costs_the_municipality_405_729_euro() -> None:
    assert share_of(2_263_542_00) == 405_729_00
    assert effect.SHARE_PER_MILLE == 152
    assert LinePart.MUNICIPAL_SHARE in effect.ADMIN_PARTS
