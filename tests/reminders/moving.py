"""Moving a deadline as the Gremienbüro does."""

from __future__ import annotations

from datetime import date

from jcflow import tasks
from jcflow.deadlines import moving
from tests.factories import House


def move(house: House, act: str, new_on: date) -> None:
    """Move the deadline of an act or step of the programme, with what follows from it."""
    open_now = tasks.open_of(house.session, house.programme, house.today)
    task = next(task for task in open_now if act in {task.act, task.step})
    chosen = moving.deadlines_of(house.session, [task.id], house.today, lock=True)
    shifts = moving.shifts_to(house.session, chosen, new_on, house.today)
    moving.move(house.session, shifts, house.deed("buero", "Zwei Mitglieder sind im Urlaub."))
