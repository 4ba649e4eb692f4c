"""Umsetzung: owners of measures, their reports, and what became of the programme."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from jcflow.accounts.absences import enter_absence, name_substitute, substitutes_of
from jcflow.accounts.actor import Actor
from jcflow.accounts.people import Membership, end_membership, person
from jcflow.audit.chain import AuditEvent
from jcflow.audit.verify import verify
from jcflow.mail.outbox import Mail, Occasion
from jcflow.procedure import Role
from jcflow.process.opening import open_cycle
from jcflow.programmes import registers, topics
from jcflow.programmes.cycle import next_period
from jcflow.programmes.exchange.document import ProgrammeHead
from jcflow.programmes.measures import Measure
from jcflow.tasks import Task
from tests.forms import page_of
from tests.places import PAPER
from tests.site import NOW, Site

DUE = (NOW.date() + timedelta(days=90)).isoformat()
SAID = "Drei von vier Kursen laufen."


@pytest.fixture
def in_force(site: Site) -> Site:
    """Paderborn's programme in force, with a measure of a topic and one of none."""
    site.at("in_force")
    with site.writing() as session:
        programme, deed = site.programme(session), site.deed("gf")
        chosen = next(topic for own in topics.topics_of(session, programme).values() for topic in own)
        rows = (("kurse", "Kurse für Jugendliche", [chosen.key]), ("netz", "Netz der Betriebe", []))
        for key, title, keys in rows:
            registers.add_row(session, programme, "measures", {"key": key, "title": title, "topics": keys}, deed)
    return site


def row_id(site: Site, title: str) -> UUID:
    """The register's row of a measure."""
    with site.session() as session:
        rows = registers.rows_of(session, site.programme(session))["measures"]
        return next(row.id for row in rows if row.data["title"] == title)


def place(site: Site, what: str = "") -> str:
    """The page of the programme's progress, or of its first measure's owner or report."""
    base = f"/programmes/{site.slug()}/progress"
    return f"{base}/{row_id(site, 'Kurse für Jugendliche')}/{what}" if what else base


def entrust(site: Site, owner: str = "redaktion", due_on: str = DUE, **more: str) -> int:
    """Let the managing director name the owner of the first measure."""
    typed = {"person": str(site.person_id(owner)), "due_on": due_on, **more}
    return site.client("gf").post_form(place(site, "owner"), typed).status_code


def test_measures_stand_by_topic_for_both_bodies(in_force: Site) -> None:
    for account in ("gf", "beirat1", "tv1", "revision"):
        page = in_force.client(account).page(place(in_force))
        assert page.h1 == "Umsetzung"
        assert "0 von 2 Maßnahmen sind erledigt" in page.words
        assert page.words.index("Kurse für Jugendliche") < page.words.index("Ohne Schwerpunktthema")
        assert page.words.index("Ohne Schwerpunktthema") < page.words.index("Netz der Betriebe")


def test_the_owner_gets_a_task_that_ends_with_the_report_that_it_is_done(in_force: Site) -> None:
    assert entrust(in_force) == 303
    owner = in_force.client("redaktion")
    assert "Stand melden: Kurse für Jugendliche" in owner.page("/tasks").words

    form = {"status": "delayed", "report": SAID}
    paper = {"file": (io.BytesIO(PAPER), "Bericht.pdf")}
    assert owner.post_form(place(in_force, "report"), form, files=paper).status_code == 303
    assert "Stand melden: Kurse für Jugendliche" in owner.page("/tasks").words
    assert owner.post_form(place(in_force, "report"), {"status": "done", "report": SAID}).status_code == 303

    shown = in_force.client("beirat1").page(place(in_force))
    assert "1 von 2 Maßnahmen ist erledigt" in shown.words or "1 von 2 Maßnahmen sind erledigt" in shown.words
    assert SAID in shown.words
    assert "Bericht.pdf" not in shown.words
    assert "Bericht.pdf" in owner.page(place(in_force)).words
    with in_force.session() as session:
        task = session.scalars(select(Task).where(Task.act == "report_measure")).one()
        assert task.done_by == in_force.person_id("redaktion")
        assert verify(session).findings == ()
    assert "Maßnahme geändert: Kurse für Jugendliche" in in_force.client("gf").text(
        f"/programmes/{in_force.slug()}/history"
    )


def test_what_turns_out_not_to_be_done_is_a_task_again(in_force: Site) -> None:
    entrust(in_force)
    owner = in_force.client("redaktion")
    owner.post_form(place(in_force, "report"), {"status": "done", "report": SAID})

    owner.post_form(place(in_force, "report"), {"status": "running", "report": SAID})

    assert "Stand melden: Kurse für Jugendliche" in owner.page("/tasks").words


def test_another_owner_takes_the_task_over_and_another_day_moves_it(in_force: Site) -> None:
    entrust(in_force)
    later = (NOW.date() + timedelta(days=50)).isoformat()
    wordless = entrust(in_force, due_on=later)
    moved = entrust(in_force, due_on=later, reason="Der Kurs beginnt später als gedacht.")
    assert (wordless, moved) == (422, 303)
    with in_force.session() as session:
        told = session.scalars(select(Mail).where(Mail.occasion == Occasion.DEADLINE_MOVED)).all()
        assert [mail.person_id for mail in told] == [in_force.person_id("redaktion")]
    with in_force.session() as session:
        task = session.scalars(select(Task).where(Task.act == "report_measure")).one()
        assert (task.due_on, task.due_version) == (NOW.date() + timedelta(days=50), 2)

    entrust(in_force, "bca")

    assert "Stand melden" not in in_force.client("redaktion").page("/tasks").words
    assert "Stand melden" in in_force.client("bca").page("/tasks").words


