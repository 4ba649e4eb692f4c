"""All page groups of the site, in one place."""

from __future__ import annotations

from flask import Flask

from jcflow.web import (
    account,
    admin,
    answers,
    blocks,
    budget,
    calendar,
    chapters,
    closed_days,
    deadline_moves,
    deadlines,
    feed,
    files,
    history,
    house_checks,
    login,
    opinions,
    pages,
    planning,
    programmes,
    public,
    publication,
    registers,
    reminding,
    results,
    steps,
    tasks,
    text,
    topics,
    trail,
    versions,
    votes,
)


def register(app: Flask) -> None:
    """Add every page group to the app."""
    for room in (
        account,
        admin,
        answers,
        blocks,
        budget,
        calendar,
        chapters,
        closed_days,
        deadline_moves,
        deadlines,
        feed,
        files,
        history,
        house_checks,
        login,
        opinions,
        pages,
        planning,
        programmes,
        public,
        publication,
        registers,
        reminding,
        results,
        steps,
        tasks,
        text,
        topics,
        trail,
        versions,
        votes,
    ):
        app.register_blueprint(room.pages)
