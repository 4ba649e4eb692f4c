"""The tasks a mail is about, as they are at the moment of sending; whatever has settled itself is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from jcflow.accounts.absences import acting_for
from jcflow.accounts.closed_days import house_days
from jcflow.accounts.people import Membership, holders, names, roles_of
from jcflow.accounts.substitutes import Substitute
from jcflow.database import EVERY_JOBCENTER
from jcflow.procedure import Role, TaskRule
from jcflow.programmes.programme import Programme
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.stages import OPEN, Stage, rule_of, stages_of
from jcflow.reminders.wording import days_left, in_a_row
from jcflow.tasks import Task

BECAUSE: Mapping[Role, str] = {
    Role.MANAGING_DIRECTOR: "Sie zur Geschäftsführung gehören",
    Role.EDITOR: "Sie am Programm mitschreiben",
    Role.EQUAL_OPPORTUNITY_OFFICER: "Sie die Chancengleichheit prüfen",
    Role.BUDGET_OFFICER: "Sie den Haushalt prüfen",
    Role.BOARD_MEMBER: "Sie Mitglied des Beirats sind",
    Role.ASSEMBLY_MEMBER: "Sie Mitglied der Trägerversammlung sind",
    Role.ASSEMBLY_CHAIR: "Sie den Vorsitz der Trägerversammlung führen",
    Role.STAFF: "Sie zum Gremienbüro gehören",
    Role.AUDITOR: "Sie zur Revision gehören",
    Role.ADMIN: "Sie die Anwendung verwalten",
}
"""Why somebody is written to, as in "… weil …"."""

_THINGS = {"vote": "Ihre Stimme", "opinion": "Ihre Stellungnahme"}
_BUTTONS = {"vote": "Zur Abstimmung", "opinion": "Zur Stellungnahme"}
_CONSEQUENCES = {
    "vote": "zählt Ihre Stimme nicht.",
    "opinion": "geht das Verfahren ohne Ihre Stellungnahme weiter.",
}
_HELP = {
    "vote": "Das dauert etwa 2 Minuten.",
    "opinion": (
        "Das dauert etwa 10 Minuten. Wenn Sie sich nicht äußern möchten, wählen Sie „Keine Äußerung“. "
        "Dann erinnern wir Sie nicht mehr."
    ),
}


@dataclass(frozen=True)
class Item:
    """One open task, as a mail speaks of it."""

    task_id: UUID
    label: str
    act: str
    programme: str
    due_on: date
    today: date
    because: str
    remind_on: list[date]
    """The days on which the person will still be reminded."""
    is_mine: bool
    """Whether the person can do it, in the own right or in somebody's place."""
    whose: str
    """Whose task it is, where it is not the person's."""
    in_place_of: str
    """„ (in Vertretung von …)“, or empty."""

    @property
    def thing(self) -> str:
        """What is missing."""
        return _THINGS.get(self.act, f"„{self.label}“")

    @property
    def heading(self) -> str:
        """The first thing a reminder says."""
        if self.is_late:
            return f"Die Frist ist abgelaufen: {self.thing}"
        return f"{self.thing} fehlt noch" if self.act in _THINGS else f"Noch offen: {self.label}"

    @property
    def button(self) -> str:
        """Where the link leads."""
        return _BUTTONS.get(self.act, "Zur Aufgabe") if self.is_mine else "Zu den Einzelheiten"

    @property
    def help(self) -> str:
        """What makes it easier."""
        return _HELP.get(self.act, "Wenn Sie dabei Hilfe brauchen, melden Sie sich bei uns.")

    @property
    def consequence(self) -> str:
        """What happens without it, after „Dann“."""
        if not self.is_mine:
            return ""
        return _CONSEQUENCES.get(self.act, "geht das Verfahren an dieser Stelle nicht weiter.")

    @property
    def is_late(self) -> bool:
        """Whether the deadline is over."""
        return self.due_on < self.today

    @property
    def left(self) -> str:
        """How far it is to the deadline."""
        return days_left(self.due_on, self.today)


_TASKS: tuple[Any, ...] = (
    Task.id,
    Task.programme_id,
    Task.state,
    Task.role,
    Task.person_id,
    Task.act,
    Task.step,
    Task.label,
    Task.due_on,
    Task.due_version,
    Task.done_at,
    Task.paused,
    Programme.title,
    Programme.workflow_key,
    Programme.workflow_version,
)
_SAID: Select[Any] = (
    select(Reminder.mail_id, Reminder.stage, Reminder.due_version.label("said_version"), *_TASKS)
    .join(Task, Task.id == Reminder.task_id)
    .join(Programme, Programme.id == Task.programme_id)
    .where(Reminder.mail_id.in_(bindparam("mail_ids", expanding=True)))
    .order_by(Task.due_on, Task.label, Task.id, Reminder.due_on)
)
_ONE: Select[Any] = (
    select(*_TASKS).join(Programme, Programme.id == Task.programme_id).where(Task.id == bindparam("task_id"))
)


