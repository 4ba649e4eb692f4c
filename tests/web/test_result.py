"""Concluding the ballot and deciding a tie."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jcflow import clock
from jcflow.accounts.actor import Actor
from jcflow.accounts.people import roles_of
from jcflow.clock import local_day
from jcflow.decisions import ballots, casting
from jcflow.decisions.ballots import Choice, Result
from jcflow.process.acts import acting
from tests.site import Site

MEMBERS = ("tv1", "tv2", "tv3", "tv4", "tv5", "tv6")


def path(site: Site, rest: str) -> str:
    return f"/programmes/{site.slug()}/{rest}"


def vote(site: Site, choices: Sequence[str]) -> None:
    people = {account: site.person_id(account) for account in MEMBERS[: len(choices)]}
    with site.writing() as session:
        programme, at = site.programme(session), clock.now()
        for person_id, choice in zip(people.values(), choices, strict=True):
            actor = Actor(person_id, roles_of(session, person_id, local_day(at)))
            with acting(session, programme, "vote", actor=actor, at=at) as deed:
                casting.cast_vote(session, programme, person_id, choice=Choice(choice), reason="", version=0, deed=deed)


def state(site: Site) -> tuple[str, Result | None, Choice | None]:
    with site.session() as session:
        programme = site.programme(session)
        ballot = ballots.current_ballot(session, programme)
        assert ballot is not None
        return programme.state, ballot.result, ballot.casting_vote


def test_the_chair_concludes_once_all_have_voted(site: Site) -> None:
    site.at("resolution")
    vote(site, ["yes", "yes", "no", "yes", "abstain", "yes"])
    chair = site.client("tv1")

    answer = chair.post_form(path(site, "conclude"))

    assert answer.status_code == 303
    assert state(site) == ("awaiting_record", Result.ADOPTED, None)
    shown = chair.text(answer.location)
    assert "Ergebnis: angenommen" in shown
    assert "Mit der Mehrheit der Stimmen angenommen (4 Ja, 1 Nein, 1 Enthaltung)." in shown
    assert "§ 44c Abs. 1 Satz 7 SGB II" in shown


def test_while_votes_are_missing_the_page_names_who_is_missing(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    vote(site, ["yes", "yes", "yes"])

    shown = site.client("tv1").page(path(site, "conclude"))

    assert "3 Stimmen fehlen noch" in shown.words
    assert "Kieferngrund" in shown.words
    assert all(form.action != path(site, "conclude") for form in shown.forms)


def test_concluding_too_early_is_refused(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    vote(site, ["yes", "yes", "yes"])
    chair = site.client("tv1")
    data = chair.form("/account", action="/logout").filled({})
    data |= {"form_token": "x" * 24, "version": str(version(site))}

    answer = chair.post(path(site, "conclude"), data=data)

    assert answer.status_code == 409
    assert state(site)[0] == "resolution"


def version(site: Site) -> int:
    with site.session() as session:
        return site.programme(session).version


@pytest.mark.parametrize("account", ["gf", "redaktion", "tv2", "beirat1", "buero", "revision", "admin"])
def test_nobody_but_the_chair_concludes(sqlite_site: Site, account: str) -> None:
    sqlite_site.at("resolution")

    answer = sqlite_site.client(account).get(path(sqlite_site, "conclude"))

    assert answer.status_code == 403
    assert "den Vorsitz der Trägerversammlung" in answer.text


def test_the_names_with_votes_are_for_those_who_may_see_them(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    vote(site, ["yes", "yes", "no", "yes", "abstain", "yes"])
    site.client("tv1").post_form(path(site, "conclude"))

    for account in ("tv5", "gf", "buero", "revision"):
        assert "Stimmen der Mitglieder" in site.client(account).text(path(site, "vote/result"))
    for account in ("redaktion", "bca", "haushalt"):
        shown = site.client(account).text(path(site, "vote/result"))
        assert "Stimmen der Mitglieder" not in shown
        assert "angenommen" in shown
    assert site.client("beirat1").get(path(site, "vote/result")).status_code == 403


def test_a_tie_is_decided_by_the_vote_the_chair_gave(site: Site) -> None:
    site.at("resolution")
    vote(site, ["no", "yes", "yes", "no", "yes", "no"])
    chair = site.client("tv1")
    chair.post_form(path(site, "conclude"))
    assert state(site) == ("tied", Result.TIED, None)
    assert "Die Stimme des Vorsitzes gibt den Ausschlag." in chair.text(path(site, "conclude/done"))

    assert "hat in der Abstimmung mit <strong>„Nein“</strong> gestimmt" in chair.text(path(site, "cast"))
    answer = chair.post_form(path(site, "cast"))

    assert answer.status_code == 303
    assert state(site) == ("awaiting_record", Result.REJECTED, Choice.NO)
    shown = chair.text(answer.location)
    assert "Die Stimme des Vorsitzes gab den Ausschlag: Nein." in shown
    assert "§ 44c Abs. 1 Satz 7 und 8 SGB II" in shown


def test_a_chair_who_abstained_chooses_now(site: Site) -> None:
    site.at("tied")
    chair = site.client("tv1")

    refused = chair.post_form(path(site, "cast"))
    assert refused.status_code == 422
    assert "Wählen Sie „Ja“ oder „Nein“." in refused.text
    answer = chair.post_form(path(site, "cast"), {"choice": "yes"})

    assert answer.status_code == 303
    assert state(site) == ("awaiting_record", Result.ADOPTED, Choice.YES)


def test_nobody_but_the_chair_casts(sqlite_site: Site) -> None:
    sqlite_site.at("tied")

    for account in ("gf", "tv2", "buero", "revision"):
        assert sqlite_site.client(account).get(path(sqlite_site, "cast")).status_code == 403


def test_there_is_nothing_to_conclude_before_the_resolution(sqlite_site: Site) -> None:
    sqlite_site.at("consultation")
    chair = sqlite_site.client("tv1")

    assert chair.get(path(sqlite_site, "conclude")).status_code == 409
    assert chair.get(path(sqlite_site, "cast")).status_code == 409
    assert "Noch keine Abstimmung" in chair.text(path(sqlite_site, "vote/result"))


def test_a_ballot_that_was_broken_off_stays_listed_and_counts_for_nothing(site: Site) -> None:
    site.at("resolution")
    vote(site, ["yes", "yes", "yes"])
    chair = site.client("tv1")

    answer = chair.post_form(
        path(site, "recall"), {"reason": "Eine Zahl im Budget ist falsch."}, action=path(site, "steps/recall")
    )

    assert answer.status_code == 303
    for page in ("vote/result", "record"):
        assert "abgebrochen und ungültig" in site.client("gf").text(path(site, page))
    assert site.client("tv4").get(path(site, "vote")).status_code == 409
