"""Opinions of the advisory board: give, change, withdraw and read them."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import tasks
from jcflow.accounts.people import Membership, holders
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotAllowed, NotFound, Stale, TooLarge
from jcflow.opinions import board
from jcflow.opinions.board import Opinion, Stance
from jcflow.opinions.rounds import consulted_version
from jcflow.procedure import Role
from jcflow.process import notices
from jcflow.process.acts import acting, may_act
from jcflow.programmes.files import files_of, store
from jcflow.programmes.programme import Programme, check_version
from jcflow.programmes.versions import Version
from jcflow.web.conflicts import conflict_page
from jcflow.web.database import db
from jcflow.web.guard import READERS, open_to
from jcflow.web.opinion_forms import (
    MOST_POINTS,
    STANCES,
    TypedOpinion,
    both_in_words,
    field_order,
    opinion_as_typed,
    references_of,
    typed_opinion,
)
from jcflow.web.opinion_list import belonging, board_view
from jcflow.web.paper_opinions import pages, receipt
from jcflow.web.programme_pages import load, page
from jcflow.web.since_spoken import since_opinion
from jcflow.web.steps import check_about, typed_version
from jcflow.web.typed import Typed
from jcflow.web.undo import undone
from jcflow.web.visitors import me, moment


@pages.get("/programmes/<slug>/opinions")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """All opinions with their answers, and what is still to be done about them."""
    programme, status = load(slug), request.args.get("status", "")
    view = board_view(programme, status if status in {"open", "answered"} else "")
    return page("opinions/show.html", programme, "Stellungnahmen", view=view, since=since_opinion(programme))


@pages.get("/programmes/<slug>/opinions/new")
@open_to(Role.BOARD_MEMBER)
def new(slug: str) -> ResponseReturnValue:
    """Write an opinion, or change the one given before."""
    programme, session = load(slug), db.session()
    if not may_act(programme, "opinion", me().actor):
        return _closed(programme, TypedOpinion()), 409
    known = _mine(programme)
    points = board.points_of(session, programme).get(known.id, []) if known else []
    return _form(programme, opinion_as_typed(known, points), {})


def _version(programme: Programme) -> Version:
    version = consulted_version(db.session(), programme)
    if version is None:
        raise NotFound
    return version


def _mine(programme: Programme) -> Opinion | None:
    """The visitor's opinion on the version put before the board, withdrawn or not."""
    return board.opinion_by(db.session(), _version(programme), me().acting_as(Role.BOARD_MEMBER))


def _form(programme: Programme, typed: TypedOpinion, errors: dict[str, str]) -> str:
    session, version, known = db.session(), _version(programme), _mine(programme)
    return page(
        "opinions/new.html",
        programme,
        "Stellungnahme",
        version=version,
        known=known if known and not known.withdrawn and known.stance is not Stance.SILENT else None,
        row_version=known.version if known else 0,
        files=belonging(known, files_of(session, programme, subjects=[known.id])) if known else [],
        due_on=tasks.due_of(session, programme, "opinion"),
        stances=STANCES,
        references=list(references_of(version).items()),
        typed=typed,
        most_points=MOST_POINTS,
        since=since_opinion(programme),
        order=field_order(),
        errors=errors,
    )


def _closed(programme: Programme, typed: TypedOpinion) -> str:
    """The consultation does not run; what was typed stands on the page, so that it can be taken along."""
    version = consulted_version(db.session(), programme)
    known = references_of(version) if version else {}
    lost = [(known.get(p.about, ""), p.text) for p in typed.points if p.text.strip()]
    return page("opinions/closed.html", programme, "Stellungnahme", begun=version is not None, lost=lost)


@pages.post("/programmes/<slug>/opinions/new/points")
@open_to(Role.BOARD_MEMBER, one_time=False)
def more_points(slug: str) -> ResponseReturnValue:
    """Room for one more point; nothing is kept yet."""
    programme, typed = load(slug), typed_opinion()
    if not may_act(programme, "opinion", me().actor):
        return _closed(programme, typed), 409
    return _form(programme, typed.with_another(), {})


