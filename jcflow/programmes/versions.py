"""Frozen versions: the content as it was put before somebody, with its checksum; never changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, defer, mapped_column

from jcflow.accounts.people import Person
from jcflow.asked import answered, once
from jcflow.audit.canonical import plain
from jcflow.audit.trail import Deed, Seal, Sealed
from jcflow.database import Tenant, in_tenant
from jcflow.errors import NotFound
from jcflow.procedure import Phase, Role
from jcflow.programmes.acceptances import Acceptance, acceptances_in, standing_content
from jcflow.programmes.checks import Key
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import as_data, canonical, digest
from jcflow.programmes.files import files_of
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import INSIDERS, Programme, StepTaken, steps_of


class Version(Sealed, Tenant):
    """One frozen version; append-only."""

    __tablename__ = "programme_version"
    __table_args__ = in_tenant(UniqueConstraint("programme_id", "number"), programme_id="programme")

    programme_id: Mapped[UUID]
    number: Mapped[int]
    """1, 2, 3 … in each programme."""
    content: Mapped[str] = mapped_column(Text)
    """Canonical JSON: `{"document": exchange format, "files": […]}`, and `accepted` where differences were."""
    sha256: Mapped[str]
    figures_sha256: Mapped[str]
    """Checksum of the budget tables alone: what the budget officer's statement is about."""
    frozen_at: Mapped[datetime]
    person_id: Mapped[UUID | None]

    @property
    def seal(self) -> Seal:
        """The canonical content."""
        return Seal(str(self.id), self.content.encode(), self.sha256)

    @property
    def document(self) -> Document:
        """The content, read back."""
        return read(canonical(orjson.loads(self.content)["document"]), f"Version {self.number}")

    @property
    def accepted(self) -> dict[Key, Acceptance]:
        """The differences of its figures that were accepted when it was frozen, by what they are about."""
        return acceptances_in(orjson.loads(self.content).get("accepted", ()))


def freeze(session: Session, programme: Programme, deed: Deed) -> Version:
    """The version that holds the present content; content that is already frozen keeps its number.

    Raises:
        BadFile: The content could not be read back, e.g. a block shows a register that was removed.
    """
    document, content = present_content(session, programme)
    read(canonical(document), "Programm")
    newest = newest_version(session, programme)
    if newest is not None and newest.sha256 == digest(content):
        return newest
    frozen = Version(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        number=newest.number + 1 if newest else 1,
        content=content.decode(),
        sha256=digest(content),
        figures_sha256=figures_digest(document),
        frozen_at=deed.at,
        person_id=deed.actor_id,
    )
    session.add(frozen)
    session.flush()
    return frozen


def present_content(session: Session, programme: Programme) -> tuple[dict[str, object], bytes]:
    """The working draft as plain data, and the canonical bytes a version frozen now would hold."""
    present = document_of(session, programme)
    document, accepted = as_data(present), standing_content(session, programme, present)
    files = [
        {
            name: plain(getattr(f, name))
            for name in ("id", "kind", "title", "dated", "name", "size", "sha256", "subject_id")
        }
        for f in files_of(session, programme)
        if f.subject_type in {"programme", "block", "budget_line", "change"}
    ]
    more = {"accepted": accepted} if accepted else {}
    return document, canonical({"document": document, "files": files, **more})


def figures_digest(data: dict[str, object]) -> str:
    """Checksum of the budget tables of a document's plain data."""
    return digest(canonical({"budget_tables": data.get("budget_tables", [])}))


@once
def versions_of(session: Session, programme: Programme) -> list[Version]:
    """The programme's versions, newest first; the content of each is read where it is asked for."""
    mine = Version.programme_id == programme.id
    question = select(Version).where(mine).order_by(Version.number.desc())
    return list(session.scalars(question.options(defer(Version.content))))


def whole_versions(session: Session, programme: Programme) -> list[Version]:
    """The programme's versions with their content, newest first, read at once."""
    mine = Version.programme_id == programme.id
    return list(session.scalars(select(Version).where(mine).order_by(Version.number.desc())))


@once
def versions_with_authors(session: Session, programme: Programme) -> list[tuple[Version, str]]:
    """The programme's versions like `versions_of`, each with the name of who froze it; empty for the command line."""
    mine = Version.programme_id == programme.id
    question = select(Version, Person.name).outerjoin(Person, Person.id == Version.person_id).where(mine)
    rows = session.execute(question.order_by(Version.number.desc()).options(defer(Version.content)))
    found = [(version, name or "") for version, name in rows]
    answered(session, versions_of, [version for version, _ in found], programme)
    return found


def newest_version(session: Session, programme: Programme) -> Version | None:
    """The version frozen last, None before the first submission."""
    return next(iter(versions_of(session, programme)), None)


def version(session: Session, programme: Programme, number: int) -> Version:
    """The version of this number.

    Raises:
        NotFound: The programme has none.
    """
    found = session.scalar(select(Version).where(Version.programme_id == programme.id, Version.number == number))
    if found is None:
        raise NotFound
    return found


def version_by_id(session: Session, version_id: UUID) -> Version:
    """A version of this Jobcenter.

    Raises:
        NotFound: There is none of this id here.
    """
    found = session.scalar(select(Version).where(Version.id == version_id))
    if found is None:
        raise NotFound
    return found


_ORDER = list(Phase)


def _first_phase(roles: frozenset[Role]) -> Phase | None:
    if roles & INSIDERS:
        return Phase.DRAFT
    if roles & {Role.ASSEMBLY_MEMBER, Role.ASSEMBLY_CHAIR}:
        return Phase.CARRIER_ASSEMBLY
    return Phase.CONSULTATION if Role.BOARD_MEMBER in roles else None


def visible_version_ids(session: Session, programme: Programme, roles: frozenset[Role]) -> set[UUID]:
    """Ids of the versions that holders of these roles may read.

    Insiders read all. The carrier assembly reads what a step brought into its first reading or later, the
    advisory board what a step brought into its consultation or later. Once the programme is in force, whatever is
    frozen was decided before: an amendment.
    """
    first = _first_phase(roles)
    if first is None:
        return set()
    if first is Phase.DRAFT:
        return {v.id for v in versions_of(session, programme)}
    states, path = programme.procedure.states, steps_of(session, programme)
    seen = {
        step.version_id
        for step in path
        if step.version_id is not None and _ORDER.index(states[step.target].phase) >= _ORDER.index(first)
    }
    return seen | (_amended(session, programme, path[-1]) if programme.current.phase is Phase.IN_FORCE else set())


def _amended(session: Session, programme: Programme, last: StepTaken) -> set[UUID]:
    """What was frozen since the step that put the programme in force."""
    found = versions_of(session, programme)
    resolved = next((v.number for v in found if v.id == last.version_id), None)
    return {v.id for v in found if resolved is not None and v.number > resolved}


def visible_versions(session: Session, programme: Programme, roles: frozenset[Role]) -> list[Version]:
    """The versions that holders of these roles may read, newest first."""
    allowed = visible_version_ids(session, programme, roles)
    return [v for v in versions_of(session, programme) if v.id in allowed]
