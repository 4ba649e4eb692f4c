"""Where a task, an act or a step is done."""

from __future__ import annotations

from flask import url_for
from sqlalchemy.orm import Session

from jcflow.amendments.procedures import ACT
from jcflow.programmes.programme import Programme
from jcflow.tasks import Task

PLACES = {
    "opinion": "opinions.new",
    "enter_opinion": "opinions.enter",
    "confirm_opinion": "opinions.show",
    "answer": "opinions.show",
    "vote": "votes.form",
    "enter_vote": "votes.enter",
    "confirm_vote": "votes.show",
    "set_basis": "house_checks.basis",
    "sign_off": "house_checks.sign_off",
    "state_budget": "house_checks.state_budget",
    "accept_difference": "house_checks.state_budget",
    "set_targets": "house_checks.targets",
    "hand_to_land": "publication.hand_over",
    "publish": "publication.form",
    "unpublish": "publication.form",
    "conclude": "results.conclude",
    "cast": "results.cast",
    "record": "results.write",
    "enter_record": "results.enter_record",
    "confirm_record": "results.show_record",
    "enter_result": "results.enter_result",
    "report_measure": "measures.show",
}
"""Act or trigger to the page where it is done; every other step has the page of `steps.form`."""


def place_of(programme: Programme, name: str) -> str:
    """Address of the page where an act or step of a programme is done."""
    if name in PLACES:
        return url_for(PLACES[name], slug=programme.slug)
    return url_for("steps.form", slug=programme.slug, trigger=name)


def place_of_task(programme: Programme, task: Task) -> str:
    """Address of the page where a task of a programme is done; that of an amendment has the amendment's own."""
    if str(task.act).startswith(ACT):
        return url_for("amendments.one", slug=programme.slug, amendment_id=task.subject_id)
    return place_of(programme, str(task.act or task.step))


def link_of(session: Session, task: Task) -> str:
    """Address of the page where a task is done."""
    programme = session.get_one(Programme, task.programme_id)
    return place_of_task(programme, task)
