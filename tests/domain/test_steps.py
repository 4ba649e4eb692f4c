"""Steps: who may take which in which state, and the path they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.actor import Actor
from jcflow.audit.chain import AuditHead
from jcflow.audit.trail import record
from jcflow.decisions import ballots
from jcflow.decisions.ballots import BallotState, Choice
from jcflow.decisions.records import Sitting
from jcflow.errors import BadInput, JcflowError, NotAllowed, Stale, StepNotPossible
from jcflow.procedure import Area, Role
from jcflow.process import machines
from jcflow.process.acts import acting, may_act
from jcflow.process.effects import Facts, Resolution
from jcflow.process.steps import possible_steps, take_step
from jcflow.programmes import chapters
from jcflow.programmes.exchange.writing import as_data, canonical, digest
from jcflow.programmes.kinds import BlockKind
from jcflow.programmes.live import document_of
from jcflow.programmes.procedures import known
from jcflow.programmes.programme import Programme, steps_of
from jcflow.programmes.versions import newest_version, versions_of
from jcflow.tasks import Task
from tests.databases import KINDS, discard
from tests.factories import House, found_house, opened_house, small_document, visit
from tests.workflows.allowed import ALLOWED_ACTS_GE, ALLOWED_ACTS_ZKT, ALLOWED_GE, ALLOWED_ZKT

REASON = "Aus einem guten Grund."
KEYS = {"gE": "ge-programme", "zkT": "zkt-programme"}
ALLOWED = {"gE": ALLOWED_GE, "zkT": ALLOWED_ZKT}
ALLOWED_ACTS = {"gE": ALLOWED_ACTS_GE, "zkT": ALLOWED_ACTS_ZKT}
PLACES = [(form, state) for form, key in KEYS.items() for state in known()[key, 1].states]


@pytest.fixture(scope="session", params=KINDS)
def two_cycles(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[Engine]:
    """A house of each form, each with a draft of its own and a cycle just opened."""
    url = new_database(request.param)
    engine = database.engine_for(url)
    for form in KEYS:
        with database.writing(engine) as session:
            opened_house(session, small_document(form))
    yield engine
    engine.dispose()
    discard(url)


@pytest.fixture(scope="module", params=PLACES, ids="-".join)
def place(request: pytest.FixtureRequest, two_cycles: Engine) -> Iterator[tuple[str, House]]:
    """A form, and a house of it whose programme stands in a state; each is walked to once, tests use savepoints."""
    form, state = request.param
    with Session(two_cycles) as session:
        house = visit(session, form)
        if state != "opened":
            house.advance(state)
        assert house.programme.state == state
        yield form, house


def facts_of(house: House) -> Facts:
    """Facts for whatever step asks for some."""
    sitting = Sitting(house.today, "12/2027", 10, 2, 1, 0, "deferred")
    return Facts(Choice.YES, Resolution("Die Trägerversammlung beschließt das Programm.", house.today), sitting)


def outcome_of(house: House, trigger: str, role: Role) -> str:
    """What comes of a step taken by somebody who holds this role alone; nothing of it is kept."""
    somebody = Actor(house.people["gf"], frozenset({role}))
    source, path = house.programme.state, len(steps_of(house.session, house.programme))
    attempt = house.session.begin_nested()
    try:
        taken = take_step(
            house.session,
            house.programme,
            trigger,
            actor=somebody,
            at=house.at + timedelta(minutes=1),
            reason=REASON,
            facts=facts_of(house),
        )
    except (NotAllowed, StepNotPossible) as refused:
        return "obstacle" if getattr(refused, "obstacles", ()) else "refused"
    else:
        assert (taken.source, taken.ordinal, taken.role) == (source, path + 1, role.value)
        return "taken"
    finally:
        attempt.rollback()


def test_only_the_listed_roles_take_a_step(place: tuple[str, House]) -> None:
    form, house = place
    state = house.programme.state

    for trigger in sorted({step.trigger for step in known()[KEYS[form], 1].steps}):
        for role in Role:
            outcome = outcome_of(house, trigger, role)
            assert (outcome != "refused") == ((state, trigger, role.value) in ALLOWED[form]), (trigger, role, outcome)
            assert house.programme.state == state


def test_only_the_listed_roles_do_an_act(place: tuple[str, House]) -> None:
    form, house = place
    state = house.programme.state

    for name in sorted({act.name for act in known()[KEYS[form], 1].acts}):
        for role in Role:
            somebody = Actor(house.people["gf"], frozenset({role}))
            allowed = (state, name, role.value) in ALLOWED_ACTS[form]
            assert may_act(house.programme, name, somebody) == allowed
            attempt = house.session.begin_nested()
            try:
                with acting(house.session, house.programme, name, actor=somebody, at=house.at) as deed:
                    done = deed.role == role.value
            except (NotAllowed, StepNotPossible):
                done = False
            finally:
                attempt.rollback()
            assert done == allowed, (name, role)


def test_nobody_without_a_role_takes_a_step(place: tuple[str, House]) -> None:
    form, house = place
    stranger = Actor(house.people["gf"], frozenset())

    for trigger in sorted({step.trigger for step in known()[KEYS[form], 1].steps}):
        with pytest.raises((NotAllowed, StepNotPossible)):
            take_step(house.session, house.programme, trigger, actor=stranger, at=house.at, reason=REASON)


def test_every_task_is_somebodys_who_can_do_it(place: tuple[str, House]) -> None:
    form, house = place
    state, procedure = house.programme.state, known()[KEYS[form], 1]
    mine = (Task.programme_id == house.programme.id) & Task.done_at.is_(None)

    owed = house.session.scalars(select(Task).where(mine)).all()

    for task in owed:
        assert task.state == state
        named = procedure.act(state, task.act) if task.act else procedure.step(state, str(task.step))
        assert named is not None
        assert task.role in named.by
    assert bool(owed) or procedure.states[state].final


def test_a_step_that_does_not_exist_is_refused(house: House) -> None:
    with pytest.raises(StepNotPossible, match="„erfunden“ ist im Stand „Entwurf“ nicht möglich"):
        house.step("erfunden", "gf")


def test_the_offer_names_steps_and_obstacles(house: House) -> None:
    house.advance("internal_check")

    offers = {
        o.step.trigger: o.obstacles for o in possible_steps(house.session, house.programme, house.actor("gf"), house.at)
    }

    assert set(offers) == {"return", "release", "release_to_board", "withdraw"}
    assert offers["withdraw"] == ()
    assert len(offers["release"]) == 3
    assert possible_steps(house.session, house.programme, house.actor("beirat1"), house.at) == []


def test_a_form_of_an_older_programme_is_refused(house: House) -> None:
    opened = house.programme.version
    record(house.session, house.programme, house.deed(), title="Neuer Titel")

    with pytest.raises(Stale, match="Das Programm wurde inzwischen"):
        take_step(house.session, house.programme, "submit", actor=house.actor("gf"), at=house.tick(), version=opened)
    take_step(
        house.session,
        house.programme,
        "submit",
        actor=house.actor("gf"),
        at=house.tick(),
        version=house.programme.version,
    )


@pytest.mark.parametrize("reason", ["", "   ", "zu kurz", " " * 20 + "kurz"])
def test_going_back_needs_a_reason(house: House, reason: str) -> None:
    house.advance("internal_check")

    with pytest.raises(BadInput, match="mindestens 10 Zeichen") as refused:
        house.step("return", "haushalt", reason=reason)

    assert set(refused.value.problems) == {"reason"}
    assert house.step("return", "haushalt", reason=f" {REASON} ").reason == REASON


def test_a_reason_has_its_length(house: House) -> None:
    house.advance("internal_check")

    with pytest.raises(BadInput, match=r"höchstens 5\.000 Zeichen"):
        house.step("return", "haushalt", reason="x" * 5_001)


def test_a_refused_step_leaves_nothing_behind(house: House) -> None:
    house.advance("disposition")
    seq = house.session.get_one(AuditHead, house.jobcenter.id, populate_existing=True).seq
    numbers = [v.number for v in versions_of(house.session, house.programme)]

    for account, trigger in (("tv1", "dispose"), ("gf", "conclude"), ("gf", "dispose")):
        attempt = house.session.begin_nested()
        with pytest.raises(JcflowError):
            house.step(trigger, account)
        attempt.rollback()

    assert house.session.get_one(AuditHead, house.jobcenter.id, populate_existing=True).seq == seq
    assert [v.number for v in versions_of(house.session, house.programme)] == numbers
    assert house.programme.state == "disposition"


def path_is_one(house: House) -> list[str]:
    """Check that the steps form one path to the present state, without gaps; the states it leads through."""
    path = steps_of(house.session, house.programme)
    assert [step.ordinal for step in path] == list(range(1, len(path) + 1))
    assert [step.source for step in path] == [None, *(step.target for step in path[:-1])]
    assert path[-1].target == house.programme.state
    assert {(str(s.source), s.trigger, s.role) for s in path[1:]} <= ALLOWED[house.jobcenter.form]
    return [step.target for step in path]


def test_the_steps_form_one_path_also_back_and_forth(house: House) -> None:
    house.advance("internal_check")
    house.step("return", "bca", reason=REASON)
    house.advance("first_reading")
    house.step("return", "tv1", reason=REASON)
    house.advance("disposition")
    house.step("rework", "gf")
    house.advance("resolution")
    house.step("recall", "tv1", reason=REASON)
    house.advance("rejected")
    house.step("revise", "gf")
    house.advance("in_force")

    states = path_is_one(house)

    assert len(states) == 27
    assert states.count("drafting") == 4
    assert [b.state for b in ballots.ballots_of(house.session, house.programme)] == [
        BallotState.CONCLUDED,
        BallotState.CONCLUDED,
        BallotState.VOID,
    ]


def test_a_deferred_paper_stays_in_its_body(council_house: House) -> None:
    house = council_house
    house.advance("committee")
    before = house.last_step()

    house.step("enter_result", "buero", facts=facts_of(house))

    assert (house.programme.state, house.last_step().outcome) == ("committee", "deferred")
    assert house.last_step().ordinal == before.ordinal + 1
    path_is_one(house)


def test_the_state_is_written_by_steps_alone(house: House) -> None:
    house.advance("in_force")
    changes = select(func.count()).select_from(Programme).where(Programme.state == "in_force")

    assert house.session.scalar(changes) == 1
    assert not hasattr(house.programme, "trigger")
    assert not hasattr(house.programme, "is_in_force")
    assert machines._machine(known()["ge-programme", 1]).models == []


def change(house: House, words: str = "Ein neuer Absatz.") -> None:
    """Change the content."""
    deed = house.editing(Area.CHAPTERS)
    lage = chapters.chapter(house.session, house.programme, "lage")
    chapters.add_block(house.session, lage, BlockKind.TEXT, {"markdown": words}, deed=deed)


def numbers(house: House) -> list[int]:
    """Numbers of the frozen versions, newest first."""
    return [version.number for version in versions_of(house.session, house.programme)]


def test_unchanged_content_keeps_its_number(house: House) -> None:
    house.advance("internal_check")
    house.step("return", "bca", reason=REASON)
    house.advance("resolution")

    assert numbers(house) == [1]
    assert {step.version_id for step in steps_of(house.session, house.programme)[1:]} == {
        newest_version(house.session, house.programme).id  # type: ignore[union-attr]
    }


def test_changed_content_gets_the_next_number(house: House) -> None:
    house.advance("internal_check")
    house.step("return", "bca", reason=REASON)
    change(house)
    house.advance("disposition")
    change(house, "Noch einer.")
    house.advance("resolution")

    assert numbers(house) == [3, 2, 1]


def test_a_version_holds_the_draft_and_its_checksum(house: House) -> None:
    draft = document_of(house.session, house.programme)

    house.advance("internal_check")

    version = newest_version(house.session, house.programme)
    assert version is not None
    assert version.document == draft
    assert version.sha256 == digest(version.content.encode())
    assert canonical(as_data(version.document)) == canonical(as_data(draft))
    assert version.frozen_at == house.last_step().at
    assert (house.last_step().version_id, house.last_step().version_sha256) == (version.id, version.sha256)


def test_a_version_stays_what_it_was_when_the_draft_goes_on(house: House) -> None:
    house.advance("internal_check")
    version = newest_version(house.session, house.programme)
    assert version is not None
    before = version.document
    house.step("return", "bca", reason=REASON)

    change(house)

    house.session.refresh(version)
    assert version.document == before != document_of(house.session, house.programme)


def test_what_is_locked_is_what_was_frozen(house: House) -> None:
    for state in ("internal_check", "first_reading", "consultation", "resolution", "awaiting_record", "in_force"):
        house.advance(state)
        version = newest_version(house.session, house.programme)
        assert version is not None
        assert version.document == document_of(house.session, house.programme)


def test_the_first_submission_is_remembered(house: House) -> None:
    assert house.programme.submitted_once is False
    house.advance("internal_check")
    house.step("return", "bca", reason=REASON)

    assert house.programme.submitted_once is True


def test_the_ballot_is_about_the_version_frozen_for_it(house: House) -> None:
    house.advance("disposition")
    change(house)
    house.advance("resolution")

    ballot = ballots.current_ballot(house.session, house.programme)
    version = newest_version(house.session, house.programme)

    assert ballot is not None
    assert version is not None
    assert (ballot.version_id, ballot.version_sha256, version.number) == (version.id, version.sha256, 2)


def test_a_new_programme_of_a_period_needs_the_old_one_withdrawn(session: Session) -> None:
    house = found_house(session, small_document(name="Jobcenter Drittes"))
    house.advance("withdrawn")

    again = found_house(session, small_document(name="Jobcenter Viertes"))

    assert (house.programme.slug, again.programme.slug) == ("2027-withdrawn-1", "2027")
