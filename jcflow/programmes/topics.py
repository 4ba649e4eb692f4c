"""Sets of focus topics, and the topics chosen from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.asked import once
from jcflow.audit.trail import Deed, audited, record, record_all
from jcflow.errors import BadInput, NotFound
from jcflow.programmes.budgets import check_reason
from jcflow.programmes.ordering import Ordered, check_keys, free_key
from jcflow.programmes.programme import Programme, check_version


class TopicSet(Ordered):
    """A catalogue or free list of focus topics."""

    __tablename__ = "topic_set"
    __table_args__ = audited(UniqueConstraint("programme_id", "key"), programme_id="programme")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "key", "title", "choose", "of", "position", "removed"}
    )

    programme_id: Mapped[UUID]
    key: Mapped[str]
    title: Mapped[str]
    choose: Mapped[int | None]
    """Exactly so many topics must be selected …"""
    of: Mapped[int | None]
    """… of so many of a fixed catalogue."""


class Topic(Ordered):
    """A focus topic of a set."""

    __tablename__ = "topic"
    __table_args__ = audited(UniqueConstraint("set_id", "key"), programme_id="programme", set_id="topic_set")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "set_id", "key", "number", "title", "local_title", "selected", "rank", "position", "removed"}
        | {"proposed"}
    )

    programme_id: Mapped[UUID] = mapped_column(index=True)
    set_id: Mapped[UUID] = mapped_column(index=True)
    key: Mapped[str]
    number: Mapped[str | None]
    title: Mapped[str]
    local_title: Mapped[str | None]
    selected: Mapped[bool] = mapped_column(default=False)
    rank: Mapped[int | None]
    """Order among the selected ones (`order` in the exchange format)."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Markdown: why it was chosen and what is to be reached."""
    approach: Mapped[str | None] = mapped_column(Text)
    """Markdown."""
    proposed: Mapped[bool] = mapped_column(default=False)
    """Taken over from last year as a proposal, not yet chosen or edited."""


@dataclass(frozen=True)
class Choice:
    """One topic of a set as typed; `key` None is a new free topic."""

    key: str | None
    version: int
    selected: bool
    rank: int | None
    title: str = ""
    """Only read for new free topics."""
    removed: bool = False


@once
def sets_of(session: Session, programme: Programme) -> list[TopicSet]:
    """The topic sets in their order."""
    mine = (TopicSet.programme_id == programme.id) & TopicSet.removed.is_(False)
    return list(session.scalars(select(TopicSet).where(mine).order_by(TopicSet.position, TopicSet.id)))


@once
def topics_of(session: Session, programme: Programme, *, removed: bool = False) -> dict[UUID, list[Topic]]:
    """Set id to its topics in the order of their catalogue."""
    mine = (Topic.programme_id == programme.id) & (Topic.removed == removed)
    found: dict[UUID, list[Topic]] = {}
    for topic in session.scalars(select(Topic).where(mine).order_by(Topic.position, Topic.id)):
        found.setdefault(topic.set_id, []).append(topic)
    return found


def topics_in(session: Session, within: TopicSet) -> dict[str, Topic]:
    """Key to topic of one set, removed topics included."""
    return {row.key: row for row in session.scalars(select(Topic).where(Topic.set_id == within.id))}


def topic_set(session: Session, programme: Programme, key: str) -> TopicSet:
    """The set of this key.

    Raises:
        NotFound: The programme has none.
    """
    found = session.scalar(select(TopicSet).where(TopicSet.programme_id == programme.id, TopicSet.key == key))
    if found is None:
        raise NotFound
    return found


def topic(session: Session, within: TopicSet, key: str) -> Topic:
    """The topic of this key in a set.

    Raises:
        NotFound: The set has none.
    """
    found = session.scalar(select(Topic).where(Topic.set_id == within.id, Topic.key == key))
    if found is None:
        raise NotFound
    return found


def add_set(session: Session, programme: Programme, title: str, deed: Deed) -> TopicSet:
    """Add a free list of topics.

    Raises:
        BadInput: The title is missing or too long.
    """
    title = " ".join(title.split())
    if not 1 <= len(title) <= 300:
        raise BadInput({"title": "Geben Sie einen Titel ein, höchstens 300 Zeichen."})
    rows = session.scalars(select(TopicSet).where(TopicSet.programme_id == programme.id)).all()
    fresh = TopicSet(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        key=free_key(title, {row.key for row in rows}),
        title=title,
        position=max((row.position for row in rows), default=0) + 1,
    )
    record(session, fresh, deed)
    return fresh


def save_choices(
    session: Session, programme: Programme, within: TopicSet, choices: Sequence[Choice], deed: Deed
) -> int:
    """Save which topics of a set are chosen and in what order; returns how many changed.

    A set that asks for n of m topics may be saved with fewer while the draft is worked on, not with more.

    Raises:
        Stale: A topic this save changes was changed since the form was opened.
        BadInput: More topics are chosen than the set allows, one of a fixed catalogue is to be removed, or the
            reason is missing.
    """
    present = topics_in(session, within)
    check_keys([choice.key for choice in choices if choice.key], present)
    if within.choose is not None and any(choice.removed for choice in choices):
        raise BadInput({"topics": "Dieser Katalog ist fest. Seine Themen können Sie abwählen, aber nicht entfernen."})
    chosen = sum(choice.selected and not choice.removed for choice in choices)
    if within.choose is not None and chosen > within.choose:
        raise BadInput(
            {"topics": f"Wählen Sie genau {within.choose} Themen, gewählt sind {chosen}. Nehmen Sie eines heraus."}
        )
    changed: list[tuple[Topic, dict[str, object]]] = []
    for choice in choices:
        if choice.key is None:
            changed.append(_fresh(within, choice, present))
            continue
        row, rank = present[choice.key], choice.rank if choice.selected else None
        new: dict[str, object] = {
            "selected": choice.selected,
            "rank": rank,
            "removed": choice.removed,
            "proposed": False,
        }
        if any(getattr(row, name) != new[name] for name in ("selected", "rank", "removed")):
            check_version(row, choice.version, f"Das Thema „{row.title}“", new)
            changed.append((row, new))
    if changed:
        check_reason(programme, deed)
        record_all(session, deed, changed)
    return len(changed)


def _fresh(within: TopicSet, choice: Choice, present: dict[str, Topic]) -> tuple[Topic, dict[str, object]]:
    title = " ".join(choice.title.split())
    if within.choose is not None:
        raise BadInput({"title": "Dieser Katalog ist fest. Wählen Sie eines seiner Themen."})
    if not 1 <= len(title) <= 300:
        raise BadInput({"title": "Geben Sie dem Thema einen Titel, höchstens 300 Zeichen."})
    fresh = Topic(
        jobcenter_id=within.jobcenter_id,
        programme_id=within.programme_id,
        set_id=within.id,
        key=free_key(title, set(present)),
        title=title,
        position=max((row.position for row in present.values()), default=0) + 1,
    )
    present[fresh.key] = fresh
    return fresh, {"selected": choice.selected, "rank": choice.rank if choice.selected else None}


def save_topic(
    session: Session,
    programme: Programme,
    one: Topic,
    *,
    local_title: str | None,
    reason: str | None,
    approach: str | None,
    deed: Deed,
) -> None:
    """Save a topic's own words.

    Raises:
        BadInput: The reason for the change is missing after the first submission.
    """
    check_reason(programme, deed)
    record(
        session,
        one,
        deed,
        local_title=local_title or None,
        reason=reason or None,
        approach=approach or None,
        proposed=False,
    )