def test_who_stands_in_for_the_owner_reports_with_both_names(in_force: Site) -> None:
    entrust(in_force)
    with in_force.writing() as session:
        owner, substitute = (person(session, in_force.person_id(account)) for account in ("redaktion", "bca"))
        ((member, _),) = substitutes_of(session, owner.id, NOW.date())
        name_substitute(session, member, substitute, in_force.deed("redaktion"))
        enter_absence(session, owner, NOW.date(), NOW.date() + timedelta(days=9), in_force.deed("buero"))
    instead = in_force.client("bca")

    assert "Stand melden" in instead.page("/tasks").words
    assert instead.post_form(place(in_force, "report"), {"status": "running", "report": SAID}).status_code == 303
    with in_force.session() as session:
        deed = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
        assert deed is not None
        assert (deed.actor_id, deed.on_behalf_of) == (in_force.person_id("bca"), in_force.person_id("redaktion"))
    assert in_force.client("haushalt").get(place(in_force, "report")).status_code == 403


def test_what_is_late_is_counted(in_force: Site) -> None:
    entrust(in_force)

    with time_machine.travel(NOW + timedelta(days=100)):
        words = in_force.client("tv1").page(place(in_force)).words

    assert "seit 10 Tagen überfällig" in words


def test_the_office_sees_and_moves_the_deadline_of_an_owner_who_has_left(in_force: Site) -> None:
    entrust(in_force)
    with in_force.writing() as session:
        leaving = select(Membership).where(Membership.person_id == in_force.person_id("redaktion"))
        for member in session.scalars(leaving):
            end_membership(session, member, NOW.date() + timedelta(days=1), in_force.deed("admin"))
    with in_force.session() as session:
        task_id = session.scalars(select(Task.id).where(Task.act == "report_measure")).one()

    with time_machine.travel(NOW + timedelta(days=100)):
        office, later = in_force.client("buero"), (NOW.date() + timedelta(days=120)).isoformat()
        assert "Stand melden: Kurse für Jugendliche" in office.page("/deadlines").words
        typed = {"new_on": later, "reason": "Die Maßnahme wird neu vergeben."}
        shown = office.post_form(f"/deadlines/move?task={task_id}", typed, action="/deadlines/move/preview")
        moved = office.post("/deadlines/move", data=page_of(shown).form("/deadlines/move").filled({}))
        assert (shown.status_code, moved.status_code) == (200, 303)
        assert office.get(f"/deadlines/remind?task={task_id}").status_code < 500


def test_unusable_input_is_refused_and_kept(in_force: Site) -> None:
    director = in_force.client("gf")
    person = str(in_force.person_id("redaktion"))
    for typed in ({"person": "", "due_on": DUE}, {"person": person, "due_on": "2020-01-01"}):
        answer = director.post_form(place(in_force, "owner"), typed)
        assert answer.status_code == 422
        assert page_of(answer).form().fields["due_on"] == [typed["due_on"]]
    entrust(in_force)
    answer = in_force.client("redaktion").post_form(place(in_force, "report"), {"status": "", "report": "kurz"})

    assert answer.status_code == 422
    assert page_of(answer).form().fields["report"] == ["kurz"]
    with in_force.session() as session:
        assert session.scalars(select(Measure.status)).one() is None


def test_two_who_name_an_owner_at_once_see_each_other(in_force: Site) -> None:
    form = in_force.client("gf").form(place(in_force, "owner"))
    entrust(in_force)
    director = in_force.client("gf")
    own = director.form(place(in_force, "owner"))
    sent = own.filled({"person": str(in_force.person_id("bca")), "due_on": DUE, "version": form.fields["version"][0]})

    assert director.post(place(in_force, "owner"), data=sent).status_code == 409


def test_only_those_named_may_name_and_only_the_owner_reports(in_force: Site) -> None:
    entrust(in_force)

    naming = {a: in_force.client(a).get(place(in_force, "owner")).status_code for a in ("buero", "redaktion", "tv1")}
    reporting = {
        a: in_force.client(a).get(place(in_force, "report")).status_code for a in ("redaktion", "gf", "beirat1")
    }
    theirs = in_force.client("gf@herford").get(place(in_force, "owner"))

    assert naming == {"buero": 200, "redaktion": 403, "tv1": 403}
    assert reporting == {"redaktion": 200, "gf": 403, "beirat1": 403}
    assert theirs.status_code == 404 or in_force.slug("herford") == in_force.slug()


def test_before_it_is_in_force_a_programme_has_no_progress(site: Site) -> None:
    page = site.client("gf").page(f"/programmes/{site.slug()}/progress")

    assert "Sobald das Programm in Kraft ist" in page.words


def test_next_year_begins_with_what_is_not_done(in_force: Site) -> None:
    entrust(in_force)
    in_force.client("redaktion").post_form(place(in_force, "report"), {"status": "done", "report": SAID})

    with in_force.writing() as session:
        house, old = in_force.house(session), in_force.programme(session)
        first, last = next_period(ProgrammeHead(old.kind, old.title, old.period_from, old.period_to))
        head = ProgrammeHead(old.kind, "Das nächste Programm", first, last)
        deed = in_force.deed("gf")
        director = Actor(deed.actor_id, frozenset({Role.MANAGING_DIRECTOR}))
        new = open_cycle(session, house, head, previous=old, actor=director, at=deed.at)
        titles = [row.data["title"] for row in registers.rows_of(session, new)["measures"]]

    assert titles == ["Netz der Betriebe"]
