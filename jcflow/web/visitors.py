"""Who is there: the signed-in person with the roles of the day, and for how long a session lasts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask, Response, g, request, session
from flask_login import LoginManager, current_user, login_user
from sqlalchemy import Date, and_, bindparam, select
from sqlalchemy.orm import Session

from jcflow import clock
from jcflow.accounts.absences import acting_for, replaced_roles
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import Jobcenter, Setting, setting_of
from jcflow.accounts.people import Membership, Person, has_ended, roles_in, roles_of, valid_on
from jcflow.accounts.sign_in import Credential
from jcflow.accounts.substitutes import Substitute
from jcflow.asked import answered
from jcflow.database import EVERY_JOBCENTER, serve
from jcflow.errors import RoleEnded
from jcflow.procedure import Role
from jcflow.web.database import db

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)

_manager = LoginManager()


@dataclass(frozen=True)
class Visitor:
    """A signed-in person."""

    person: Person
    house: Jobcenter
    roles: frozenset[Role]
    """Those held today, and those of people who are away and in whose place the visitor stands."""
    epoch: int
    in_place_of: Mapping[Role, UUID] = field(default_factory=dict, hash=False)
    """Roles the visitor has only in somebody's place, and in whose."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the cookie says: the person and the epoch of the password."""
        return f"{self.person.id}:{self.epoch}"

    @property
    def actor(self) -> Actor:
        """The person as somebody about to act."""
        return Actor(self.person.id, self.roles, self.in_place_of)

    @property
    def instead(self) -> frozenset[tuple[Role, UUID]]:
        """Roles the visitor has only in somebody's place, each with that person."""
        return frozenset(self.in_place_of.items())

    def acting_as(self, role: Role) -> UUID:
        """Whose seat or task it is when the visitor acts in a role."""
        return self.in_place_of.get(role, self.person.id)

    def owes(self, role: Role, person_id: UUID | None) -> bool:
        """Whether a task of this role, and of this person where it is one's own, is the visitor's."""
        return role in self.roles and person_id in {None, self.acting_as(role)}

    @property
    def setting(self) -> Setting:
        """The settings of the person's Jobcenter."""
        return setting_of(db.session(), self.house.id)


def register(app: Flask) -> None:
    """Recognise visitors of the app by their cookie."""
    _manager.init_app(app)
    _manager.user_loader(_load)
    app.after_request(_touch)


def _load(told: str) -> Visitor | None:
    person_id, _, epoch = told.partition(":")
    if not _is_fresh(clock.now()):
        return None
    return visitor_of(db.session(), UUID(person_id), int(epoch))


_STANDS_IN = (
    select(Substitute.id)
    .where(Substitute.jobcenter_id == Person.jobcenter_id, Substitute.person_id == Person.id)
    .where(Substitute.removed.is_(False))
    .exists()
    .label("stands_in")
)
_KNOWN = (
    select(Person, Credential, Jobcenter, Setting, Membership, _STANDS_IN)
    .join(Credential, Credential.person_id == Person.id)
    .join(Jobcenter, Jobcenter.id == Person.jobcenter_id)
    .join(Setting, Setting.jobcenter_id == Person.jobcenter_id)
    .join(Membership, and_(Membership.person_id == Person.id, valid_on(bindparam("day", type_=Date))))
    .where(Person.id == bindparam("person_id"))
)


def visitor_of(at: Session, person_id: UUID, epoch: int | None = None) -> Visitor | None:
    """The person with the roles of today, whose Jobcenter the session serves from then on.

    None without a role today, or where the given epoch is over.
    """
    asked = {"person_id": person_id, "day": clock.today()}
    rows = at.execute(_KNOWN, asked, execution_options=EVERY_JOBCENTER).all()
    if not rows or (epoch is not None and rows[0].Credential.epoch != epoch):
        return None
    row = rows[0]
    serve(at, row.Jobcenter.id)
    answered(at, setting_of, row.Setting, row.Jobcenter.id)
    held, instead = roles_in(row.Membership for row in rows), _replaced(at, person_id) if row.stands_in else {}
    in_place_of = {role: whose for role, whose in instead.items() if role not in held}
    return Visitor(row.Person, row.Jobcenter, held | set(in_place_of), row.Credential.epoch, in_place_of)


def _replaced(at: Session, person_id: UUID) -> Mapping[Role, UUID]:
    return replaced_roles(acting_for(at, person_id, clock.today()))


def _is_fresh(now: datetime) -> bool:
    since, seen = session.get("since"), session.get("seen")
    if not isinstance(since, int) or not isinstance(seen, int):
        return False
    at = int(now.timestamp())
    return at - seen <= IDLE.total_seconds() and at - since <= LONGEST.total_seconds()


def _touch(response: Response) -> Response:
    """Note the visit in the cookie, at most once a minute; the database stays untouched."""
    now = int(clock.now().timestamp())
    # Who is there may be what could not be found out.
    if response.status_code >= 500:
        return response
    if request.endpoint != "static" and "seen" in session and now - session["seen"] >= 60 and visitor() is not None:
        session["seen"] = now
    return response


def bearer() -> UUID | None:
    """Whose session this is, even if it was ended from elsewhere; None where there is none or it is out of date."""
    person_id = str(session.get("_user_id", "")).partition(":")[0]
    return UUID(person_id) if person_id and _is_fresh(clock.now()) else None


def role_has_ended(roles: Collection[Role]) -> bool:
    """Whether the session is good, but one of these roles of its person (any, where none is named) ended today."""
    person_id, epoch = bearer(), str(session.get("_user_id", "")).partition(":")[2]
    if person_id is None:
        return False
    present = select(Credential.epoch).where(Credential.person_id == person_id)
    is_good = str(db.session.scalar(present, execution_options=EVERY_JOBCENTER)) == epoch
    return is_good and has_ended(db.session(), person_id, roles, clock.today())


def check_roles() -> None:
    """Make sure, once the programme is locked, that the visitor still holds every role.

    Raises:
        RoleEnded: One of them has ended while this request waited for the lock.
    """
    held = roles_of(db.session(), me().person.id, clock.today())
    instead = _replaced(db.session(), me().person.id) if me().in_place_of else {}
    if not me().roles <= held | set(instead) or any(instead.get(r) != i for r, i in me().in_place_of.items()):
        raise RoleEnded


def welcome(somebody: Visitor) -> None:
    """Begin a new session for a person."""
    theme = session.get("theme")
    session.clear()
    session["since"] = session["seen"] = int(clock.now().timestamp())
    if theme:
        session["theme"] = theme
    login_user(somebody)
    g.pop("csrf_token", None)


def visitor() -> Visitor | None:
    """Who is signed in, if anybody."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def me() -> Visitor:
    """Who is signed in, on pages that only signed-in people reach."""
    somebody = visitor()
    assert somebody is not None
    return somebody


def moment() -> datetime:
    """The one instant at which this request happens: when it came, or when it got the lock it waited for."""
    if "moment" not in g:
        g.moment = clock.now()
    at: datetime = g.moment
    return at


def begin_now() -> None:
    """Let the request happen now: it holds the lock, and whatever others did before it lies in the past."""
    g.moment = clock.now()
