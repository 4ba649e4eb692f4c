"""The Gremienbüro enters an opinion that came on paper; a second person confirms it."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import Membership, add_membership
from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.audit.trail import Deed
from jcflow.clock import now, today
from jcflow.opinions.board import Opinion, Stance, points_of
from jcflow.procedure import Role
from jcflow.programmes.files import files_of
from jcflow.tasks import Task
from tests.site import Site

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def path(site: Site, page: str = "") -> str:
    return f"/programmes/{site.slug()}/opinions{page}"


def enter(site: Site, typed: dict[str, Any] | None = None, *, scan: bool = True) -> TestResponse:
    """Enter an opinion of beirat3 as the Gremienbüro would."""
    member = str(site.person_id("beirat3"))
    said = {"member": member, "given_on": today().isoformat(), "stance": "concerns", "text-1": "Vom Papier"}
    files = {"scan": (BytesIO(PDF), "Brief.pdf")} if scan else {}
    return site.client("buero").post_form(path(site, "/enter"), said | (typed or {}), files=files)


def entered(site: Site) -> Opinion:
    with site.session() as session:
        return session.scalars(select(Opinion).where(Opinion.person_id == site.person_id("beirat3"))).one()


def confirm_path(site: Site) -> str:
    return path(site, f"/{entered(site).id}/confirm")


def task_is_open(site: Site) -> bool:
    with site.session() as session:
        mine = (Task.act == "opinion") & (Task.person_id == site.person_id("beirat3"))
        return session.scalars(select(Task).where(mine)).one().done_at is None


def test_entry_counts_only_when_a_second_person_has_confirmed_it(site: Site) -> None:
    site.at("consultation")

    answer = enter(site)
    before = entered(site).counts, task_is_open(site)
    gf = site.client("gf")
    page = gf.page(confirm_path(site))
    confirmed = gf.post_form(confirm_path(site))

    assert answer.status_code == confirmed.status_code == 303
    assert before == (False, True)
    assert "Vom Papier" in page.words
    assert "Brief.pdf" in page.words
    given = entered(site)
    assert given.counts
    assert not task_is_open(site)
    assert (given.entered_by, given.confirmed_by) == (site.person_id("buero"), site.person_id("gf"))


def test_both_names_stand_in_the_list_and_in_the_trail(site: Site) -> None:
    site.at("consultation")
    enter(site)
    site.client("gf").post_form(confirm_path(site))

    words = site.client("beirat1").page(path(site)).words

    assert "eingetragen von" in words
    assert "bestätigt von" in words
    with site.session() as session:
        programme = site.programme(session)
        about = select_events(programme.jobcenter_id).where(AuditEvent.object_id == entered(site).id)
        told = [(e.actor_id, e.on_behalf_of) for e in entries(session, about)]
    member = site.person_id("beirat3")
    assert told == [(site.person_id("gf"), member), (site.person_id("buero"), member)]


def test_who_entered_it_does_not_confirm_it(site: Site) -> None:
    site.at("consultation")
    enter(site)
    buero, form = site.client("buero"), site.client("gf").form(confirm_path(site))

    page = buero.page(confirm_path(site))
    own = buero.form(path(site, "/enter"))
    tokens = {name: own.fields[name][0] for name in ("csrf_token", "form_token")}
    answer = buero.post(confirm_path(site), data=form.filled(tokens))

    assert "Bestätigen muss eine zweite Person" in page.words
    assert answer.status_code == 422
    assert not entered(site).counts


def test_member_may_confirm_the_own_entry_and_no_other_member(site: Site) -> None:
    site.at("consultation")
    enter(site)

    other = site.client("beirat1").get(confirm_path(site))
    own = site.client("beirat3").post_form(confirm_path(site))

    assert other.status_code == 403
    assert own.status_code == 303
    assert entered(site).confirmed_by == site.person_id("beirat3")


def test_second_colleague_of_the_office_may_confirm(site: Site) -> None:
    site.at("consultation")
    with site.writing() as session:
        house = session.get_one(Jobcenter, site.programme(session).jobcenter_id)
        colleague = site.person_id("redaktion")
        seat = Membership(jobcenter_id=house.id, person_id=colleague, role=Role.STAFF, valid_from=today())
        add_membership(session, house, seat, Deed(None, "command_line", now()))
    enter(site)

    answer = site.client("redaktion").post_form(confirm_path(site))

    assert answer.status_code == 303
    assert entered(site).counts


def test_scan_member_and_day_are_needed_and_the_rest_is_kept(site: Site) -> None:
    site.at("consultation")

    answer = enter(site, {"member": "", "given_on": ""}, scan=False)
    without_scan = enter(site, scan=False)

    assert answer.status_code == without_scan.status_code == 422
    assert "Wählen Sie das Mitglied aus" in answer.text
    assert "Geben Sie einen Tag ein" in answer.text
    assert "Vom Papier" in answer.text
    assert "Laden Sie die unterschriebene Stellungnahme" in without_scan.text
    with site.session() as session:
        assert session.scalars(select(Opinion)).all() == []


def test_day_lies_between_the_referral_and_today(site: Site) -> None:
    site.at("consultation")

    tomorrow = enter(site, {"given_on": (today() + timedelta(days=1)).isoformat()})
    long_ago = enter(site, {"given_on": "2001-01-01"})

    assert tomorrow.status_code == long_ago.status_code == 422
    assert "liegt nicht zwischen" in tomorrow.text


def test_personal_opinion_is_not_replaced(site: Site) -> None:
    site.at("consultation")
    form = site.client("buero").form(path(site, "/enter"))
    site.client("beirat3").post_form(path(site, "/new"), {"stance": "agree"})

    page = site.client("buero").form(path(site, "/enter"))
    answer = enter(site)

    member = str(site.person_id("beirat3"))
    assert member in next(c.options for c in form.controls if c.name == "member")
    assert member not in next(c.options for c in page.controls if c.name == "member")
    assert answer.status_code == 422
    assert "selbst geäußert" in answer.text
    assert entered(site).stance is Stance.AGREE


def test_member_replaces_the_entry_in_person(site: Site) -> None:
    site.at("consultation")
    enter(site)
    site.client("gf").post_form(confirm_path(site))

    answer = site.client("beirat3").post_form(path(site, "/new"), {"stance": "agree", "text-1": ""})

    assert answer.status_code == 303
    given = entered(site)
    assert (given.stance, given.entered_by, given.confirmed_by) == (Stance.AGREE, None, None)
    assert "Brief.pdf" not in site.client("gf").page(path(site)).words
    assert "Brief.pdf" not in site.client("beirat3").page(path(site, "/new")).words


def test_correction_must_be_confirmed_again(site: Site) -> None:
    site.at("consultation")
    enter(site)
    site.client("gf").post_form(confirm_path(site))
    correction = path(site, f"/enter?member={site.person_id('beirat3')}")

    answer = site.client("buero").post_form(
        correction, {"text-1": "Wie auf dem Papier"}, action=path(site, "/enter"), press="Eintragung speichern"
    )

    assert answer.status_code == 303
    given = entered(site)
    assert not given.counts
    assert task_is_open(site)
    with site.session() as session:
        programme = site.programme(session)
        assert [p.text for p in points_of(session, programme)[given.id]] == ["Wie auf dem Papier"]
        assert [f.kind for f in files_of(session, programme, subjects=[given.id])] == ["scan"]


def test_unconfirmed_entry_holds_the_close_up_and_is_not_lost(site: Site) -> None:
    site.at("consultation")
    enter(site)

    with time_machine.travel(now().timestamp() + 40 * 86_400):
        page = site.client("buero").page(f"/programmes/{site.slug()}/close")

    assert "muss noch eine zweite Person bestätigen" in page.words


def test_only_the_office_enters(site: Site) -> None:
    site.at("consultation")

    for account in ("gf", "beirat1", "tv1", "revision"):
        assert site.client(account).get(path(site, "/enter")).status_code == 403


def test_entries_of_another_jobcenter_do_not_exist(site: Site) -> None:
    site.at("consultation")
    enter(site)

    assert site.client("gf@herford").get(confirm_path(site)).status_code == 404


def test_what_waits_stands_on_top_for_those_who_may_confirm(site: Site) -> None:
    site.at("consultation")
    enter(site)

    assert "wartet auf eine zweite Person" in site.client("gf").page(path(site)).words
    assert "wartet auf eine zweite Person" in site.client("beirat3").page(path(site)).words
    assert "wartet auf eine zweite Person" not in site.client("beirat1").page(path(site)).words
    assert "Vom Papier" not in site.client("beirat1").page(path(site)).words
