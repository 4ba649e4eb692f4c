"""The ballot of the carrier assembly: voting, with a check page, and who has voted."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.decisions import ballots, casting
from jcflow.decisions.ballots import Ballot, BallotState, Choice
from jcflow.decisions.casting import LONGEST_REASON, Vote
from jcflow.errors import BadInput, NotFound, Stale
from jcflow.procedure import Role
from jcflow.process import notices
from jcflow.process.acts import acting, check_act, may_act
from jcflow.programmes.programme import INSIDERS, Programme
from jcflow.web.ballot_views import BallotView, ballot_of, view_of
from jcflow.web.database import db
from jcflow.web.entered_votes import check_ballot, pages, vote_conflict
from jcflow.web.guard import open_to
from jcflow.web.labels import CHOICE_LABELS, RESULT_LABELS
from jcflow.web.programme_pages import load, page
from jcflow.web.since_spoken import since_vote
from jcflow.web.step_up import Demand
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

MEANINGS = {
    Choice.YES: "Ich stimme dem Programm zu.",
    Choice.NO: "Ich lehne das Programm ab.",
    Choice.ABSTAIN: "Ich stimme weder zu noch lehne ich ab. Die Enthaltung zählt für keine Seite.",
}
ROOM = (*sorted(INSIDERS), Role.ASSEMBLY_MEMBER, Role.ASSEMBLY_CHAIR)
"""Who sees that there is a ballot, and who has voted."""


@pages.get("/programmes/<slug>/vote")
@open_to(Role.ASSEMBLY_MEMBER)
def form(slug: str) -> ResponseReturnValue:
    """Vote, or change the vote given before."""
    programme = load(slug)
    ballot = ballots.current_ballot(db.session(), programme)
    if ballot is not None and ballot.state is BallotState.CONCLUDED:
        return redirect(url_for("votes.show", slug=slug), 303)
    view, known = _mine(programme)
    said = {"choice": known.choice.value, "reason": known.reason} if known else {"choice": "", "reason": ""}
    return _form(programme, view, known, said, {})


def _mine(programme: Programme) -> tuple[BallotView, Vote | None]:
    """The open ballot and the visitor's vote in it, if the visitor belongs to the electorate."""
    check_act(programme, "vote", me().actor)
    session, ballot = db.session(), ballot_of(programme)
    seat = ballots.elector(session, ballot, me().acting_as(Role.ASSEMBLY_MEMBER))
    return view_of(session, programme, ballot), casting.votes_of(session, ballot).get(seat.id)


def _form(
    programme: Programme, view: BallotView, known: Vote | None, typed: dict[str, str], errors: dict[str, str]
) -> str:
    return page(
        "votes/form.html",
        programme,
        "Abstimmung",
        view=view,
        known=known,
        known_choice=CHOICE_LABELS[known.choice] if known else "",
        choices=[(choice.value, label, MEANINGS[choice]) for choice, label in CHOICE_LABELS.items()],
        limit=LONGEST_REASON,
        since=since_vote(programme),
        typed=typed,
        errors=errors,
    )


def _said() -> tuple[Choice, str]:
    typed = Typed("choice", "reason")
    typed.one_of("choice", set(Choice), "Wählen Sie „Ja“, „Nein“ oder „Enthaltung“ aus.")
    if len(typed.values["reason"]) > LONGEST_REASON:
        typed.problems["reason"] = "Kürzen Sie die Begründung auf höchstens 5.000 Zeichen."
    typed.check()
    return Choice(typed.values["choice"]), typed.values["reason"].strip()


@pages.post("/programmes/<slug>/vote/check")
@open_to(Role.ASSEMBLY_MEMBER, one_time=False)
def check(slug: str) -> ResponseReturnValue:
    """The choice once more before it counts."""
    programme = load(slug)
    view, known = _mine(programme)
    check_ballot(programme)
    typed = {name: request.form.get(name, "") for name in ("choice", "reason")}
    if "edit" in request.form:
        return _form(programme, view, known, typed, {})
    try:
        choice, reason = _said()
    except BadInput as error:
        return _form(programme, view, known, typed, error.problems), 422
    label, version = CHOICE_LABELS[choice], typed_version()
    return page(
        "votes/check.html", programme, "Prüfen", view=view, choice=choice, label=label, reason=reason, version=version
    )


@pages.post("/programmes/<slug>/vote")
@open_to(Role.ASSEMBLY_MEMBER, factor=Demand.VOTES)
def cast(slug: str) -> ResponseReturnValue:
    """Give the vote."""
    programme, session = load(slug), db.session()
    check_ballot(programme)
    try:
        choice, reason = _said()
        with acting(session, programme, "vote", actor=me().actor, at=moment()) as deed:
            casting.cast_vote(
                session,
                programme,
                me().acting_as(Role.ASSEMBLY_MEMBER),
                choice=choice,
                reason=reason,
                version=typed_version(),
                deed=deed,
            )
            notices.vote_given(session, programme, ballot_of(programme), deed)
    except BadInput as error:
        view, known = _mine(programme)
        typed = {name: request.form.get(name, "") for name in ("choice", "reason")}
        return _form(programme, view, known, typed, error.problems), 422
    except Stale as stale:
        return vote_conflict(stale), 409
    return redirect(url_for("votes.done", slug=slug), 303)


@pages.get("/programmes/<slug>/vote/done")
@open_to(Role.ASSEMBLY_MEMBER)
def done(slug: str) -> ResponseReturnValue:
    """The vote is in."""
    programme, session = load(slug), db.session()
    ballot = ballot_of(programme)
    seat = ballots.elector(session, ballot, me().acting_as(Role.ASSEMBLY_MEMBER))
    given = casting.votes_of(session, ballot).get(seat.id)
    if given is None or not given.counts:
        raise NotFound
    view, label = view_of(session, programme, ballot), CHOICE_LABELS[given.choice]
    return page("votes/done.html", programme, "Stimme abgegeben", view=view, vote=given, label=label)


@pages.get("/programmes/<slug>/vote/result")
@open_to(*ROOM)
def show(slug: str) -> ResponseReturnValue:
    """Who has voted; once the chair has concluded the ballot, how."""
    programme, session = load(slug), db.session()
    found = ballots.ballots_of(session, programme)
    ballot = ballots.current_ballot(session, programme)
    return page(
        "votes/show.html",
        programme,
        "Abstimmung",
        view=view_of(session, programme, ballot) if ballot else None,
        since=since_vote(programme),
        void=[b for b in found if b.state is BallotState.VOID],
        may_vote=_is_elector(programme, ballot),
        may_enter=may_act(programme, "enter_vote", me().actor),
        may_confirm=may_act(programme, "confirm_vote", me().actor),
        me_id=me().person.id,
        result_labels=RESULT_LABELS,
    )


def _is_elector(programme: Programme, ballot: Ballot | None) -> bool:
    if ballot is None or not may_act(programme, "vote", me().actor):
        return False
    return any(e.person_id == me().acting_as(Role.ASSEMBLY_MEMBER) for e in ballots.electors_of(db.session(), ballot))
