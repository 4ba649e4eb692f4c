"""How long what is kept, why, and what is due to go.

The periods are this table; what the law leaves open follows usual records practice. What proves a resolution is never
removed from here: once its period is over it is to be offered to the archive, which people do. Everything else goes in
portions, each one transaction with one erasure in the trail, so a run that is cut short is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, case, delete, func, or_, select
from sqlalchemy.orm import Session

from jcflow.accounts.devices import KnownDevice
from jcflow.accounts.form_tokens import FormToken
from jcflow.accounts.jobcenters import Jobcenter, Setting
from jcflow.accounts.links import AccountLink
from jcflow.accounts.people import Membership, Person
from jcflow.accounts.sign_in import Credential
from jcflow.audit.chain import AuditEvent
from jcflow.audit.erasing import PERSON, Erasure
from jcflow.audit.trail import Deed
from jcflow.clock import BERLIN, local_day
from jcflow.database import Tenant
from jcflow.mail.erasing import empty, is_aged
from jcflow.mail.outbox import Mail
from jcflow.opinions.board import Opinion
from jcflow.process.erasing import forget_duly, obstacles
from jcflow.process.kept_names import PART, WITHDRAWN, YEARS, named_until
from jcflow.process.withdrawn_opinions import Restated, erase_all, still_says, unsaid
from jcflow.programmes.presence import Presence
from jcflow.programmes.programme import Programme

PORTION = 500
"""How many rows one transaction removes at most."""
SINCE = "kept_since"
"""Name of the column from which a row's period counts, in what `Rule.old` selects."""
BUDGET_LAW = "ABestB-HKR, §§ 71, 75 BHO, KGSt-Bericht 4/2006; Angebot an das Archiv: § 5 BArchG"
SPARING = "Art. 5 Abs. 1 Buchstabe e DSGVO"

Removal = Callable[[Session, Sequence[Any], Deed], tuple[int, Restated]]
"""Removes rows; how many it could remove, and the audited ones with what is to be left of them."""


@dataclass(frozen=True)
class Rule:
    """One kind of record and how long it is kept."""

    key: str
    """As erasures in the trail name it."""
    label: str
    period: timedelta | int
    """Days, or whole years."""
    since: str
    """From when the period counts, in German."""
    source: str
    old: Callable[[date], Select[*tuple[Any, ...]]]
    """The rows from before a day, and from when each counts."""
    remove: Removal | None = None
    """None: people do it, who offer the records to the archive first."""

    @property
    def is_removed(self) -> bool:
        """Whether what is due may go from here."""
        return self.remove is not None

    def before(self, today: date) -> date:
        """The first day whose records are still kept."""
        if isinstance(self.period, timedelta):
            return today - self.period
        # Whoever counts from 29 February counts from the first of March.
        leap = (today.month, today.day) == (2, 29)
        return date(today.year - self.period, 3, 1) if leap else today.replace(year=today.year - self.period)


@dataclass(frozen=True)
class Due:
    """What is older than its period."""

    rule: Rule
    count: int
    oldest: date | None


def due(session: Session, today: date) -> list[Due]:
    """What is due in the Jobcenter that the session serves, by rule."""
    found = []
    for rule in RULES:
        rows = rule.old(rule.before(today)).subquery()
        count, oldest = session.execute(select(func.count(), func.min(rows.c[SINCE])).select_from(rows)).one()
        found.append(Due(rule, count, local_day(oldest) if isinstance(oldest, datetime) else oldest))
    return found


def remove_portion(session: Session, house: Jobcenter, rule: Rule, deed: Deed) -> int:
    """Remove as much of what is due as one transaction should; returns how many rows, 0: nothing is left to remove.

    The caller has held the house.
    """
    if rule.remove is None:
        return 0
    day = rule.before(local_day(deed.at))
    rows = [row[0] for row in session.execute(rule.old(day).order_by(SINCE).limit(PORTION))]
    count, restated = rule.remove(session, rows, deed) if rows else (0, [])
    if count:
        session.flush()
        erasure = Erasure(
            jobcenter_id=house.id, kind=rule.key, emptied=[], count=count, before=day, at=deed.at, person_id=None
        )
        erase_all(session, deed, erasure, restated)
    return count


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN)


def _programmes(day: date) -> Select[*tuple[Any, ...]]:
    resolved = (Programme.state != WITHDRAWN) & (Programme.period_to < day)
    return select(Programme.id, Programme.period_to.label(SINCE)).where(resolved)


def _events(day: date) -> Select[*tuple[Any, ...]]:
    # Events are seen by every Jobcenter, its settings only by itself.
    question = select(AuditEvent.seq, AuditEvent.at.label(SINCE))
    own = question.join(Setting, Setting.jobcenter_id == AuditEvent.jobcenter_id)
    return own.where(AuditEvent.at < _begin(day))


def _drafts(day: date) -> Select[*tuple[Any, ...]]:
    withdrawn = (Programme.state == WITHDRAWN) & (Programme.entered_on < day)
    return select(Programme.id, Programme.entered_on.label(SINCE)).where(withdrawn)


def _opinions(day: date) -> Select[*tuple[Any, ...]]:
    question = select(Opinion, Programme.entered_on.label(SINCE))
    own = question.join(Programme, Programme.id == Opinion.programme_id)
    return own.where(Programme.entered_on < day, still_says())


