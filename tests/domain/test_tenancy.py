"""A session sees one Jobcenter's rows; everything else does not exist for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, Select, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from jcflow import tasks
from jcflow.accounts import people
from jcflow.accounts.jobcenters import Jobcenter, setting_of
from jcflow.audit import triggers
from jcflow.audit.reading import entries, select_events
from jcflow.audit.trail import record
from jcflow.database import EVERY_JOBCENTER, Base, Belonging, Tenant, TenantMissing, begin_reading, serve
from jcflow.decisions import ballots, casting, records
from jcflow.errors import NotFound
from jcflow.opinions import answers, board
from jcflow.procedure import Role
from jcflow.programmes import acceptances, budgets, chapters, files, programme, registers, topics, versions
from jcflow.programmes.chapters import Chapter
from jcflow.programmes.programme import Programme
from jcflow.tasks import Task
from tests.factories import House, visit

TENANTS = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Belonging)),
    key=lambda one: one.__name__,
)


@pytest.fixture
def session(full: Engine) -> Iterator[Session]:
    """A session on the database with two walked programmes; nothing it does is kept."""
    with Session(full) as one:
        yield one


@pytest.fixture
def two(session: Session) -> tuple[House, House]:
    """The joint institution and the municipal provider; the session serves the second."""
    return visit(session, "gE"), visit(session, "zkT")


@pytest.mark.parametrize("table", TENANTS, ids=lambda table: table.__tablename__)
def test_a_question_without_a_jobcenter_raises(session: Session, table: type[Belonging]) -> None:
    with pytest.raises(TenantMissing):
        session.scalars(select(table))


ROUNDABOUT: dict[str, Callable[[], Select[tuple[object]]]] = {
    "counted": lambda: select(func.count()).select_from(Programme),
    "aliased": lambda: select(aliased(Programme).slug),
    "aggregated": lambda: select(func.max(Programme.slug)),
    "joined": lambda: select(Jobcenter.id).join(Programme, Programme.jobcenter_id == Jobcenter.id),
    "in a subquery": lambda: select(Jobcenter.id).where(
        select(Programme.id).where(Programme.jobcenter_id == Jobcenter.id).exists()
    ),
    "in a derived table": lambda: select(select(Programme.id).subquery().c.id),
    "in a list": lambda: select(Jobcenter.id).where(Jobcenter.id.in_(select(Programme.jobcenter_id))),
    "in a union": lambda: select(select(Programme.id).union(select(Programme.id)).subquery().c.id),
    "past the classes": lambda: select(Programme.__table__.c.id),
    "by existence": lambda: select(exists().where(Programme.slug == "2027")),
}


@pytest.mark.parametrize("ask", ROUNDABOUT.values(), ids=ROUNDABOUT)
def test_a_question_without_a_jobcenter_raises_however_it_is_put(
    session: Session, ask: Callable[[], Select[tuple[object]]]
) -> None:
    with pytest.raises(TenantMissing):
        session.execute(ask())


@pytest.mark.parametrize("ask", ROUNDABOUT.values(), ids=ROUNDABOUT)
def test_a_question_sees_only_the_own_rows_however_it_is_put(
    two: tuple[House, House], ask: Callable[[], Select[tuple[object]]]
) -> None:
    house = two[1]
    session = house.session
    mine = {house.jobcenter.id, house.programme.id, house.programme.slug, 1}

    try:
        answered = set(session.scalars(ask()))
    except TenantMissing:
        return

    assert answered <= mine


def test_a_bulk_update_touches_only_the_own_rows(two: tuple[House, House]) -> None:
    first, second = two
    second.session.execute(update(Task).values(label="Anders"), execution_options={"synchronize_session": False})

    labels = select(Task.jobcenter_id).where(Task.label == "Anders")
    assert set(second.session.scalars(labels, execution_options=EVERY_JOBCENTER)) == {second.jobcenter.id}
    assert first.jobcenter.id != second.jobcenter.id


def test_a_bulk_update_without_a_jobcenter_raises(session: Session) -> None:
    with pytest.raises(TenantMissing):
        session.execute(update(Task).values(label="Anders"))


def ids_of(first: House, table: type[Tenant]) -> UUID:
    """The id of some row of the first house."""
    question = select(table.id).where(table.jobcenter_id == first.jobcenter.id).limit(1)
    return first.session.scalars(question, execution_options=EVERY_JOBCENTER).one()


BY_ID: dict[str, Callable[[House, House], object]] = {
    "person": lambda one, me: people.person(me.session, one.people["gf"]),
    "membership": lambda one, me: people.membership(me.session, ids_of(one, people.Membership)),
    "block": lambda one, me: chapters.block(me.session, me.programme, ids_of(one, chapters.Block)),
    "foreign programme's chapter": lambda one, me: chapters.chapter(me.session, one.programme, "lage"),
    "foreign programme's table": lambda one, me: budgets.table(me.session, one.programme, "mittel"),
    "foreign programme's set": lambda one, me: topics.topic_set(me.session, one.programme, "katalog"),
    "register row": lambda one, me: registers.row(
        me.session, me.programme, "instruments", ids_of(one, registers.RegisterRow)
    ),
    "version": lambda one, me: versions.version_by_id(me.session, ids_of(one, versions.Version)),
    "numbered version": lambda one, me: versions.version(me.session, one.programme, 1),
    "opinion": lambda one, me: board.opinion(me.session, one.programme, ids_of(one, board.Opinion)),
    "point": lambda one, me: board.point(me.session, one.programme, ids_of(one, board.OpinionPoint)),
    "vote": lambda one, me: casting.vote(me.session, one.programme, ids_of(one, casting.Vote)),
    "file": lambda one, me: files.stored_file(me.session, ids_of(one, files.StoredFile)),
    "record": lambda one, me: records.record_by_id(me.session, one.programme, ids_of(one, records.Record)),
}


@pytest.mark.parametrize("ask", BY_ID.values(), ids=BY_ID)
def test_another_jobcenters_object_does_not_exist(
    two: tuple[House, House], ask: Callable[[House, House], object]
) -> None:
    with pytest.raises(NotFound):
        ask(*two)


LISTS: dict[str, Callable[[House, House], object]] = {
    "chapters": lambda one, me: chapters.chapters_of(me.session, one.programme),
    "blocks": lambda one, me: chapters.blocks_of(me.session, one.programme),
    "unreviewed": lambda one, me: chapters.unreviewed(me.session, one.programme),
    "tables": lambda one, me: budgets.tables_of(me.session, one.programme),
    "lines": lambda one, me: budgets.lines_of(me.session, one.programme),
    "sets": lambda one, me: topics.sets_of(me.session, one.programme),
    "topics": lambda one, me: topics.topics_of(me.session, one.programme),
    "registers": lambda one, me: registers.rows_of(me.session, one.programme),
    "files": lambda one, me: files.files_of(me.session, one.programme),
    "versions": lambda one, me: versions.versions_of(me.session, one.programme),
    "visible versions": lambda one, me: versions.visible_versions(me.session, one.programme, frozenset(Role)),
    "steps": lambda one, me: programme.steps_of(me.session, one.programme),
    "accepted differences": lambda one, me: acceptances.accepted_of(me.session, one.programme),
    "opinions": lambda one, me: board.opinions_of(me.session, one.programme),
    "points": lambda one, me: board.points_of(me.session, one.programme),
    "answers": lambda one, me: answers.answers_of(me.session, one.programme),
    "open points": lambda one, me: answers.open_points(me.session, one.programme),
    "ballots": lambda one, me: ballots.ballots_of(me.session, one.programme),
    "results": lambda one, me: records.results_of(me.session, one.programme),
    "tasks of a programme": lambda one, me: tasks.open_of(me.session, one.programme, one.today),
    "tasks of a person": lambda one, me: tasks.open_tasks(
        me.session, one.people["tv1"], frozenset({Role.ASSEMBLY_CHAIR})
    ),
    "memberships": lambda one, me: people.memberships(me.session, one.people["gf"]),
    "names": lambda one, me: people.names(me.session, one.people.values()),
}


NOTHING_YET = {"unreviewed", "open points", "results", "tasks of a person"}
"""Lists that are empty in the first house too."""


@pytest.mark.parametrize("name", LISTS)
def test_another_jobcenters_rows_are_in_no_list(two: tuple[House, House], name: str) -> None:
    first, second = two

    assert not LISTS[name](first, second)
    serve(first.session, first.jobcenter.id)
    assert bool(LISTS[name](first, first)) == (name not in NOTHING_YET)


def test_the_jobcenters_own_lists_are_its_own(two: tuple[House, House]) -> None:
    house = two[1]
    session = house.session

    assert [one.id for one in programme.all_programmes(session)] == [house.programme.id]
    theirs = {one.id for one in people.people(session)}
    assert theirs >= set(house.people.values())
    assert not theirs & set(two[0].people.values())
    assert {task.programme_id for task in tasks.all_open(session, house.today)} == {house.programme.id}
    assert {m.person_id for m in people.holders(session, Role.BOARD_MEMBER, house.today)} <= set(house.people.values())
    assert setting_of(session, house.jobcenter.id).jobcenter_id == house.jobcenter.id


def test_the_trail_is_asked_for_one_jobcenter(two: tuple[House, House]) -> None:
    first, second = two
    everyone = set(first.people.values())

    assert not {e.actor_id for e in entries(second.session, select_events(second.jobcenter.id))} & everyone


def test_a_slug_leads_to_the_own_programme(two: tuple[House, House]) -> None:
    first, second = two

    with pytest.raises(NotFound):
        programme.by_slug(second.session, first.programme.slug)
    assert programme.by_slug(second.session, second.programme.slug) is second.programme


def test_a_chapter_of_another_jobcenter_cannot_be_written(two: tuple[House, House]) -> None:
    first, second = two
    foreign = Chapter(
        jobcenter_id=second.jobcenter.id,
        programme_id=first.programme.id,
        key="fremd",
        number=None,
        title="Fremd",
        parent_id=None,
        position=9,
    )

    with pytest.raises(IntegrityError):
        record(second.session, foreign, second.deed())


def test_a_role_for_a_person_of_another_jobcenter_cannot_be_written(two: tuple[House, House]) -> None:
    first, second = two
    member = people.Membership(
        jobcenter_id=second.jobcenter.id,
        person_id=first.people["gf"],
        role=Role.EDITOR,
        valid_from=date(2026, 1, 1),
    )

    with pytest.raises(IntegrityError):
        people.add_membership(second.session, second.jobcenter, member, second.deed("admin"))


def test_every_reference_between_tenants_names_the_jobcenter() -> None:
    tenants = {table.__tablename__ for table in TENANTS}

    loose = [
        f"{name}.{key.name}"
        for name in tenants
        for key in Base.metadata.tables[name].foreign_key_constraints
        if key.referred_table.name in tenants | {"audit_event"} and "jobcenter_id" not in key.column_keys
    ]

    assert loose == []
    assert tenants >= set(triggers.audited_tables())


def test_every_column_that_names_a_row_is_a_reference_or_known_not_to_be() -> None:
    free = {
        f"{table.__tablename__}.{column.name}"
        for table in TENANTS
        for column in table.__table__.columns
        if column.name.endswith("_id") and not column.foreign_keys
    }

    assert free == FREE


FREE = {
    "accepted_difference.person_id",
    "answer.person_id",
    "ballot.chair_id",
    "body_result.person_id",
    "checkpoint.key_id",
    "mail.message_id",
    "programme.previous_id",
    "programme.published_version_id",
    "programme_version.person_id",
    "record.chair_id",
    "sign_off.person_id",
    "step_taken.person_id",
    "step_taken.version_id",
    "stored_file.subject_id",
    "task.subject_id",
    "task.person_id",
}
"""Who did it (also the command line, which is nobody), what may be of several kinds, and circles."""


def test_a_question_across_all_says_so(two: tuple[House, House]) -> None:
    first, second = two

    everywhere = set(second.session.scalars(select(Programme.id), execution_options=EVERY_JOBCENTER))

    assert {first.programme.id, second.programme.id} <= everywhere


def test_a_reading_session_cannot_write(session: Session) -> None:
    begin_reading(session)
    jobcenter_id = session.scalars(select(Jobcenter.id).where(Jobcenter.form == "gE")).one()
    serve(session, jobcenter_id)
    session.add(Jobcenter(id=uuid4(), key="neu", name="Neu", form="gE", land="NW", carriers=[]))

    with pytest.raises(Exception, match=r"readonly|read-only"):
        session.flush()
