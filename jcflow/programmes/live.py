"""The working draft as a document of the exchange format, and a document as the rows of a programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.asked import once
from jcflow.audit.trail import Audited, Deed, record, record_all
from jcflow.programmes.budgets import BudgetLine, BudgetTable
from jcflow.programmes.chapters import Block, Chapter
from jcflow.programmes.exchange import document as doc
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.programmes.programme import Programme
from jcflow.programmes.registers import RegisterRow, rows_of
from jcflow.programmes.topics import Topic, TopicSet

Outer = TypeVar("Outer", Chapter, TopicSet, BudgetTable)
Inner = TypeVar("Inner", Block, Topic, BudgetLine)

PLAIN_REGISTERS = ("instruments", "targets", "measures", "projects", "staffing", "internal_potentials")
"""Registers whose rows stand in the document as they are; the training plan nests its rows."""


@once
def document_of(session: Session, programme: Programme) -> doc.Document:
    """The programme as it is now."""
    return replace(text_of(session, programme), topic_sets=_topic_sets(session, programme))


@once
def text_of(session: Session, programme: Programme) -> doc.Document:
    """The programme as it is now without topics: all that says figures, in tables of the budget and of the text."""
    return replace(figures_of(session, programme), chapters=_chapters(session, programme))


@once
def figures_of(session: Session, programme: Programme) -> doc.Document:
    """The programme as it is now without chapters and topics: all that sums and checksums of figures need."""
    house = session.get_one(Jobcenter, programme.jobcenter_id)
    registers = rows_of(session, programme)
    return doc.Document(
        jobcenter=doc.JobcenterHead(
            house.name, house.form, house.land, tuple(doc.Carrier(c["name"], c["kind"]) for c in house.carriers)
        ),
        programme=doc.ProgrammeHead(programme.kind, programme.title, programme.period_from, programme.period_to),
        chapters=(),
        topic_sets=(),
        budget_tables=_budget_tables(session, programme),
        training_plan=_training_plan(registers),
        register_visibility={name: Visibility(v) for name, v in programme.register_visibility.items()},
        **{name: tuple(row.data for row in registers.get(name, [])) for name in PLAIN_REGISTERS},
    )


def _chapters(session: Session, programme: Programme) -> tuple[doc.Chapter, ...]:
    chapters = _nested(session, programme, Chapter, Block, Block.chapter_id == Chapter.id)
    keys = {c.id: c.key for c, _ in chapters}
    return tuple(
        doc.Chapter(
            key=c.key,
            title=c.title,
            number=c.number,
            parent=keys.get(c.parent_id) if c.parent_id else None,
            blocks=tuple(block_of(b) for b in blocks),
        )
        for c, blocks in chapters
    )


def _nested(
    session: Session, programme: Programme, outer: type[Outer], inner: type[Inner], link: ColumnElement[bool]
) -> list[tuple[Outer, list[Inner]]]:
    """Rows in their order, each with the rows that belong to it in theirs; removed ones left out."""
    question = (
        select(outer, inner)
        .outerjoin(inner, and_(link, inner.removed.is_(False)))
        .where(outer.programme_id == programme.id, outer.removed.is_(False))
        .order_by(outer.position, outer.id, inner.position, inner.id)
    )
    found: dict[Outer, list[Inner]] = {}
    for row, part in session.execute(question):
        found.setdefault(row, []).extend([part] if part is not None else [])
    return list(found.items())


def block_of(block: Block) -> doc.Block:
    """A block row as the exchange format holds it."""
    content = block.content
    match block.kind:
        case BlockKind.TEXT:
            return doc.TextBlock(content["markdown"], block.visibility)
        case BlockKind.TABLE:
            rows = tuple(tuple(row) for row in content["rows"])
            return doc.TableBlock(
                content["caption"], tuple(content["columns"]), rows, content.get("source"), block.visibility
            )
        case BlockKind.FIGURE:
            return doc.FigureBlock(
                content["caption"], content["alt"], content["file"], content.get("source"), block.visibility
            )
        case BlockKind.REGISTER:
            return doc.RegisterBlock(content["of"], block.visibility)


def content_of(block: doc.Block) -> dict[str, object]:
    """A block of the exchange format as a row holds it."""
    match block:
        case doc.TextBlock():
            return {"markdown": block.markdown}
        case doc.TableBlock():
            rows = [list(row) for row in block.rows]
            return {"caption": block.caption, "columns": list(block.columns), "rows": rows, "source": block.source}
        case doc.FigureBlock():
            return {"caption": block.caption, "alt": block.alt, "file": block.file, "source": block.source}
        case doc.RegisterBlock():
            return {"of": block.of}


def _topic_sets(session: Session, programme: Programme) -> tuple[doc.TopicSet, ...]:
    sets = _nested(session, programme, TopicSet, Topic, Topic.set_id == TopicSet.id)
    return tuple(
        doc.TopicSet(
            key=s.key,
            title=s.title,
            choose=s.choose,
            of=s.of,
            topics=tuple(
                doc.Topic(t.key, t.title, t.selected, t.number, t.local_title, t.rank, t.reason, t.approach)
                for t in topics
            ),
        )
        for s, topics in sets
    )


def _budget_tables(session: Session, programme: Programme) -> tuple[doc.BudgetTable, ...]:
    tables = _nested(session, programme, BudgetTable, BudgetLine, BudgetLine.table_id == BudgetTable.id)
    keys = {line.id: line.key for _, lines in tables for line in lines}
    return tuple(
        doc.BudgetTable(
            key=t.key,
            title=t.title,
            year=t.year,
            prior_year=t.prior_year,
            lines=tuple(
                doc.BudgetLine(
                    key=row.key,
                    label=row.label,
                    role=row.role,
                    parent=keys.get(row.parent_id) if row.parent_id else None,
                    sign=row.sign,
                    amount=row.amount,
                    prior_amount=row.prior_amount,
                    approximate=row.approximate,
                    printed=row.printed,
                    note=row.note,
                    part=row.part,
                )
                for row in lines
            ),
        )
        for t, lines in tables
    )


def _training_plan(registers: Mapping[str, Sequence[RegisterRow]]) -> tuple[doc.Row, ...]:
    plans = []
    for plan in registers.get("training_plans", []):
        within = [r.data for r in registers.get("training_rows", []) if r.data.get("plan") == plan.data["key"]]
        rows = [{name: value for name, value in data.items() if name != "plan"} for data in within]
        plans.append({**plan.data, "rows": rows})
    return tuple(plans)


def fill(
    session: Session, programme: Programme, document: doc.Document, deed: Deed, *, unreviewed: bool = False
) -> None:
    """Give an empty programme the content of a document.

    Args:
        unreviewed: Mark every block as taken over from last year, and the topics of free sets as proposals.
    """
    own = {"jobcenter_id": programme.jobcenter_id, "programme_id": programme.id}
    _fill_chapters(session, own, document.chapters, deed, unreviewed=unreviewed)
    _fill_topics(session, own, document.topic_sets, deed, proposed=unreviewed)
    _fill_budgets(session, own, document.budget_tables, deed)
    rows = [
        RegisterRow(**own, register=name, data=dict(row), position=position)
        for name in PLAIN_REGISTERS
        for position, row in enumerate(getattr(document, name), 1)
    ]
    within_plans: list[dict[str, object]] = []
    for position, plan in enumerate(document.training_plan, 1):
        head = {name: value for name, value in plan.items() if name != "rows"}
        rows.append(RegisterRow(**own, register="training_plans", data=head, position=position))
        within = plan.get("rows") or ()
        assert isinstance(within, Sequence)
        within_plans += [{"plan": head["key"], **row} for row in within]
    rows += [
        RegisterRow(**own, register="training_rows", data=data, position=position)
        for position, data in enumerate(within_plans, 1)
    ]
    _create(session, deed, rows)
    if document.register_visibility:
        chosen = {name: value.value for name, value in document.register_visibility.items()}
        record(session, programme, deed, register_visibility=chosen)


def _create(session: Session, deed: Deed, rows: Sequence[Audited]) -> None:
    record_all(session, deed, [(row, {}) for row in rows])


def _fill_chapters(
    session: Session, own: dict[str, UUID], chapters: Sequence[doc.Chapter], deed: Deed, *, unreviewed: bool
) -> None:
    made: dict[str, Chapter] = {}
    for position, c in enumerate(chapters, 1):
        parent_id = made[c.parent].id if c.parent else None
        made[c.key] = Chapter(**own, key=c.key, number=c.number, title=c.title, parent_id=parent_id, position=position)
    _create(session, deed, list(made.values()))
    blocks = [
        Block(
            **own,
            chapter_id=made[c.key].id,
            kind=b.kind,
            content=content_of(b),
            visibility=b.visibility,
            unreviewed=unreviewed,
            position=position,
        )
        for c in chapters
        for position, b in enumerate(c.blocks, 1)
    ]
    _create(session, deed, blocks)


def _fill_topics(
    session: Session, own: dict[str, UUID], sets: Sequence[doc.TopicSet], deed: Deed, *, proposed: bool
) -> None:
    made = [
        TopicSet(**own, key=s.key, title=s.title, choose=s.choose, of=s.of, position=position)
        for position, s in enumerate(sets, 1)
    ]
    _create(session, deed, made)
    topics = [
        Topic(
            **own,
            set_id=row.id,
            key=t.key,
            number=t.number,
            title=t.title,
            local_title=t.local_title,
            selected=t.selected,
            rank=t.order,
            reason=t.reason,
            approach=t.approach,
            proposed=proposed and s.choose is None,
            position=position,
        )
        for row, s in zip(made, sets, strict=True)
        for position, t in enumerate(s.topics, 1)
    ]
    _create(session, deed, topics)


def _fill_budgets(session: Session, own: dict[str, UUID], tables: Sequence[doc.BudgetTable], deed: Deed) -> None:
    made = [
        BudgetTable(**own, key=t.key, title=t.title, year=t.year, prior_year=t.prior_year, position=position)
        for position, t in enumerate(tables, 1)
    ]
    _create(session, deed, made)
    for row, t in zip(made, tables, strict=True):
        lines = {
            line.key: BudgetLine(
                **own,
                table_id=row.id,
                key=line.key,
                label=line.label,
                role=line.role,
                sign=line.sign,
                amount=line.amount,
                prior_amount=line.prior_amount,
                approximate=line.approximate,
                printed=line.printed,
                note=line.note,
                part=line.part,
                position=position,
            )
            for position, line in enumerate(t.lines, 1)
        }
        _create(session, deed, list(lines.values()))
        children = [(lines[c.key], {"parent_id": lines[c.parent].id}) for c in t.lines if c.parent]
        record_all(session, deed, children)
