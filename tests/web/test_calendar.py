"""Terminplan: the cycle as bars and table, planned backwards; and deadlines in one's own calendar."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import time_machine
import vobject
from icalendar import Calendar
from sqlalchemy import select

from jcflow.accounts.absences import enter_absence, name_substitute
from jcflow.accounts.people import Person, end_membership, memberships
from jcflow.programmes.milestones import set_basis
from jcflow.programmes.schedule import planned_days
from jcflow.tasks import Task
from jcflow.workdays import next_working_day
from tests.forms import page_of
from tests.site import NOW, Client, Site
from tests.web.test_moving_deadlines import links_of, preview

RESOLVED = "2027-06-15"


def feed_of(client: Client) -> str:
    """A fresh address of a person's calendar, from the page that shows it once."""
    client.post_form("/account/calendar")
    form = client.text("/account/calendar")
    found = re.search(r'value="[^"]*(/calendar\.ics\?token=[^"]+)"', form)
    assert found is not None
    assert found[1] not in client.text("/account/calendar")
    return found[1]


def events(client: Client, address: str) -> dict[str, tuple[date, int, str]]:
    """UID to day, sequence and status."""
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    read = Calendar.from_ical(answer.data)
    return {str(e["uid"]): (e["dtstart"].dt, int(e["sequence"]), str(e["status"])) for e in read.events}


@pytest.mark.parametrize("account", ["gf", "beirat1", "tv1", "buero", "revision"])
def test_everybody_sees_the_cycle_as_bars_and_as_a_table(site: Site, account: str) -> None:
    site.at("consultation")

    page = site.client(account).page("/calendar")

    assert page.h1 == "Terminplan"
    assert "Heute ist Mittwoch, 18. November 2026. Das Verfahren ist im Plan" in page.words
    assert page.words.index("Interne Prüfung") < page.words.index("Beschlussfassung")
    assert "18.11.2026" in page.words


def test_a_late_cycle_says_so(site: Site) -> None:
    site.at("consultation")

    with time_machine.travel(NOW + timedelta(days=40)):
        words = site.client("buero").page("/calendar").words

    assert "Das Verfahren ist in Verzug" in words


def test_programmes_of_another_house_have_no_calendar_here(site: Site) -> None:
    site.at("consultation")

    assert site.client("gf@herford").get(f"/calendar?programme={site.slug('ennepe-ruhr')}").status_code == 404
    assert site.client("admin").get("/calendar").status_code == 403


def test_the_office_plans_backwards_from_the_resolution(site: Site) -> None:
    office = site.client("buero")
    page = f"/programmes/{site.slug()}/plan"

    shown = office.post_form(page, {"resolved_on": RESOLVED}, action=f"{page}/preview")
    assert shown.status_code == 200
    assert "Alle Termine passen." in page_of(shown).words
    assert "Geschäftsführung" in page_of(shown).words
    with site.session() as session:
        assert site.programme(session).planned is None
    answer = office.post(page, data=page_of(shown).form(page).filled({}))

    assert (answer.status_code, answer.location) == (303, f"/calendar?programme={site.slug()}")
    with site.session() as session:
        planned = planned_days(site.programme(session))
        open_now = session.scalars(select(Task).where(Task.done_at.is_(None))).all()
        assert [task.due_on for task in open_now] == [planned["drafting"]]
    assert "geplant" in office.page("/calendar").words
    history = site.client("gf").page(f"/programmes/{site.slug()}/history").words
    assert "Terminplan: Beschluss am 15.6.2027" in history
    assert "Beteiligung des Beirats, geplant bis" in history


def test_what_does_not_fit_is_said_and_cannot_be_saved(site: Site) -> None:
    office = site.client("buero")
    page = f"/programmes/{site.slug()}/plan"

    shown = office.post_form(page, {"resolved_on": "2026-12-14"}, action=f"{page}/preview")
    assert "der Tag ist vorbei" in page_of(shown).words
    assert "Terminplan speichern" not in page_of(shown).words
    answer = office.post(page, data=page_of(shown).form(page).filled({}))

    assert answer.status_code == 422
    with site.session() as session:
        assert site.programme(session).planned is None


def test_a_resolution_wished_for_a_day_without_work_is_said_to_fall_on_another(site: Site) -> None:
    office = site.client("buero")
    page = f"/programmes/{site.slug()}/plan"

    shown = page_of(office.post_form(page, {"resolved_on": "2027-05-01"}, action=f"{page}/preview")).words

    assert "Am Samstag, 1. Mai 2027 wird nicht gearbeitet." in shown
    assert "Der Beschluss fällt nach diesem Plan am Samstag" not in shown


