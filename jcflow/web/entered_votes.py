"""Votes given in the meeting: the Gremienbüro enters them, a second person confirms them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.people import names
from jcflow.decisions import ballots, casting
from jcflow.decisions.ballots import Choice
from jcflow.decisions.casting import InMeeting, Vote
from jcflow.errors import BadInput, NotFound, Stale, StepNotPossible
from jcflow.procedure import Role
from jcflow.process import notices
from jcflow.process.acts import acting, check_act
from jcflow.programmes.files import files_of, store
from jcflow.programmes.programme import Programme
from jcflow.web import transaction
from jcflow.web.ballot_views import ballot_of, view_of
from jcflow.web.conflicts import conflict_page
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.labels import CHOICE_LABELS
from jcflow.web.programme_pages import load, page
from jcflow.web.step_up import Demand
from jcflow.web.steps import check_about, typed_version
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

pages = Blueprint("votes", __name__)
"""The room of the ballot; the pages of its members stand in `votes`."""

REENTERED = "Die Eintragung wurde inzwischen geändert. Sehen Sie sie noch einmal an."


@pages.get("/programmes/<slug>/vote/enter")
@open_to(Role.STAFF)
def enter(slug: str) -> ResponseReturnValue:
    """Enter a vote that was given in the meeting."""
    programme = load(slug)
    check_act(programme, "enter_vote", me().actor)
    return _enter_page(programme, {"elector": "", "choice": "", "reason": "", "given_on": ""}, {})


def _enter_page(programme: Programme, typed: dict[str, str], errors: dict[str, str]) -> str:
    session = db.session()
    ballot = ballot_of(programme)
    view = view_of(session, programme, ballot)
    return page(
        "votes/enter.html",
        programme,
        "Stimme aus der Sitzung eintragen",
        view=view,
        versions=[(f"version-{seat.elector_id}", seat.pending.version if seat.pending else 0) for seat in view.missing],
        electors=[(str(seat.elector_id), f"{seat.name}, {seat.carrier}") for seat in view.missing],
        choices=[(choice.value, label) for choice, label in CHOICE_LABELS.items()],
        typed=typed,
        errors=errors,
    )


@pages.post("/programmes/<slug>/vote/enter")
@open_to(Role.STAFF, factor=Demand.VOTES)
def enter_vote(slug: str) -> ResponseReturnValue:
    """Enter it; it counts once a second person has confirmed it."""
    programme, session = load(slug), db.session()
    typed = Typed("elector", "choice", "reason", "given_on")
    try:
        check_act(programme, "enter_vote", me().actor)
        check_ballot(programme)
        seats = {str(e.id): e for e in ballots.electors_of(session, ballots.lock_ballot(session, programme))}
        typed.one_of("elector", seats, "Wählen Sie aus, wessen Stimme Sie eintragen.")
        typed.one_of("choice", set(Choice), "Wählen Sie „Ja“, „Nein“ oder „Enthaltung“ aus.")
        given_on = typed.day("given_on")
        scan = typed.upload("scan", missing="Laden Sie den unterschriebenen Beleg aus der Sitzung als Datei hoch.")
        typed.check()
        assert scan is not None
        person_id = seats[typed.values["elector"]].person_id
        given = InMeeting(given_on, me().person.id)
        with acting(session, programme, "enter_vote", actor=me().actor, at=moment(), on_behalf_of=person_id) as deed:
            vote = casting.enter_vote(
                session,
                programme,
                person_id,
                choice=Choice(typed.values["choice"]),
                reason=typed.values["reason"],
                meeting=given,
                version=typed_version(f"version-{typed.values['elector']}"),
                deed=deed,
            )
            store(session, programme, scan, subject_type="vote", subject_id=vote.id, deed=deed, kind="scan")
    except BadInput as error:
        transaction.restart()
        return _enter_page(load(slug), typed.values, _fields(error)), 422
    except Stale as stale:
        return vote_conflict(stale, f"version-{typed.values['elector']}"), 409
    flash("Die Stimme ist eingetragen. Sie zählt, sobald eine zweite Person sie bestätigt.", "success")
    return redirect(url_for("votes.show", slug=slug), 303)


def check_ballot(programme: Programme) -> None:
    """Refuse a form that was opened for another ballot than the one that runs now."""
    check_about(
        "ballot",
        ballot_of(programme).id,
        "Die Abstimmung, für die diese Seite geöffnet wurde, gilt nicht mehr. "
        "Lesen Sie die Fassung, über die jetzt abgestimmt wird. Öffnen Sie dann die Seite neu.",
    )


def vote_conflict(stale: Stale, version_field: str = "version") -> str:
    """The vote given here and the one given meanwhile, in words."""
    mine, theirs = (
        {**texts, "choice": CHOICE_LABELS[Choice(str(texts["choice"]))]} for texts in (stale.mine, stale.theirs)
    )
    return conflict_page(stale.put(mine, theirs), version_field=version_field)


def _fields(error: BadInput) -> dict[str, str]:
    """The sentences by field of the page: what is wrong with a file stands at the scan."""
    return {"scan" if name == "file" else name: sentence for name, sentence in error.problems.items()}


@pages.get("/programmes/<slug>/vote/entries/<uuid:vote_id>")
@open_to(Role.STAFF, Role.ASSEMBLY_MEMBER)
def entry(slug: str, vote_id: UUID) -> ResponseReturnValue:
    """An entered vote beside its scan, for the second person."""
    programme, session = load(slug), db.session()
    vote = _pending(programme, vote_id)
    seat = next(e for e in ballots.electors_of(session, ballot_of(programme)) if e.id == vote.elector_id)
    return page(
        "votes/entry.html",
        programme,
        "Eingetragene Stimme bestätigen",
        vote=vote,
        label=CHOICE_LABELS[vote.choice],
        people=names(session, {seat.person_id, vote.entered_by}),
        seat=seat,
        scans=files_of(session, programme, subjects=[vote.id]),
        own=vote.entered_by == me().person.id,
    )


def _pending(programme: Programme, vote_id: UUID) -> Vote:
    """An entered vote of the open ballot that waits for its second person."""
    vote = casting.vote(db.session(), programme, vote_id)
    check_act(programme, "confirm_vote", me().actor)
    if vote.counts or vote.elector_id not in casting.votes_of(db.session(), ballot_of(programme)):
        raise NotFound
    return vote


@pages.post("/programmes/<slug>/vote/entries/<uuid:vote_id>/confirm")
@open_to(Role.STAFF, Role.ASSEMBLY_MEMBER, factor=Demand.VOTES)
def confirm(slug: str, vote_id: UUID) -> ResponseReturnValue:
    """Confirm an entered vote; from now on it counts."""
    programme, session = load(slug), db.session()
    vote = _pending(programme, vote_id)
    if vote.version != typed_version():
        raise StepNotPossible("Stimme bestätigen", programme.current.label, [REENTERED])
    person_id = next(e.person_id for e in ballots.electors_of(session, ballot_of(programme)) if e.id == vote.elector_id)
    actor, fulfilled = me().actor, ("vote", person_id)
    with acting(
        session, programme, "confirm_vote", actor=actor, at=moment(), on_behalf_of=person_id, completes=fulfilled
    ) as deed:
        casting.confirm_vote(session, programme, vote, deed)
        notices.vote_given(session, programme, ballot_of(programme), deed)
    flash("Die Stimme ist bestätigt und zählt.", "success")
    return redirect(url_for("votes.show", slug=slug), 303)