def said_in(session: Session, mail_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """Mail, of whichever Jobcenter, to what the ledger says it is about, for `items_of`."""
    found: dict[UUID, list[Row[Any]]] = {mail_id: [] for mail_id in mail_ids}
    for row in session.execute(_SAID, {"mail_ids": list(mail_ids)}, execution_options=EVERY_JOBCENTER):
        found[row.mail_id].append(row)
    return found


def items_of(session: Session, said: Iterable[Row[Any]], person_id: UUID, today: date) -> list[Item]:
    """What of a mail still concerns its recipient, the oldest deadline first; each task once."""
    valid = [row for row in said if row.done_at is None and _still_said(row)]
    found: dict[UUID, Item] = {}
    for row in valid:
        item = _Look(session, person_id, today).at(row, row.stage)
        if item is not None:
            found[row.id] = item
    return list(found.values())


def item_of(session: Session, task_id: UUID, person_id: UUID, today: date) -> Item | None:
    """One task, while it is open and the person's."""
    row = session.execute(_ONE, {"task_id": task_id}).one_or_none()
    return None if row is None or row.done_at is not None else _Look(session, person_id, today).at(row, OPEN)


def _still_said(row: Row[Any]) -> bool:
    """Whether the deadline a stage was about is still the task's."""
    return row.stage == OPEN or (row.said_version == row.due_version and not row.paused)


class _Look:
    """How a task concerns one person on a day."""

    def __init__(self, session: Session, person_id: UUID, today: date) -> None:
        self._session, self._person_id, self._today = session, person_id, today

    def at(self, row: Row[Any], stage: str) -> Item | None:
        """The task as the person's mail speaks of it; None where it does not concern the person any more."""
        rule = rule_of((row.workflow_key, row.workflow_version), row.state, row.role, row.act, row.step)
        stages = stages_of(rule, row.due_on, *house_days(self._session)) if rule else ()
        roles = roles_of(self._session, self._person_id, self._today)
        if row.role in roles and row.person_id in {None, self._person_id}:
            return self._item(row, BECAUSE[row.role], stages)
        replaced = self._replaced(row)
        if replaced is not None:
            name = names(self._session, [replaced])[replaced]
            return self._item(row, f"Sie {name} vertreten", stages, in_place_of=f" (in Vertretung von {name})")
        late = rule is not None and any(s.name == stage and s.escalates_to is not None for s in stages)
        if not late or rule is None:
            return None
        because = self._told_because(row, rule, roles)
        return self._item(row, because, (), whose=self._whose(row)) if because else None

    def _replaced(self, row: Row[Any]) -> UUID | None:
        """In whose place the person may do the task today."""
        standing = acting_for(self._session, self._person_id, self._today)
        fits = [s.membership.person_id for s in standing if row.role in s.roles]
        return next((each for each in fits if row.person_id in {None, each}), None)

    def _told_because(self, row: Row[Any], rule: TaskRule, roles: frozenset[Role]) -> str:
        if rule.escalate is not None and rule.escalate.to in roles:
            return BECAUSE[rule.escalate.to]
        for standing in acting_for(self._session, self._person_id, self._today):
            if rule.escalate is not None and rule.escalate.to in standing.roles:
                absent = standing.membership.person_id
                return f"Sie {names(self._session, [absent])[absent]} vertreten"
        mine = (Substitute.person_id == self._person_id) & Substitute.removed.is_(False)
        wanted = Role.ASSEMBLY_MEMBER if row.role is Role.ASSEMBLY_CHAIR else row.role
        question = select(Membership.person_id).join(Substitute, Substitute.membership_id == Membership.id)
        found = self._session.scalars(question.where(mine, Membership.role == wanted)).all()
        return "Sie als Vertretung benannt sind" if any(row.person_id in {None, each} for each in found) else ""

    def _whose(self, row: Row[Any]) -> str:
        ids = [row.person_id] if row.person_id else [m.person_id for m in self._holders(row.role)]
        return in_a_row(sorted(names(self._session, ids).values())) or "niemand"

    def _holders(self, role: Role) -> list[Membership]:
        return holders(self._session, role, self._today)

    def _item(
        self, row: Row[Any], because: str, stages: tuple[Stage, ...], *, whose: str = "", in_place_of: str = ""
    ) -> Item:
        return Item(
            task_id=row.id,
            label=row.label,
            act=row.act or row.step,
            programme=row.title,
            due_on=row.due_on,
            today=self._today,
            because=because,
            remind_on=sorted({s.on for s in stages if self._today < s.on <= row.due_on}),
            is_mine=not whose,
            whose=whose,
            in_place_of=in_place_of,
        )