@pages.post("/programmes/<slug>/opinions/new")
@open_to(Role.BOARD_MEMBER)
def submit(slug: str) -> ResponseReturnValue:
    """Give the opinion; late is allowed as long as the consultation is not closed."""
    programme, typed = load(slug), typed_opinion().written()
    if not may_act(programme, "opinion", me().actor):
        return _closed(programme, typed), 409
    _check_version_read(programme)
    try:
        given = _give(programme, typed)
    except (BadInput, TooLarge) as error:
        return _form(programme, typed, undone(error)), error.status
    except Stale as stale:
        return _conflict(programme, typed, stale), 409
    return redirect(url_for("opinions.done", slug=slug, opinion_id=given.id), 303)


def _check_version_read(programme: Programme) -> None:
    check_about(
        "on",
        _version(programme).id,
        "Inzwischen liegt dem Beirat eine andere Fassung vor. Lesen Sie sie, und äußern Sie sich dann zu ihr.",
    )


def _give(programme: Programme, typed: TypedOpinion) -> Opinion:
    session, version = db.session(), _version(programme)
    stance, points = typed.said(references_of(version))
    upload, row_version = Typed().upload("file"), typed_version()
    with acting(session, programme, "opinion", actor=me().actor, at=moment()) as deed:
        given = board.give(
            session, programme, version, _membership(), stance=stance, points=points, version=row_version, deed=deed
        )
        if upload:
            store(session, programme, upload, subject_type="opinion", subject_id=given.id, deed=deed)
        notices.opinion_given(session, programme, given, len(points), deed)
    return given


def _membership() -> Membership:
    """The seat the visitor speaks from."""
    seats = holders(db.session(), Role.BOARD_MEMBER, local_day(moment()))
    return next(seat for seat in seats if seat.person_id == me().acting_as(Role.BOARD_MEMBER))


def _conflict(programme: Programme, typed: TypedOpinion, stale: Stale) -> str:
    known = _mine(programme)
    assert known is not None
    points = board.points_of(db.session(), programme).get(known.id, [])
    again = url_for("opinions.more_points", slug=programme.slug)
    return conflict_page(both_in_words(stale, typed, known, points), form_again=again)


@pages.get("/programmes/<slug>/opinions/<uuid:opinion_id>/withdraw")
@open_to(Role.BOARD_MEMBER)
def confirm_withdrawal(slug: str, opinion_id: UUID) -> ResponseReturnValue:
    """What withdrawing means."""
    programme = load(slug)
    given = _own(programme, opinion_id)
    due_on = tasks.due_of(db.session(), programme, "opinion")
    return page("opinions/withdraw.html", programme, "Zurückziehen", opinion=given, due_on=due_on)


def _own(programme: Programme, opinion_id: UUID) -> Opinion:
    """The visitor's own opinion, while it stands."""
    given = board.opinion(db.session(), programme, opinion_id)
    if given.person_id != me().acting_as(Role.BOARD_MEMBER):
        raise NotAllowed("das Mitglied, das sich geäußert hat")
    if given.withdrawn or given.stance is Stance.SILENT:
        raise NotFound
    return given


@pages.post("/programmes/<slug>/opinions/<uuid:opinion_id>/withdraw")
@open_to(Role.BOARD_MEMBER)
def withdraw(slug: str, opinion_id: UUID) -> ResponseReturnValue:
    """Take the opinion back; the task is open again."""
    programme, session = load(slug), db.session()
    given = _own(programme, opinion_id)
    with acting(session, programme, "opinion", actor=me().actor, at=moment()) as deed:
        check_version(given, typed_version(), "Ihre Stellungnahme", {})
        board.withdraw(session, given, deed)
    tasks.reopen(session, programme, act="opinion", person_id=given.person_id, at=moment())
    return redirect(url_for("opinions.done", slug=slug, opinion_id=given.id), 303)


@pages.get("/programmes/<slug>/opinions/<uuid:opinion_id>/done")
@open_to(*READERS)
def done(slug: str, opinion_id: UUID) -> ResponseReturnValue:
    """What happened to an opinion last, and what comes next."""
    programme = load(slug)
    return receipt(programme, board.opinion(db.session(), programme, opinion_id))
