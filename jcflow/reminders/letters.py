"""Writing a mail at the moment it is sent: whether there is still a reason for it, and then in which words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from jcflow.accounts.absences import Absence
from jcflow.accounts.mail_wishes import pauses_of
from jcflow.accounts.people import names, roles_of
from jcflow.accounts.role_names import ROLE_NAMES
from jcflow.accounts.substitutes import Substitute
from jcflow.clock import BERLIN, local_day
from jcflow.database import EVERY_JOBCENTER, serve
from jcflow.mail.access import opens
from jcflow.mail.holding import NotYet
from jcflow.mail.offices import office_of
from jcflow.mail.outbox import ACCESS, MORNING, PERSONAL, TO_THE_END, Mail, MailState, Occasion
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme
from jcflow.reminders import items
from jcflow.reminders.composing import Sender, composed
from jcflow.reminders.items import BECAUSE, Item
from jcflow.reminders.wording import days_left, in_a_row
from jcflow.tasks import Task, all_open

WEEK = timedelta(days=7)
MOST_LISTED = 200
"""Open tasks a weekly summary looks at."""

NEWS = frozenset({Occasion.OPINION_NEW, Occasion.PUBLISHED, Occasion.WEEKLY})
"""What somebody who has paused mails does not get."""


class Rendered(NamedTuple):
    """A mail ready to be sent."""

    subject: str
    text: str
    html: str


@dataclass
class Letters:
    """Writes the mails of one tick; every link in them begins with the site's address."""

    base_url: str
    at: datetime
    batch: Collection[UUID] = ()
    """Mails that will be written with one look at the data; what they are about is asked for at once."""
    _said: dict[UUID, list[Row[Any]]] = field(default_factory=dict)
    _pauses: dict[UUID, date] | None = None

    def render(self, session: Session, mail: Mail) -> Rendered | None:
        """The mail as it is to be sent now; None: there is no reason for it any more.

        The session serves the mail's Jobcenter from then on.

        Raises:
            NotYet: Its reader has paused what it is.
        """
        serve(session, mail.jobcenter_id)
        facts = self._facts(session, mail)
        if facts is None:
            return None
        template, values = facts
        greeting = f"Guten Tag {mail.name}," if mail.name else "Guten Tag,"
        return Rendered(*composed(template, values, greeting, self._sender(session)))

    @property
    def _today(self) -> date:
        return local_day(self.at)

    def _facts(self, session: Session, mail: Mail) -> tuple[str, Mapping[str, object]] | None:
        """The template and what it is told."""
        template = mail.occasion.value
        if mail.occasion in PERSONAL and not opens(session, mail, self.at):
            return None
        if mail.occasion in ACCESS:
            return template, {"house": self._sender(session).house, **mail.facts}
        if mail.occasion is Occasion.CHECKPOINT:
            house = {"house": self._sender(session).house}
            return template, {**house, **_of_programme(session, mail.programme_id), **mail.facts}
        if mail.person_id is None or not self._concerns(session, mail, mail.person_id):
            return None
        if mail.occasion is Occasion.WEEKLY:
            found = self._week(session, mail, mail.person_id)
        elif mail.occasion is Occasion.CONCLUDE and "complete" not in mail.facts:
            # The time for votes is over: only as long as the deadline is still the one that was planned for.
            said = items.items_of(session, self._said_in(session, mail), mail.person_id, self._today)
            found = {**_of_item(said[0]), "complete": False} if said else None
        elif mail.occasion in {Occasion.CONCLUDE, Occasion.DEADLINE_MOVED}:
            found = self._about_task(session, mail, mail.person_id)
        elif mail.occasion is Occasion.SUBSTITUTION:
            is_over = date.fromisoformat(mail.facts["last_on"]) < self._today
            found = dict(mail.facts) if not is_over and _still_holds(session, mail) else None
        elif mail.occasion in _BY_LEDGER:
            return self._from_ledger(session, mail, mail.person_id)
        else:
            found = dict(mail.facts)
        return None if found is None else (template, {**_of_programme(session, mail.programme_id), **found})

    def _concerns(self, session: Session, mail: Mail, person_id: UUID) -> bool:
        """Whether the person still belongs to the house and wants what is no more than news.

        Raises:
            NotYet: The person wants it, but not today.
        """
        if (mail.occasion in NEWS or is_held(mail)) and mail.address:
            paused_until = self._pauses_of(session, person_id).get(person_id)
            if paused_until is not None and mail.occasion in NEWS:
                return False
            if paused_until is not None:
                raise NotYet(datetime.combine(paused_until + timedelta(days=1), MORNING, BERLIN))
        # Who took part hears of the result even if the term has ended since.
        day = local_day(mail.created_at) if mail.occasion in TO_THE_END else self._today
        return mail.occasion in _BY_LEDGER or bool(roles_of(session, person_id, day))

    def _pauses_of(self, session: Session, person_id: UUID) -> Mapping[UUID, date]:
        """The pauses of all readers of the batch, or of this one."""
        if not self.batch:
            return pauses_of(session, [person_id], self._today)
        if self._pauses is None:
            readers = select(Mail.person_id).where(Mail.id.in_(self.batch)).distinct()
            found = session.scalars(readers, execution_options=EVERY_JOBCENTER)
            self._pauses = pauses_of(session, [reader for reader in found if reader], self._today)
        return self._pauses

    def _from_ledger(self, session: Session, mail: Mail, person_id: UUID) -> tuple[str, Mapping[str, object]] | None:
        found = items.items_of(session, self._said_in(session, mail), person_id, self._today)
        if not found:
            return None
        because = in_a_row(list(dict.fromkeys(item.because for item in found)))
        if mail.occasion is not Occasion.REMINDER:
            return mail.occasion.value, {**_of_programme(session, mail.programme_id), **_of_item(found[0])}
        late = sum(item.is_late for item in found)
        place = "/tasks" if any(item.is_mine for item in found) else "/deadlines"
        return mail.occasion.value, {"items": [_of_item(i) for i in found], "late": late, "because": because} | {
            "place": place
        }

    def _said_in(self, session: Session, mail: Mail) -> list[Row[Any]]:
        """What it is about; a copy is about what was said before, and what has come up since."""
        wanted = {mail.id, *mail.origins}
        if mail.origins or mail.id not in self.batch:
            found = items.said_in(session, wanted)
            return sorted((row for rows in found.values() for row in rows), key=lambda row: (row.due_on, row.label))
        if not self._said:
            self._said = items.said_in(session, self.batch)
        return self._said[mail.id]

    def _about_task(self, session: Session, mail: Mail, person_id: UUID) -> dict[str, object] | None:
        item = items.item_of(session, mail.task_id, person_id, self._today) if mail.task_id else None
        if item is None or mail.facts.get("new_on", item.due_on.isoformat()) != item.due_on.isoformat():
            return None
        return {**_of_item(item), **mail.facts}

    def _week(self, session: Session, mail: Mail, person_id: UUID) -> dict[str, object] | None:
        """What is late and due within a week; a summary that waited for another week's says nothing more."""
        if local_day(mail.not_before) <= self._today - WEEK:
            return None
        roles = roles_of(session, person_id, self._today) & {Role.MANAGING_DIRECTOR, Role.STAFF}
        found = [
            task for task in all_open(session, self._today, limit=MOST_LISTED) if task.due_on <= self._today + WEEK
        ]
        if not roles or not found:
            return None
        entries = _entries(session, found, self._today)
        return {
            "today": self._today,
            "late": [e for e in entries if e["due_on"] < self._today],  # type: ignore[operator]
            "soon": [e for e in entries if e["due_on"] >= self._today],  # type: ignore[operator]
            "because": BECAUSE[min(roles)],
        }

    def _sender(self, session: Session) -> Sender:
        """On whose behalf the served house's mails are written."""
        office = office_of(session, self._today)
        return Sender(office.jobcenter.name, office.contact, self.base_url)


