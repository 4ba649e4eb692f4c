"""The Gremienbüro moves deadlines, reminds people and closes the house for a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from jcflow.accounts.closed_days import closed_days
from jcflow.deadlines.moving import DeadlineChange
from jcflow.mail.outbox import Mail, Occasion
from jcflow.reminders.ledger import Reminder
from jcflow.tasks import Task
from tests.forms import page_of
from tests.site import NOW, Client, Site

REASON = "Zwei Mitglieder sind im Urlaub."
LATER = (NOW.date() + timedelta(days=40)).isoformat()


def links_of(client: Client, words: str) -> list[str]:
    """Addresses on the page of deadlines that hold these words, the oldest deadline first."""
    return [link for link in client.page("/deadlines").links if words in link]


def preview(client: Client, page: str, new_on: str = LATER, reason: str = REASON) -> object:
    """Type the new day and the reason."""
    typed = {"new_on": new_on, "reason": reason}
    return client.post_form(page, typed, action="/deadlines/move/preview")


def due_days(site: Site) -> dict[str, tuple[date, int]]:
    """Open task to day and version of its deadline."""
    with site.session() as session:
        return {t.label: (t.due_on, t.due_version) for t in session.scalars(select(Task).where(Task.done_at.is_(None)))}


def test_a_deadline_is_moved_after_a_look_at_whom_it_concerns(site: Site) -> None:
    site.at("consultation")
    office = site.client("buero")
    before = due_days(site)

    shown = preview(office, links_of(office, "/deadlines/move")[0])
    page = page_of(shown)
    assert shown.status_code == 200
    assert "Wir schreiben" in page.words
    assert "folgt daraus" in page.words
    assert due_days(site) == before
    answer = office.post("/deadlines/move", data=page.form("/deadlines/move").filled({}))

    assert (answer.status_code, answer.location) == (303, "/deadlines")
    assert due_days(site)["Stellungnahme absenden"] == (date.fromisoformat(LATER), 2)
    with site.session() as session:
        assert session.scalars(select(DeadlineChange.label)).all().count("Stellungnahme absenden") == 1
        mails = session.scalars(select(Mail).where(Mail.occasion == Occasion.DEADLINE_MOVED)).all()
        assert site.person_id("beirat1") in {mail.person_id for mail in mails}
    history = site.client("gf").text(f"/programmes/{site.slug()}/history")
    assert "Frist verschoben" in history
    assert REASON in history


def test_several_deadlines_are_moved_together(site: Site) -> None:
    site.at("consultation")
    office = site.client("buero")
    ids = [link.partition("=")[2] for link in links_of(office, "/deadlines/move")]
    assert len(ids) == 2

    shown = preview(office, f"/deadlines/move?task={ids[0]}&task={ids[1]}")
    office.post("/deadlines/move", data=page_of(shown).form("/deadlines/move").filled({}))

    later = date.fromisoformat(LATER)
    assert {day for day, _ in due_days(site).values()} == {later, later + timedelta(days=1)}


def test_a_step_before_the_day_of_those_it_waits_for_is_told(site: Site) -> None:
    site.at("consultation")
    office = site.client("buero")
    with site.session() as session:
        step = session.scalars(select(Task).where(Task.step == "close", Task.done_at.is_(None))).one()

    shown = preview(office, f"/deadlines/move?task={step.id}", (step.due_on - timedelta(days=3)).isoformat())

    assert "haben die Beteiligten noch Zeit. Vorschlag: ab" in page_of(shown).words


def test_what_was_typed_is_kept_where_it_is_not_taken(site: Site) -> None:
    site.at("consultation")
    office = site.client("buero")
    before = due_days(site)

    answer = preview(office, links_of(office, "/deadlines/move")[0], "2026-01-01", "kurz")

    assert answer.status_code == 422
    assert page_of(answer).form("/deadlines/move/preview").fields["reason"] == ["kurz"]
    assert "von heute an" in answer.text
    assert due_days(site) == before


def test_a_deadline_moved_by_somebody_else_meanwhile_is_shown_with_what_was_typed(site: Site) -> None:
    site.at("consultation")
    office = site.client("buero")
    place = links_of(office, "/deadlines/move")[0]
    mine = page_of(preview(office, place)).form("/deadlines/move").filled({})
    theirs = page_of(preview(office, place, (NOW.date() + timedelta(days=33)).isoformat())).form("/deadlines/move")
    office.post("/deadlines/move", data=theirs.filled({}))
    moved = due_days(site)

    answer = office.post("/deadlines/move", data=mine)

    assert answer.status_code == 409
    assert "inzwischen verschoben" in answer.text
    assert page_of(answer).form("/deadlines/move/preview").fields["new_on"] == [LATER]
    assert due_days(site) == moved


@pytest.mark.parametrize("query", ["", "?task=kein", "?task=" + "&task=".join(["1"] * 51)])
def test_without_a_choice_there_is_nothing_to_move(site: Site, query: str) -> None:
    office = site.client("buero")

    for act in ("move", "remind"):
        answer = office.get(f"/deadlines/{act}{query}")
        assert (answer.status_code, answer.location) == (303, "/deadlines")
        assert "Wählen Sie in der Liste mindestens eine Frist aus" in office.page("/deadlines").words


def test_only_the_office_moves_and_reminds(site: Site) -> None:
    site.at("consultation")
    place = links_of(site.client("buero"), "/deadlines/move")[0]
    theirs = place.replace("/move", "/remind")

    for account in ("gf", "redaktion", "beirat1", "tv1", "admin", "revision"):
        client = site.client(account)
        assert [client.get(p).status_code for p in (place, theirs, "/deadlines/closed-days")] == [403, 403, 403]
    office = site.client("buero@herford")
    assert [office.get(p).status_code for p in (place, theirs)] == [404, 404]
    assert "/deadlines/move" not in site.client("gf").text("/deadlines")


def test_people_are_reminded_once_a_day_after_a_look_at_who_they_are(site: Site) -> None:
    site.at("consultation")
    office = site.client("buero")
    place = links_of(office, "/deadlines/remind")[0]
    assert "Lindenweiler" in office.page(place).words

    answer = office.post_form(place, action="/deadlines/remind")

    assert answer.status_code == 303
    with site.session() as session:
        mails = session.scalars(select(Mail).where(Mail.occasion == Occasion.REMINDER)).all()
        rows = session.scalars(select(Reminder)).all()
    assert len(mails) == len(rows) > 1
    assert {row.mail_id for row in rows} == {mail.id for mail in mails}
    assert "1-mal, zuletzt 18.11.2026" in office.page("/deadlines").words
    assert "schon erinnert" in office.page(place).words
    with time_machine.travel(NOW + timedelta(days=1)):
        assert "Jetzt erinnern" in site.client("buero").page(place).words


def test_the_office_closes_the_house_for_a_day(site: Site) -> None:
    office = site.client("buero")

    answer = office.post_form("/deadlines/closed-days", {"day": "2027-02-08", "label": "Rosenmontag"})
    again = office.post_form("/deadlines/closed-days", {"day": "2027-02-08", "label": ""})

    assert (answer.status_code, again.status_code) == (303, 422)
    assert "schon eingetragen" in again.text
    assert "Montag, 8. Februar 2027" in office.text("/deadlines/closed-days")
    gone = "/deadlines/closed-days/2027-02-08/remove"
    assert office.post_form("/deadlines/closed-days", action=gone).status_code == 303
    with site.session() as session:
        assert closed_days(session, NOW.date()) == []
    form = site.client("buero").form("/deadlines/closed-days")
    for day in ("2027-02-08", "kein-tag"):
        sent = form.filled({"form_token": f"noch-nie-benutzt-{day}"})
        assert site.client("buero").post(f"/deadlines/closed-days/{day}/remove", data=sent).status_code in {400, 404}