def _unsaid(session: Session, rows: Sequence[Opinion], _deed: Deed) -> tuple[int, Restated]:
    return len(rows), unsaid(session, rows)


def _people(day: date, *, took_part: bool) -> Select[*tuple[Any, ...]]:
    own = Membership.person_id == Person.id
    until = select(func.max(Membership.valid_until)).where(own).scalar_subquery()
    lasts = select(Membership.id).where(own, or_(Membership.valid_until.is_(None), Membership.valid_until >= day))
    gone = select(Erasure.id).where(Erasure.person_id == Person.id, Erasure.kind == PERSON)
    part = named_until(PART).subquery()
    period = select(part.c.period).where(part.c.person_id == Person.id).scalar_subquery()
    wanted = until.is_not(None) & ~lasts.exists() & ~gone.exists()
    if not took_part:
        return select(Person, until.label(SINCE)).where(wanted, period.is_(None))
    since = case((period > until, period), else_=until)
    return select(Person, since.label(SINCE)).where(wanted, period < day)


def _forgotten(session: Session, rows: Sequence[Person], deed: Deed) -> tuple[int, Restated]:
    """Whoever still has a part in something is left until that is over."""
    today = local_day(deed.at)
    free = [somebody for somebody in rows if not obstacles(session, somebody, today, actor_id=None)]
    for somebody in free:
        forget_duly(session, somebody, deed)
    return len(free), []


def _mails(day: date) -> Select[*tuple[Any, ...]]:
    return select(Mail, Mail.created_at.label(SINCE)).where(is_aged(_begin(day)))


def _emptied(_session: Session, rows: Sequence[Mail], _deed: Deed) -> tuple[int, Restated]:
    empty(rows)
    return len(rows), []


def _invitations(day: date) -> Select[*tuple[Any, ...]]:
    return select(Credential, Credential.invitation_until.label(SINCE)).where(Credential.invitation_until < _begin(day))


def _void(_session: Session, rows: Sequence[Credential], _deed: Deed) -> tuple[int, Restated]:
    for row in rows:
        row.invitation_hash = row.invitation_until = None
    return len(rows), []


def _deleted(session: Session, rows: Sequence[Tenant], _deed: Deed) -> tuple[int, Restated]:
    kind = type(rows[0])
    session.execute(delete(kind).where(kind.id.in_([row.id for row in rows])))
    return len(rows), []


PEOPLE = Rule(
    *("people", "Konten ohne Rolle, ohne Anteil an einem Programm", 3, "Ende der letzten Rolle", SPARING),
    *(lambda day: _people(day, took_part=False), _forgotten),
)
WITH_PART = Rule(
    *("people_with_part", "Namen in Programmen mit Beschluss, ihren Prüfungen und Änderungen", YEARS),
    "Ende der letzten Rolle und des letzten Zeitraums",
    f"{SPARING}; {BUDGET_LAW}",
    *(lambda day: _people(day, took_part=True), _forgotten),
)
RULES = (
    Rule(
        *("programmes", "Programme mit Versionen, Abstimmungen, Niederschriften und Stellungnahmen", YEARS),
        *("Ende des Zeitraums", BUDGET_LAW, _programmes),
    ),
    Rule("trail", "Ereignisse des Änderungsverlaufs", 10, "Tag des Ereignisses", BUDGET_LAW, _events),
    Rule("drafts", "Zurückgezogene Entwürfe", 2, "Tag der Rücknahme", SPARING, _drafts),
    Rule(
        *("opinions_on_drafts", "Stellungnahmen zu zurückgezogenen Entwürfen", 2, "Tag der Rücknahme", SPARING),
        *(_opinions, _unsaid),
    ),
    WITH_PART,
    PEOPLE,
    Rule("mails", "Anschrift und Inhalt von E-Mails und Briefen", 2, "Tag der E-Mail", SPARING, _mails, _emptied),
    Rule(
        *("devices", "Bekannte Geräte", 1, "erste Anmeldung", SPARING),
        lambda day: select(KnownDevice, KnownDevice.first_at.label(SINCE)).where(KnownDevice.first_at < _begin(day)),
        _deleted,
    ),
    Rule(
        *("links", "Abgelaufene Links", timedelta(days=30), "Ablauf", SPARING),
        lambda day: select(AccountLink, AccountLink.until.label(SINCE)).where(AccountLink.until < _begin(day)),
        _deleted,
    ),
    Rule(
        *("invitations", "Abgelaufene Einladungen", timedelta(days=30), "Ablauf", SPARING),
        *(_invitations, _void),
    ),
    Rule(
        *("forms", "Kennzeichen abgesendeter Formulare", timedelta(days=7), "Tag des Absendens", SPARING),
        lambda day: select(FormToken, FormToken.at.label(SINCE)).where(FormToken.at < _begin(day)),
        _deleted,
    ),
    Rule(
        *("presence", "Wer gerade schreibt", timedelta(days=1), "Beginn", SPARING),
        lambda day: select(Presence, Presence.since.label(SINCE)).where(Presence.since < _begin(day)),
        _deleted,
    ),
)
"""Every kind of record that is kept, the most lasting first."""
