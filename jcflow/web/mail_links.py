"""Where the links of mails lead: to a page that is to be found there today. Looking changes nothing."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jcflow import tasks
from jcflow.errors import NotFound
from jcflow.opinions.board import Opinion, opinions_of
from jcflow.programmes.programme import Programme
from jcflow.web.database import db
from jcflow.web.guard import open_to_signed_in
from jcflow.web.task_links import link_of
from jcflow.web.visitors import me

pages = Blueprint("mail_links", __name__)


@pages.get("/go/task/<uuid:task_id>")
@open_to_signed_in
def task(task_id: UUID) -> ResponseReturnValue:
    """The page where a task is done; once it is done, its programme."""
    found = tasks.known(db.session(), task_id)
    if found is None:
        raise NotFound
    if found.done_at is not None or not me().owes(found.role, found.person_id):
        return _programme(found.programme_id)
    return redirect(link_of(db.session(), found), 303)


@pages.get("/go/programme/<uuid:programme_id>")
@open_to_signed_in
def programme(programme_id: UUID) -> ResponseReturnValue:
    """The programme, under whatever address it has by now."""
    return _programme(programme_id)


@pages.get("/go/ballot/<uuid:programme_id>")
@open_to_signed_in
def ballot(programme_id: UUID) -> ResponseReturnValue:
    """How far the vote has come."""
    return redirect(url_for("votes.show", slug=_known(programme_id).slug), 303)


@pages.get("/go/opinion/<uuid:opinion_id>")
@open_to_signed_in
def opinion(opinion_id: UUID) -> ResponseReturnValue:
    """An opinion, and what was answered to it."""
    given = db.session().scalar(select(Opinion).where(Opinion.id == opinion_id))
    if given is None:
        raise NotFound
    return redirect(url_for("opinions.done", slug=_known(given.programme_id).slug, opinion_id=opinion_id), 303)


@pages.get("/go/answers/<uuid:programme_id>")
@open_to_signed_in
def answers(programme_id: UUID) -> ResponseReturnValue:
    """What was answered to the visitor's own opinion."""
    found = _known(programme_id)
    own = [o.id for o in opinions_of(db.session(), found) if o.person_id == me().person.id]
    if not own:
        return _programme(programme_id)
    return redirect(url_for("opinions.show", slug=found.slug), 303)


def _known(programme_id: UUID) -> Programme:
    found = db.session().scalar(select(Programme).where(Programme.id == programme_id))
    if found is None:
        raise NotFound
    return found


def _programme(programme_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("programmes.show", slug=_known(programme_id).slug), 303)