def test_days_changed_by_hand_are_checked_again(site: Site) -> None:
    office = site.client("buero")
    page = f"/programmes/{site.slug()}/plan"
    form = page_of(office.post_form(page, {"resolved_on": RESOLVED}, action=f"{page}/preview")).form(page)
    first = date.fromisoformat(form.fields["day-first_reading"][0])

    short = form.filled({"day-consultation": (first + timedelta(days=10)).isoformat()})
    again = office.post(f"{page}/preview", data=short)

    assert "Der Beirat hätte" in page_of(again).words
    assert "statt 21 Tagen" in page_of(again).words
    broken = office.post(f"{page}/preview", data=form.filled({"day-consultation": "bald"}))
    assert broken.status_code == 422
    assert "bald" in page_of(broken).form(page).fields["day-consultation"]
    assert page_of(broken).form(page).fields["day-drafting"] == form.fields["day-drafting"]


def test_a_plan_made_before_somebody_changed_the_programme_is_shown_again(site: Site) -> None:
    office = site.client("buero")
    page = f"/programmes/{site.slug()}/plan"
    form = page_of(office.post_form(page, {"resolved_on": RESOLVED}, action=f"{page}/preview")).form(page)
    with site.writing() as session:
        deed, note = site.deed("gf"), "Die Zahlen fehlen noch."
        set_basis(session, site.programme(session), known=False, source="", dated=None, note=note, deed=deed)

    answer = office.post(page, data=form.filled({}))

    assert answer.status_code == 409
    assert page_of(answer).form(page).fields["day-drafting"] == form.fields["day-drafting"]


def test_the_day_of_a_meeting_is_what_its_task_is_due_on_until_it_is_taken_back(site: Site) -> None:
    site.at("committee", house="ennepe-ruhr")
    office, page = site.client("buero@ennepe-ruhr"), f"/programmes/{site.slug('ennepe-ruhr')}/plan"
    met_on, resolved_on = NOW.date() + timedelta(days=27), NOW.date() + timedelta(days=120)

    def save(met: str) -> tuple[str, date]:
        """The meeting's day as the form shows it before, and what the office's task is due on after."""
        shown = office.post_form(page, {"resolved_on": resolved_on.isoformat()}, action=f"{page}/preview")
        form = page_of(shown).form(page)
        assert office.post(page, data=form.filled({"meeting-committee": met})).status_code == 303
        with site.session("ennepe-ruhr") as session:
            due_on = session.scalars(select(Task.due_on).where(Task.state == "committee", Task.done_at.is_(None))).one()
        return form.fields["meeting-committee"][0], due_on

    first, second, third = save(""), save(met_on.isoformat()), save("")

    assert first[0] == ""
    assert second == ("", next_working_day(met_on, "NW"))
    assert third == (met_on.isoformat(), first[1])


def test_a_meeting_on_a_day_that_is_over_is_refused_at_its_field(site: Site) -> None:
    site.at("committee", house="ennepe-ruhr")
    office, page = site.client("buero@ennepe-ruhr"), f"/programmes/{site.slug('ennepe-ruhr')}/plan"
    resolved_on = (NOW.date() + timedelta(days=120)).isoformat()
    form = page_of(office.post_form(page, {"resolved_on": resolved_on}, action=f"{page}/preview")).form(page)
    typed = form.filled({"meeting-council": (NOW.date() - timedelta(days=1)).isoformat()})

    for answer in (office.post(f"{page}/preview", data=typed), office.post(page, data=typed)):
        assert answer.status_code == 422
        assert "Wählen Sie für die Sitzung einen Tag von heute bis Ende" in page_of(answer).words
        assert 'href="#meeting-council"' in answer.text


def test_only_the_office_plans(site: Site) -> None:
    for account in ("gf", "redaktion", "beirat1", "tv1", "admin", "revision"):
        assert site.client(account).get(f"/programmes/{site.slug()}/plan").status_code == 403
    assert site.client("buero@ennepe-ruhr").get(f"/programmes/{site.slug()}/plan").status_code == 404


def test_after_the_resolution_there_is_nothing_to_plan(site: Site) -> None:
    site.at("in_force")
    office = site.client("buero")

    assert office.get(f"/programmes/{site.slug()}/plan").status_code == 409
    assert "/plan" not in office.text("/calendar")


