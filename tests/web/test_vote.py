"""Voting: the form, the check page, the vote, and votes the Gremienbüro enters."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from jcflow import clock, tasks
from jcflow.accounts.people import Carrier, Membership, add_membership, end_membership, memberships
from jcflow.audit.chain import AuditEvent
from jcflow.audit.trail import Deed
from jcflow.clock import local_day
from jcflow.decisions import ballots, casting
from jcflow.decisions.ballots import Choice
from jcflow.decisions.casting import Vote
from jcflow.procedure import Role
from tests.forms import page_of
from tests.site import Client, Site

REASON = "Die Mittel reichen nicht für die laufenden Verträge."


def address(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/vote{rest}"


def vote(site: Site, account: str, choice: str, reason: str = "") -> Client:
    client = site.client(account)
    checked = client.form(address(site), action=address(site, "/check"))
    shown = client.post(address(site, "/check"), data=checked.filled({"choice": choice, "reason": reason}))
    assert shown.status_code == 200
    answer = client.post(address(site), data=fields(shown, address(site)))
    assert answer.status_code == 303
    return client


def fields(answer: object, action: str) -> dict[str, object]:
    from_page = page_of(answer)
    return from_page.form(action).filled({})


def votes(site: Site) -> list[Vote]:
    with site.session() as session:
        ballot = ballots.current_ballot(session, site.programme(session))
        assert ballot is not None
        return list(casting.votes_of(session, ballot).values())


def scan(name: str = "beleg.pdf") -> dict[str, object]:
    return {"scan": (BytesIO(b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"), name)}


def enter(site: Site, account: str = "tv3", **typed: object) -> object:
    client, page = site.client("buero"), address(site, "/enter")
    with site.session() as session:
        ballot = ballots.current_ballot(session, site.programme(session))
        assert ballot is not None
        elector = ballots.elector(session, ballot, site.person_id(account)).id
    values = {"elector": str(elector), "choice": "no", "given_on": local_day(clock.now()).isoformat()} | typed
    return client.post_form(page, values, files=scan())


def test_a_member_votes_with_three_actions(site: Site) -> None:
    site.at("resolution")

    client = vote(site, "tv2", "no", REASON)

    done = client.text(address(site, "/done"))
    assert "Ihre Stimme ist abgegeben" in done
    assert "„Nein“" in done
    (given,) = votes(site)
    assert (given.choice, given.reason, given.entered_by) == (Choice.NO, REASON, None)


def test_the_vote_stands_in_the_trail_without_saying_how(site: Site) -> None:
    site.at("resolution")

    vote(site, "tv2", "yes")

    (given,) = votes(site)
    with site.session() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.object_id == given.id)).one()
    assert (event.actor_id, event.role, event.action) == (site.person_id("tv2"), "assembly_member", "created")
    assert '"yes"' not in event.body


def test_the_check_page_changes_nothing(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    client = site.client("tv2")
    form = client.form(address(site), action=address(site, "/check"))

    shown = client.post(address(site, "/check"), data=form.filled({"choice": "no", "reason": REASON}))

    assert "Mit „Nein“ stimmen" in shown.text
    assert REASON in shown.text
    assert votes(site) == []


def test_going_back_from_the_check_page_keeps_what_was_typed(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    client = site.client("tv2")
    form = client.form(address(site), action=address(site, "/check"))
    shown = client.post(address(site, "/check"), data=form.filled({"choice": "no", "reason": REASON}))

    again = client.post(address(site, "/check"), data=fields(shown, address(site)) | {"edit": "1"})

    assert again.status_code == 200
    assert REASON in again.text


def test_without_a_choice_the_form_comes_back_with_the_reason(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    client = site.client("tv2")
    form = client.form(address(site), action=address(site, "/check"))

    answer = client.post(address(site, "/check"), data=form.filled({"reason": REASON}))

    assert answer.status_code == 422
    assert REASON in answer.text
    assert "Wählen Sie „Ja“, „Nein“ oder „Enthaltung“ aus." in answer.text
    assert votes(site) == []


def test_who_has_voted_is_told_so_and_may_change_it(site: Site) -> None:
    site.at("resolution")
    client = vote(site, "tv2", "no")

    assert "Sie haben schon abgestimmt: „Nein“" in client.text(address(site))
    vote(site, "tv2", "yes")

    (given,) = votes(site)
    assert (given.choice, given.version) == (Choice.YES, 2)


def test_a_vote_changed_elsewhere_is_shown_beside_the_own(site: Site) -> None:
    site.at("resolution")
    client = site.client("tv2")
    form = client.form(address(site), action=address(site, "/check"))
    shown = client.post(address(site, "/check"), data=form.filled({"choice": "no"}))
    vote(site, "tv2", "yes")

    answer = client.post(address(site), data=fields(shown, address(site)))

    assert answer.status_code == 409
    assert "Nein" in answer.text
    assert "Ja" in answer.text
    assert votes(site)[0].choice is Choice.YES


@pytest.mark.parametrize("account", ["gf", "redaktion", "bca", "haushalt", "beirat1", "buero", "revision", "admin"])
def test_nobody_but_members_of_the_assembly_votes(sqlite_site: Site, account: str) -> None:
    sqlite_site.at("resolution")

    answer = sqlite_site.client(account).get(address(sqlite_site))

    assert answer.status_code == 403
    assert "Trägerversammlung" in answer.text


def test_who_came_after_the_opening_does_not_vote(site: Site) -> None:
    site.at("resolution")
    person_id = site.person_id("redaktion")
    with site.writing() as session:
        house = site.house(session)
        deed = Deed(None, "command_line", clock.now())
        since = local_day(clock.now()) - timedelta(days=1)
        late = Membership(
            jobcenter_id=house.id,
            person_id=person_id,
            role=Role.ASSEMBLY_MEMBER,
            carrier=Carrier.AGENCY,
            valid_from=since,
        )
        add_membership(session, house, late, deed)

    answer = site.client("redaktion").get(address(site))

    assert answer.status_code == 403
    assert "bei Eröffnung der Abstimmung" in answer.text
    offered = site.client("redaktion").text(f"/programmes/{site.slug()}")
    assert f'href="{address(site)}"' not in offered
    assert "Stimme abgeben" not in offered
    assert f'href="{address(site)}"' in site.client("tv2").text(f"/programmes/{site.slug()}")


def test_another_house_has_no_such_ballot(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")

    assert site.client("gf@ennepe-ruhr").get(address(site, "/result")).status_code == 404


def test_an_open_ballot_shows_who_has_voted_and_never_how(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    vote(site, "tv2", "no", REASON)

    for account in ("gf", "tv1", "buero", "revision"):
        shown = site.client(account).text(address(site, "/result"))
        assert "1 von 6 haben abgestimmt" in shown
        assert REASON not in shown
        assert "Nein" not in shown


def test_after_the_conclusion_no_vote_is_taken(site: Site) -> None:
    site.at("resolution")
    client = site.client("tv2")
    form = client.form(address(site), action=address(site, "/check"))
    shown = client.post(address(site, "/check"), data=form.filled({"choice": "no"}))
    late = fields(shown, address(site))
    for account in ("tv1", "tv2", "tv3", "tv4", "tv5", "tv6"):
        vote(site, account, "yes")
    chair = site.client("tv1")
    assert chair.post_form(f"/programmes/{site.slug()}/conclude").status_code == 303

    answer = client.post(address(site), data=late)

    assert answer.status_code == 409
    assert {v.choice for v in votes(site)} == {Choice.YES}


def test_an_entered_vote_counts_once_a_second_person_confirms_it(site: Site) -> None:
    site.at("resolution")

    assert enter(site).status_code == 303
    (entered,) = votes(site)
    entry = address(site, f"/entries/{entered.id}")
    assert not entered.counts
    assert "Bestätigen muss eine zweite Person" in site.client("buero").text(entry)
    second = site.client("tv4")
    assert "Nein" in second.text(entry)
    answer = second.post_form(entry, action=f"{entry}/confirm")

    assert answer.status_code == 303
    (confirmed,) = votes(site)
    assert confirmed.counts
    assert (confirmed.entered_by, confirmed.confirmed_by) == (site.person_id("buero"), site.person_id("tv4"))
    with site.session() as session:
        mine = tasks.open_tasks(session, site.person_id("tv3"), {Role.ASSEMBLY_MEMBER})
    assert mine == []


def test_who_entered_a_vote_cannot_confirm_it(site: Site) -> None:
    site.at("resolution")
    enter(site)
    (entered,) = votes(site)
    entry = address(site, f"/entries/{entered.id}")
    client = site.client("buero")
    data = site.client("tv4").form(entry, action=f"{entry}/confirm").filled({})

    token = client.form("/account", action="/logout").filled({})["csrf_token"]
    answer = client.post(f"{entry}/confirm", data=data | {"csrf_token": token})

    assert answer.status_code == 422
    assert not votes(site)[0].counts


def test_the_own_vote_stands_above_an_entered_one(site: Site) -> None:
    site.at("resolution")
    enter(site)

    vote(site, "tv3", "yes")

    (given,) = votes(site)
    assert (given.choice, given.counts, given.entered_by) == (Choice.YES, True, None)
    answer = enter(site, choice="no")
    assert answer.status_code == 422
    assert votes(site)[0].choice is Choice.YES


def test_an_entry_without_a_scan_keeps_what_was_typed(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")

    answer = site.client("buero").post_form(
        address(site, "/enter"), {"choice": "no", "reason": REASON}, files={"scan": (BytesIO(b""), "")}
    )

    assert answer.status_code == 422
    assert REASON in answer.text
    assert votes(site) == []


def test_a_day_before_the_ballot_is_refused(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")

    answer = enter(site, given_on="2020-01-01", reason=REASON)

    assert answer.status_code == 422
    assert "zwischen der Eröffnung der Abstimmung und heute" in answer.text
    assert REASON in answer.text
    assert votes(site) == []


def test_a_vote_of_somebody_whose_seat_has_ended_is_refused_at_the_day(site: Site) -> None:
    site.at("resolution")
    with site.writing() as session:
        seat = next(m for m in memberships(session, site.person_id("tv3")) if m.role is Role.ASSEMBLY_MEMBER)
        end_membership(session, seat, local_day(clock.now()), Deed(None, "command_line", clock.now()))

    answer = enter(site, reason=REASON)

    assert answer.status_code == 422
    assert "nicht mehr Mitglied der Trägerversammlung" in answer.text
    assert REASON in answer.text
    assert votes(site) == []


def test_a_vote_counts_only_in_the_ballot_its_form_was_opened_for(site: Site) -> None:
    site.at("resolution")
    member, office = site.client("tv5"), site.client("buero")
    checked = member.form(address(site), action=address(site, "/check"))
    shown = member.post(address(site, "/check"), data=checked.filled({"choice": "yes", "reason": REASON}))
    last = fields(shown, address(site))
    entered = office.form(address(site, "/enter"))
    begin_anew(site)

    for answer in (
        member.post(address(site), data=last),
        member.post(address(site, "/check"), data=checked.filled({"choice": "yes", "reason": REASON})),
        office.post(address(site, "/enter"), data=entered.filled({"reason": REASON}) | scan()),
    ):
        assert answer.status_code == 409
        assert "gilt nicht mehr" in answer.text
        assert REASON in answer.text
    assert votes(site) == []


def begin_anew(site: Site) -> None:
    """The chair breaks the ballot off, and the same version is put to the vote again."""
    site.client("tv1").post_form(
        f"/programmes/{site.slug()}/recall",
        {"reason": "Eine Frage ist offen."},
        action=f"/programmes/{site.slug()}/steps/recall",
    )
    director = site.client("gf")
    answer = director.post_form(
        f"/programmes/{site.slug()}/dispose", {}, action=f"/programmes/{site.slug()}/steps/dispose"
    )
    assert answer.status_code == 303


def test_an_entry_somebody_else_was_faster_with_is_shown_beside_the_own(site: Site) -> None:
    site.at("resolution")
    client, page = site.client("buero"), address(site, "/enter")
    old = client.form(page)
    assert enter(site, choice="no", reason="Vom ersten Blatt").status_code == 303
    elector = str(votes(site)[0].elector_id)
    typed = {
        "elector": elector,
        "choice": "yes",
        "reason": "Vom zweiten Blatt",
        "given_on": local_day(clock.now()).isoformat(),
    }

    answer = client.post(page, data=old.filled(typed) | scan(), content_type="multipart/form-data")

    assert answer.status_code == 409
    assert "Vom ersten Blatt" in answer.text
    assert "Vom zweiten Blatt" in answer.text
    (kept,) = votes(site)
    assert (kept.choice, kept.reason) == (Choice.NO, "Vom ersten Blatt")


def test_only_the_office_enters_votes(sqlite_site: Site) -> None:
    sqlite_site.at("resolution")

    for account in ("gf", "tv1", "beirat1", "revision"):
        assert sqlite_site.client(account).get(address(sqlite_site, "/enter")).status_code == 403
