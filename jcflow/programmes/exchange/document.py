"""A programme as the exchange format holds it, typed. Amounts are integer cents; lists are tuples; `None` is absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, TypeAlias

from jcflow.programmes.kinds import BlockKind, LinePart, LineRole, ProgrammeKind, Visibility

Row: TypeAlias = Mapping[str, object]
"""A register row of JSON values as `register_fields` describes them; absent keys are left out, amounts are cents."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """Who carries the Jobcenter; `kind` is `agency` or `municipality`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class JobcenterHead:
    """The Jobcenter; `form` is `gE` or `zkT`, `land` one of the sixteen codes of ISO 3166-2:DE without `DE-`."""

    name: str
    form: str
    land: str
    carriers: tuple[Carrier, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgrammeHead:
    """What is planned and for when; the period lies in one calendar year or in two that follow each other."""

    kind: ProgrammeKind
    title: str
    period_from: date
    period_to: date


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Markdown."""

    kind: ClassVar[BlockKind] = BlockKind.TEXT
    markdown: str
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table; every row has as many cells as there are columns."""

    kind: ClassVar[BlockKind] = BlockKind.TABLE
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    source: str | None = None
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """A picture; `file` is a bare file name, the bytes are not part of the format."""

    kind: ClassVar[BlockKind] = BlockKind.FIGURE
    caption: str
    alt: str
    file: str
    source: str | None = None
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True)
class RegisterBlock:
    """A view of a register; `of` is its reference, such as `budget_tables/mittel` or `instruments`."""

    kind: ClassVar[BlockKind] = BlockKind.REGISTER
    of: str
    visibility: Visibility = Visibility.PUBLIC


Block: TypeAlias = TextBlock | TableBlock | FigureBlock | RegisterBlock


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter; `parent` is the key of an earlier one."""

    key: str
    title: str
    number: str | None = None
    parent: str | None = None
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A focus topic; `reason` and `approach` are Markdown."""

    key: str
    title: str
    selected: bool
    number: str | None = None
    local_title: str | None = None
    order: int | None = None
    reason: str | None = None
    approach: str | None = None


@dataclass(frozen=True, slots=True)
class TopicSet:
    """A catalogue of topics, of which exactly `choose` must be selected where `choose` is given."""

    key: str
    title: str
    choose: int | None = None
    of: int | None = None
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A line of a budget table. Amounts are cents, never negative; `sign` (`+`, `-`, absent as `+`) directs."""

    key: str
    label: str
    role: LineRole
    parent: str | None = None
    sign: str | None = None
    amount: int | None = None
    prior_amount: int | None = None
    approximate: bool = False
    printed: str | None = None
    note: str | None = None
    part: LinePart | None = None


@dataclass(frozen=True, slots=True)
class BudgetTable:
    """A budget table; line keys are unique in it."""

    key: str
    title: str
    year: int
    prior_year: int | None = None
    lines: tuple[BudgetLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One programme, whole. In `training_plan` each row carries its `rows` as a list."""

    jobcenter: JobcenterHead
    programme: ProgrammeHead
    chapters: tuple[Chapter, ...] = ()
    topic_sets: tuple[TopicSet, ...] = ()
    internal_potentials: tuple[Row, ...] = ()
    budget_tables: tuple[BudgetTable, ...] = ()
    instruments: tuple[Row, ...] = ()
    targets: tuple[Row, ...] = ()
    measures: tuple[Row, ...] = ()
    projects: tuple[Row, ...] = ()
    training_plan: tuple[Row, ...] = ()
    staffing: tuple[Row, ...] = ()
    register_visibility: Mapping[str, Visibility] = field(default_factory=dict)