def test_a_person_reads_the_own_deadlines_in_the_own_calendar(site: Site) -> None:
    site.at("consultation")
    member, stranger = site.client("beirat1"), site.client(None)
    address = feed_of(member)

    raw = stranger.get(address).text
    found = events(stranger, address)

    assert len(found) == 1
    assert [day for day, _, _ in found.values()] == [date(2026, 12, 9)]
    assert "Frist: Stellungnahme absenden" in raw.replace("\r\n ", "")
    assert "DTSTART;VALUE=DATE:20261209" in raw
    parsed = vobject.readOne(raw)
    assert [event.uid.value for event in parsed.vevent_list] == list(found)
    assert Calendar.from_ical(raw).errors == []


def test_a_moved_deadline_keeps_its_uid_and_a_task_that_is_done_is_cancelled(site: Site) -> None:
    site.at("consultation")
    member, office = site.client("beirat1"), site.client("buero")
    address = feed_of(member)
    ((uid, (_, first, _)),) = events(member, address).items()

    shown = preview(office, links_of(office, "/deadlines/move")[0])
    office.post("/deadlines/move", data=page_of(shown).form("/deadlines/move").filled({}))
    moved = events(member, address)[uid]
    member.post_form(f"/programmes/{site.slug()}/opinions/new", {"stance": "agree"})
    gone = events(member, address)[uid]

    assert moved == (NOW.date() + timedelta(days=40), moved[1], "CONFIRMED")
    assert gone[2] == "CANCELLED"
    assert first < moved[1] < gone[1]


def test_a_task_that_comes_up_again_never_lowers_its_sequence(site: Site) -> None:
    site.at("consultation")
    member, page = site.client("beirat1"), f"/programmes/{site.slug()}/opinions"
    address = feed_of(member)

    seen = [events(member, address)]
    given = member.post_form(f"{page}/new", {"stance": "agree"}).location.removesuffix("/done")
    seen.append(events(member, address))
    assert member.post_form(f"{given}/withdraw").status_code == 303
    seen.append(events(member, address))

    told = [event for found in seen for event in found.values()]
    assert [status for _, _, status in told] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert sorted({number for _, number, _ in told}) == [number for _, number, _ in told]
    assert len({uid for found in seen for uid in found}) == 1


def test_who_stands_in_reads_the_deadlines_of_whoever_is_away(site: Site) -> None:
    site.at("consultation")
    substitute = feed_of(site.client("redaktion"))
    assert events(site.client(None), substitute) == {}

    with site.writing() as session:
        deed, person = site.deed("buero"), session.get_one(Person, site.person_id("beirat1"))
        (seat,) = memberships(session, person.id)
        name_substitute(session, seat, session.get_one(Person, site.person_id("redaktion")), deed)
        enter_absence(session, person, NOW.date(), NOW.date() + timedelta(days=3), deed)

    raw = site.client(None).get(substitute).text
    assert len(events(site.client(None), substitute)) == 1
    assert "in Vertretung" in raw.replace("\r\n ", "")
    with time_machine.travel(NOW + timedelta(days=5)):
        assert events(site.client(None), substitute) == {}


def test_a_renewed_or_revoked_address_answers_like_one_that_never_was(site: Site) -> None:
    site.at("consultation")
    member, nobody = site.client("beirat1"), site.client(None)
    old = feed_of(member)
    new = feed_of(member)
    assert nobody.get(new).status_code == 200
    member.post_form("/account/calendar", action="/account/calendar/revoke")

    answers = [nobody.get(path) for path in (old, new, "/calendar.ics?token=unbekannt", "/calendar.ics")]

    assert {answer.status_code for answer in answers} == {404}
    texts = {re.sub(r"[0-9a-f]{4,}|value=\"[^\"]*\"", "", answer.text) for answer in answers}
    assert len(texts) == 1


def test_without_a_role_the_calendar_ends(site: Site) -> None:
    site.at("consultation")
    address = feed_of(site.client("beirat1"))
    with site.writing() as session:
        for member in memberships(session, site.person_id("beirat1")):
            end_membership(session, member, NOW.date(), site.deed("admin"))

    assert site.client(None).get(address).status_code == 404


def test_looking_into_the_calendar_shows_nobody_elses_deadlines(site: Site) -> None:
    site.at("consultation")

    assert events(site.client(None), feed_of(site.client("redaktion"))) == {}
    herford = events(site.client(None), feed_of(site.client("gf@herford")))
    assert len(herford) == 1
