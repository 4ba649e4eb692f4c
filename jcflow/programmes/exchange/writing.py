"""Writes a document as plain data, as YAML, and as the canonical bytes a version is known by."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson
import yaml

from jcflow.money import to_exchange
from jcflow.programmes import register_fields
from jcflow.programmes.exchange.document import (
    Block,
    BudgetLine,
    BudgetTable,
    Chapter,
    Document,
    FigureBlock,
    RegisterBlock,
    Row,
    TableBlock,
    TextBlock,
    Topic,
    TopicSet,
)
from jcflow.programmes.exchange.reading import FORMAT, VERSION
from jcflow.programmes.exchange.rows import row_data, training_plan_data
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.register_fields import Register

_CANONICAL = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)


def as_data(document: Document) -> dict[str, object]:
    """The document as JSON values in the order of the format; what is absent is left out, top-level lists stay."""
    data: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "jobcenter": {
            "name": document.jobcenter.name,
            "form": document.jobcenter.form,
            "land": document.jobcenter.land,
            "carriers": [{"name": carrier.name, "kind": carrier.kind} for carrier in document.jobcenter.carriers],
        },
        "programme": {
            "kind": document.programme.kind.value,
            "title": document.programme.title,
            "period_from": document.programme.period_from.isoformat(),
            "period_to": document.programme.period_to.isoformat(),
        },
        "chapters": [_chapter(chapter) for chapter in document.chapters],
        "topic_sets": [_topic_set(topics) for topics in document.topic_sets],
        "internal_potentials": _rows(document.internal_potentials, register_fields.INTERNAL_POTENTIALS),
        "budget_tables": [_budget_table(table) for table in document.budget_tables],
        "instruments": _rows(document.instruments, register_fields.INSTRUMENTS),
        "targets": _rows(document.targets, register_fields.TARGETS),
        "measures": _rows(document.measures, register_fields.MEASURES),
        "projects": _rows(document.projects, register_fields.PROJECTS),
        "training_plan": [training_plan_data(plan) for plan in document.training_plan],
        "staffing": _rows(document.staffing, register_fields.STAFFING),
    }
    if document.register_visibility:
        data["register_visibility"] = {name: seen.value for name, seen in document.register_visibility.items()}
    return data


def write(document: Document) -> str:
    """The document as YAML that `reading.read` and any other YAML reader take back as it is."""
    return yaml.dump(
        as_data(document), Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=160
    )


def canonical(data: object) -> bytes:
    """JSON bytes that depend on nothing but the content: sorted keys, no spaces (RFC 8785).

    Raises TypeError for a float anywhere, for a whole number beyond 53 bits, and for anything that is not JSON.
    """
    _refuse_floats(data)
    return orjson.dumps(data, option=_CANONICAL)


def digest(content: bytes) -> str:
    """SHA-256 in 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _refuse_floats(data: object) -> None:
    if isinstance(data, float):
        message = f"{data!r} is a float; write decimals as text"
        raise TypeError(message)
    if isinstance(data, dict):
        for value in data.values():
            _refuse_floats(value)
    elif isinstance(data, list | tuple):
        for value in data:
            _refuse_floats(value)


def _given(**values: object) -> dict[str, object]:
    """The values in the order of their names, without those that are absent."""
    return {name: value for name, value in values.items() if value is not None and value != []}


def _rows(rows: tuple[Row, ...], register: Register) -> list[dict[str, object]]:
    return [row_data(row, register.fields) for row in rows]


def _chapter(chapter: Chapter) -> dict[str, object]:
    return _given(
        key=chapter.key,
        number=chapter.number,
        title=chapter.title,
        parent=chapter.parent,
        blocks=[_block(block) for block in chapter.blocks],
    )


def _block(block: Block) -> dict[str, object]:
    visibility = None if block.visibility is Visibility.PUBLIC else block.visibility.value
    match block:
        case TextBlock():
            own = _given(markdown=block.markdown)
        case TableBlock():
            rows = [list(row) for row in block.rows]
            own = _given(caption=block.caption, columns=list(block.columns), rows=rows, source=block.source)
        case FigureBlock():
            own = _given(caption=block.caption, alt=block.alt, file=block.file, source=block.source)
        case RegisterBlock():
            own = _given(of=block.of)
    return {"kind": block.kind.value, **own, **_given(visibility=visibility)}


def _topic_set(topics: TopicSet) -> dict[str, object]:
    head = _given(key=topics.key, title=topics.title, choose=topics.choose, of=topics.of)
    return {**head, "topics": [_topic(topic) for topic in topics.topics]}


def _topic(topic: Topic) -> dict[str, object]:
    return _given(
        key=topic.key,
        number=topic.number,
        title=topic.title,
        local_title=topic.local_title,
        selected=topic.selected,
        order=topic.order,
        reason=topic.reason,
        approach=topic.approach,
    )


def _budget_table(table: BudgetTable) -> dict[str, object]:
    head = _given(key=table.key, title=table.title, year=table.year, prior_year=table.prior_year)
    return {**head, "lines": [_budget_line(line) for line in table.lines]}


def _budget_line(line: BudgetLine) -> dict[str, object]:
    return _given(
        key=line.key,
        label=line.label,
        role=line.role.value,
        part=line.part.value if line.part else None,
        parent=line.parent,
        sign=line.sign,
        amount=None if line.amount is None else to_exchange(line.amount),
        prior_amount=None if line.prior_amount is None else to_exchange(line.prior_amount),
        approximate=line.approximate or None,
        printed=line.printed,
        note=line.note,
    )


_NUMBER_ELSEWHERE = re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+|0o?[0-9]+")
"""Text that YAML 1.2 takes for a number and YAML 1.1 does not; it is quoted for both."""


class _Dumper(yaml.SafeDumper):
    """Lines of text below each other, as a person would write them; no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    readable = "\n" in text and not any(mark in text for mark in "\r\t\x85\u2028\u2029")
    style = "|" if readable else "'" if _NUMBER_ELSEWHERE.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)
