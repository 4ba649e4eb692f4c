"""Letters about tasks, for people without an address, that nobody has printed yet."""

from __future__ import annotations

from sqlalchemy import CursorResult, select, text, update
from sqlalchemy.orm import Session

from jcflow.database import Base
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.stages import OPEN
from jcflow.tasks import Task

_MAIL, _SAID, _TASK = (Base.metadata.tables[kind.__tablename__] for kind in (Mail, Reminder, Task))
# As the partial index has it, so that a tick with nothing to do looks into it alone.
_LETTER = text("mail.state IN ('refused', 'dead', 'letter') AND mail.state = 'letter'")
_ABOUT = (Occasion.TASK, Occasion.CONSULTATION, Occasion.BALLOT, Occasion.BALLOT_CHANGED, Occasion.REMINDER)
_OWED = (
    select(_SAID.c.id)
    .join(_TASK, _TASK.c.id == _SAID.c.task_id)
    .where(_SAID.c.mail_id == _MAIL.c.id, _TASK.c.done_at.is_(None))
    .where((_SAID.c.stage == OPEN) | (_SAID.c.due_version == _TASK.c.due_version))
)
_SAID_AT_ALL = select(_SAID.c.id).where(_SAID.c.mail_id == _MAIL.c.id).exists()
_SETTLED = _MAIL.c.occasion.in_(_ABOUT) & _SAID_AT_ALL & ~_OWED.exists()


def drop_settled(session: Session) -> int:
    """Take back the letters of all Jobcenters whose tasks are done or have another deadline; returns how many."""
    values = {"state": MailState.CANCELLED, "problem": "Der Anlass hat sich erledigt."}
    done: CursorResult[object] = session.connection().execute(update(_MAIL).where(_LETTER, _SETTLED).values(values))
    return done.rowcount
