"""Versand: every mail of the house, what became of it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.people import people
from jcflow.config import Settings
from jcflow.mail import listing
from jcflow.mail.delivery import Render
from jcflow.mail.erasing import is_emptied
from jcflow.mail.listing import Sought, Which
from jcflow.mail.outbox import PERSONAL, Mail, MailState, Occasion
from jcflow.mail.ticking import pulse
from jcflow.procedure import Role
from jcflow.reminders.letters import Letters
from jcflow.reminders.tracing import tasks_told
from jcflow.web.csv_sheet import Cell, download
from jcflow.web.database import db
from jcflow.web.formats import MOST_COUNTED
from jcflow.web.formats import moment as written_moment
from jcflow.web.guard import open_to
from jcflow.web.mail_words import CSV_HEAD, OCCASIONS, STATES, WHICH
from jcflow.web.paging import PAGE, Leaf, asked_id, leaf
from jcflow.web.visitors import moment

pages = Blueprint("mails", __name__)


@dataclass(frozen=True)
class Line:
    """One mail as the list says it."""

    mail: Mail
    tasks: Sequence[str]

    @property
    def occasion(self) -> str:
        """Why it was written."""
        return OCCASIONS[self.mail.occasion]

    @property
    def state(self) -> tuple[str, str]:
        """Colour and word of its badge."""
        kind, word = STATES[self.mail.state]
        return kind, "als Brief versandt" if self._was_letter else word

    @property
    def tries_again(self) -> bool:
        """Whether it is going to be tried once more."""
        return self.mail.state is MailState.WAITING and self.mail.attempts > 0

    @property
    def may_resend(self) -> bool:
        """Whether it can be sent once more."""
        return listing.may_resend(self.mail)

    @property
    def is_emptied(self) -> bool:
        """Whether address and words were erased."""
        return is_emptied(self.mail)

    @property
    def shows_text(self) -> bool:
        """Whether others than its reader may see what it says."""
        return self.mail.occasion not in PERSONAL | {Occasion.NEW_SIGN_IN}

    @property
    def _was_letter(self) -> bool:
        return self.mail.state is MailState.SENT and not self.mail.address and not self.is_emptied


@pages.get("/mails")
@open_to(Role.STAFF)
def index() -> ResponseReturnValue:
    """The mails asked for, page by page, and whether anything gets away at all."""
    session, sought = db.session(), _sought()
    return render_template(
        "mails/index.html",
        leaf=_leaf(sought),
        count=listing.count_mails(session, sought, most=MOST_COUNTED + 1),
        tiles=[(WHICH[which], _count(which)) for which in (Which.WAITING, Which.LOST, Which.LETTERS)],
        sought=sought,
        which=list(WHICH.items()),
        occasions=[("", "Alle"), *OCCASIONS.items()],
        people=[("", "Alle"), *((str(one.id), one.name) for one in people(session))],
        sheet=url_for("mails.sheet", **_address(sought)),  # type: ignore[arg-type]
        has_server=bool(_settings().smtp_url),
        pulse=pulse(session, moment()),
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["JCFLOW"]
    return settings


def _sought() -> Sought:
    """The filters in the address; what cannot be taken does not narrow."""
    show, occasion = request.args.get("show", ""), request.args.get("occasion", "")
    try:
        person_id = UUID(request.args.get("person", ""))
    except ValueError:
        person_id = None
    return Sought(
        Which(show) if show in set(Which) else Which.ALL,
        Occasion(occasion) if occasion in set(Occasion) else None,
        person_id,
    )


def _address(sought: Sought) -> dict[str, str]:
    given = {"show": sought.which, "occasion": sought.occasion, "person": sought.person_id}
    return {name: str(value) for name, value in given.items() if value is not None and value is not Which.ALL}


def _count(which: Which) -> int:
    return listing.count_mails(db.session(), Sought(which), most=MOST_COUNTED + 1)


def _leaf(sought: Sought) -> Leaf[Line]:
    session, asked = db.session(), asked_id()
    after = listing.known(session, asked) if asked else None
    found = listing.mails(session, sought, after=after, limit=PAGE + 1)
    key = str(found[PAGE - 1].id) if len(found) > PAGE else None
    return leaf("mails.index", _lines(found[:PAGE]), key, begun=after is not None, **_address(sought))


def _lines(found: Sequence[Mail]) -> list[Line]:
    told = tasks_told(db.session(), {mail_id for mail in found for mail_id in (mail.id, *mail.origins)})
    return [Line(mail, _tasks(told, mail)) for mail in found]


def _tasks(told: dict[UUID, list[str]], mail: Mail) -> list[str]:
    """A copy is about what was said before, and what has come up since."""
    return list(dict.fromkeys(task for mail_id in (*mail.origins, mail.id) for task in told.get(mail_id, [])))


@pages.get("/mails.csv")
@open_to(Role.STAFF)
def sheet() -> ResponseReturnValue:
    """The mails asked for, to take away: the proof of who was written to and when."""
    parts = listing.every_mail(db.session(), _sought())
    return download("versand", CSV_HEAD, (row for part in parts for row in _rows(part)))


def _rows(found: Sequence[Mail]) -> Iterator[tuple[Cell, ...]]:
    for line in _lines(found):
        mail = line.mail
        yield (
            mail.name,
            mail.address,
            line.occasion,
            "; ".join(line.tasks),
            mail.subject or "",
            written_moment(mail.not_before),
            line.state[1],
            written_moment(mail.sent_at) if mail.sent_at else "",
            mail.attempts,
            mail.problem,
            mail.message_id or "",
        )


@pages.get("/mails/<uuid:mail_id>")
@open_to(Role.STAFF)
def show(mail_id: UUID) -> ResponseReturnValue:
    """One mail with its words; a letter as it is to be printed."""
    mail = listing.mail_of(db.session(), mail_id)
    is_letter = mail.state is MailState.LETTER
    letter = listing.printable(db.session(), mail, _render()) if is_letter else None
    return render_template("mails/show.html", line=_lines([mail])[0], is_letter=is_letter, letter=letter)


def _render() -> Render:
    return partial(Letters.render, Letters(_settings().base_url, moment()))


@pages.post("/mails/<uuid:mail_id>/resend")
@open_to(Role.STAFF)
def resend(mail_id: UUID) -> ResponseReturnValue:
    """Send it again."""
    mail = listing.mail_of(db.session(), mail_id, lock=True)
    listing.resend(db.session(), mail, moment())
    flash(f"Die E-Mail an {mail.name} wird noch einmal gesendet.", "success")
    return redirect(url_for("mails.index"), 303)


@pages.post("/mails/<uuid:mail_id>/handed-in")
@open_to(Role.STAFF)
def hand_in(mail_id: UUID) -> ResponseReturnValue:
    """Note that the letter was sent."""
    mail = listing.mail_of(db.session(), mail_id, lock=True)
    if listing.hand_in(db.session(), mail, _render(), moment()):
        flash(f"Der Brief an {mail.name} ist als versandt eingetragen.", "success")
    else:
        flash("Der Anlass des Briefs hat sich erledigt. Er muss nicht mehr versandt werden.", "info")
    return redirect(url_for("mails.index"), 303)