def _still_holds(session: Session, mail: Mail) -> bool:
    """Whether somebody stands in for somebody as the mail says; or does so no more, and was told of it before."""
    absence, named = UUID(mail.facts["absence"]), mail.facts["named"]
    stands = [select(Absence.id).where(Absence.id == absence, Absence.removed.is_(False))]
    if named:
        stands.append(select(Substitute.id).where(Substitute.id == UUID(named), Substitute.removed.is_(False)))
    is_standing = all(session.scalar(question) is not None for question in stands)
    if not mail.facts["ended"]:
        return is_standing
    told = select(Mail.id).where(Mail.key == mail.facts["told"], Mail.state == MailState.SENT)
    return not is_standing and session.scalar(told) is not None


def is_held(mail: Mail) -> bool:
    """Whether a mail waits until its reader's pause is over: what planning would hold back too."""
    is_planned = mail.occasion is Occasion.CONCLUDE and "complete" not in mail.facts
    return is_planned or mail.occasion in {Occasion.TASK, Occasion.REMINDER}


_BY_LEDGER = frozenset(
    {Occasion.TASK, Occasion.CONSULTATION, Occasion.BALLOT, Occasion.BALLOT_CHANGED, Occasion.REMINDER}
)
"""Mails whose reasons stand in the ledger of reminders."""

_SPOKEN = (
    "task_id",
    "label",
    "programme",
    "due_on",
    "because",
    "remind_on",
    "is_mine",
    "whose",
    "in_place_of",
    "thing",
    "heading",
    "button",
    "help",
    "consequence",
    "is_late",
    "left",
)


def _of_item(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in _SPOKEN}


def _of_programme(session: Session, programme_id: UUID | None) -> dict[str, object]:
    if programme_id is None:
        return {}
    columns = (Programme.title, Programme.period_from, Programme.period_to)
    row = session.execute(select(*columns).where(Programme.id == programme_id)).one()
    years = dict.fromkeys((row.period_from.year, row.period_to.year))
    period = f"Programm {'–'.join(str(year) for year in years)}"
    return {"programme": row.title, "period": period, "programme_id": programme_id}


def _entries(session: Session, found: list[Task], today: date) -> list[dict[str, object]]:
    """One entry for each deadline, whoever has to keep it."""
    titles = {
        row[0]: row[1]
        for row in session.execute(
            select(Programme.id, Programme.title).where(Programme.id.in_({task.programme_id for task in found}))
        )
    }
    people = names(session, [task.person_id for task in found])
    entries: list[dict[str, object]] = []
    for (due_on, programme_id, role, label), same in groupby(
        found, key=lambda t: (t.due_on, t.programme_id, t.role, t.label)
    ):
        own = sorted(people[task.person_id] for task in same if task.person_id in people)
        whose = in_a_row(own) or ROLE_NAMES[role].partition(" ")[2]
        entries.append(
            {
                "label": label,
                "whose": whose,
                "programme": titles[programme_id],
                "due_on": due_on,
                "left": days_left(due_on, today),
            }
        )
    return entries
