"""Questions to the database that a page asks once, however many parts of it need the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

P = ParamSpec("P")
R = TypeVar("R")


def remember(session: Session) -> None:
    """Ask every question marked `once` only once until the transaction ends; for sessions that write nothing."""
    session.info["answers"] = {}


@contextmanager
def remembering(session: Session) -> Iterator[None]:
    """Ask every question marked `once` only once within the block, which writes nothing they are about."""
    if "answers" in session.info:
        yield
        return
    remember(session)
    try:
        yield
    finally:
        session.info.pop("answers", None)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop("answers", None)


def once(question: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[Session, P], R]:
    """Mark a question whose answer may be remembered.

    All who ask in a session that remembers get the very same answer and leave it unchanged. Arguments are hashable.
    """

    @wraps(question)
    def ask(session: Session, /, *args: P.args, **named: P.kwargs) -> R:
        answers: dict[object, R] | None = session.info.get("answers")
        if answers is None:
            return question(session, *args, **named)
        key = _key(question, session, args, named)
        if key not in answers:
            answers[key] = question(session, *args, **named)
        return answers[key]

    return ask


def answered(session: Session, question: Callable[..., R], answer: R, *args: object) -> None:
    """Remember the answer to a question that another question has answered along with its own."""
    answers: dict[object, R] | None = session.info.get("answers")
    if answers is not None:
        answers[_key(question, session, args, {})] = answer


def _key(
    question: Callable[..., object], session: Session, args: tuple[object, ...], named: Mapping[str, object]
) -> object:
    house = session.info.get("jobcenter_id")
    return question.__module__, question.__qualname__, house, args, tuple(sorted(named.items()))
