"""Reads a file of the exchange format: whole or not at all, every fault named with its place."""

from __future__ import annotations

from collections.abc import Callable

from jcflow.errors import BadFile, Fault
from jcflow.programmes import register_fields
from jcflow.programmes.exchange import source
from jcflow.programmes.exchange.document import (
    Block,
    BudgetLine,
    BudgetTable,
    Carrier,
    Chapter,
    Document,
    FigureBlock,
    JobcenterHead,
    ProgrammeHead,
    RegisterBlock,
    Row,
    TableBlock,
    TextBlock,
    Topic,
    TopicSet,
)
from jcflow.programmes.exchange.record import MAX_FAULTS, Record
from jcflow.programmes.exchange.references import faulty_references
from jcflow.programmes.exchange.rows import read_row, read_training_plan
from jcflow.programmes.exchange.values import (
    AMOUNT,
    COUNT,
    DATE,
    FILE,
    FLAG,
    KEY,
    LINE,
    NAME,
    TEXT,
    TITLE,
    YEAR,
    Form,
    enum_form,
    one_of,
    whole_form,
)
from jcflow.programmes.kinds import BlockKind, LinePart, LineRole, ProgrammeKind, Visibility
from jcflow.programmes.register_fields import Register

FORMAT, VERSION = "jcflow/programme", 1
LAENDER = ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH")

_VISIBILITY = enum_form(Visibility, Visibility.PUBLIC)
_ROLE = enum_form(LineRole, LineRole.TOTAL)
_PART = enum_form(LinePart, LinePart.COMMITMENT)
_POTENTIAL_ORDER = whole_form(1, 3)


def read(text: str | bytes, name: str) -> Document:
    """The programme in a YAML or JSON file called `name`.

    Raises BadFile with every fault: an unknown key, a wrong value, a reference into nothing, a repeated key.
    In places an entry goes by its key, one without a key by its number from 1.
    """
    try:
        data = source.load(text)
    except source.Unreadable as error:
        raise BadFile(name, [error.fault]) from error
    faults: list[Fault] = []
    record = Record(data, "", faults)
    document = _document(record)
    record.close()
    faults += faulty_references(document)
    if len(faults) >= MAX_FAULTS:
        faults[MAX_FAULTS:] = [Fault("Datei", f"Nach {MAX_FAULTS} Stellen wurde nicht weiter geprüft.")]
    if faults:
        raise BadFile(name, list(dict.fromkeys(faults)))
    return document


def _document(record: Record) -> Document:
    record.need("format", one_of([FORMAT]))
    record.need("version", whole_form(VERSION, VERSION))
    return Document(
        jobcenter=record.part("jobcenter", _jobcenter),
        programme=record.part("programme", _programme),
        chapters=record.parts("chapters", _chapter, by="key"),
        topic_sets=record.parts("topic_sets", _topic_set, by="key"),
        internal_potentials=record.parts("internal_potentials", _potential, by="order"),
        budget_tables=record.parts("budget_tables", _budget_table, by="key"),
        instruments=_rows(record, register_fields.INSTRUMENTS),
        targets=_rows(record, register_fields.TARGETS),
        measures=_rows(record, register_fields.MEASURES),
        projects=_rows(record, register_fields.PROJECTS),
        training_plan=record.parts("training_plan", read_training_plan, by="key"),
        staffing=_rows(record, register_fields.STAFFING),
        register_visibility=_register_visibility(record),
    )


def _rows(record: Record, register: Register) -> tuple[Row, ...]:
    return record.parts(register.key, lambda row: read_row(row, register.fields), by="key")


def _jobcenter(record: Record) -> JobcenterHead:
    return JobcenterHead(
        name=record.need("name", TITLE),
        form=record.need("form", one_of(["gE", "zkT"])),
        land=record.need("land", one_of(LAENDER)),
        carriers=record.parts("carriers", _carrier),
    )


def _carrier(record: Record) -> Carrier:
    return Carrier(record.need("name", TITLE), record.need("kind", one_of(["agency", "municipality"])))


def _programme(record: Record) -> ProgrammeHead:
    head = ProgrammeHead(
        kind=record.need("kind", enum_form(ProgrammeKind, ProgrammeKind.AMIP)),
        title=record.need("title", TITLE),
        period_from=record.need("period_from", DATE),
        period_to=record.need("period_to", DATE),
    )
    if DATE.instead not in (head.period_from, head.period_to):
        if head.period_to < head.period_from:
            record.fault("period_to", "Der Zeitraum endet, bevor er beginnt.")
        elif head.period_to.year - head.period_from.year > 1:
            record.fault("period_to", "Der Zeitraum reicht über mehr als zwei Kalenderjahre.")
    return head


def _chapter(record: Record) -> Chapter:
    return Chapter(
        key=record.need("key", KEY),
        number=record.maybe("number", LINE),
        title=record.need("title", TITLE),
        parent=record.maybe("parent", KEY),
        blocks=record.parts("blocks", _block),
    )


def _block(record: Record) -> Block:
    builders: dict[str, Callable[[Record, Visibility], Block]] = {
        BlockKind.TEXT: _text_block,
        BlockKind.TABLE: _table_block,
        BlockKind.FIGURE: _figure_block,
        BlockKind.REGISTER: _register_block,
    }
    kind = record.need("kind", enum_form(BlockKind, BlockKind.TEXT))
    visibility = record.default("visibility", _VISIBILITY, Visibility.PUBLIC)
    if record.value("kind") != kind:
        # Nobody can say which keys belong to a block of no known kind, so they are not held against it.
        record.ignore_rest()
        return TextBlock("", visibility)
    return builders[kind](record, visibility)


def _text_block(record: Record, visibility: Visibility) -> TextBlock:
    return TextBlock(record.need("markdown", TEXT), visibility)


def _table_block(record: Record, visibility: Visibility) -> TableBlock:
    columns = record.all_of("columns", LINE)
    if not columns:
        record.fault("columns", "Eine Tabelle braucht mindestens eine Spalte.")
    rows = record.all_of("rows", _CELLS)
    for number, row in enumerate(rows, 1):
        if row and columns and len(row) != len(columns):
            record.fault(f"rows/{number}", f"Die Zeile hat {len(row)} Zellen, die Tabelle {len(columns)} Spalten.")
    return TableBlock(
        caption=record.need("caption", LINE),
        columns=columns,
        rows=rows,
        source=record.maybe("source", LINE),
        visibility=visibility,
    )


def _cells(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        reason = "Hier wird eine Liste von Zellen erwartet."
        raise ValueError(reason)
    return tuple(TEXT.take(cell) for cell in value)


_CELLS: Form[tuple[str, ...]] = Form(_cells, ())


def _figure_block(record: Record, visibility: Visibility) -> FigureBlock:
    return FigureBlock(
        caption=record.need("caption", LINE),
        alt=record.need("alt", LINE),
        file=record.need("file", FILE),
        source=record.maybe("source", LINE),
        visibility=visibility,
    )


def _register_block(record: Record, visibility: Visibility) -> RegisterBlock:
    return RegisterBlock(record.need("of", NAME), visibility)


def _topic_set(record: Record) -> TopicSet:
    choose, of = record.maybe("choose", COUNT), record.maybe("of", COUNT)
    if choose is not None and of is not None and choose > of:
        record.fault("choose", f"Es können nicht {choose} von {of} Themen gewählt werden.")
    return TopicSet(
        key=record.need("key", KEY),
        title=record.need("title", TITLE),
        choose=choose,
        of=of,
        topics=record.parts("topics", _topic, by="key"),
    )


def _topic(record: Record) -> Topic:
    return Topic(
        key=record.need("key", KEY),
        number=record.maybe("number", LINE),
        title=record.need("title", TITLE),
        local_title=record.maybe("local_title", LINE),
        selected=record.need("selected", FLAG),
        order=record.maybe("order", COUNT),
        reason=record.maybe("reason", TEXT),
        approach=record.maybe("approach", TEXT),
    )


def _potential(record: Record) -> Row:
    record.need("order", _POTENTIAL_ORDER)
    return read_row(record, register_fields.INTERNAL_POTENTIALS.fields)


def _budget_table(record: Record) -> BudgetTable:
    return BudgetTable(
        key=record.need("key", KEY),
        title=record.need("title", TITLE),
        year=record.need("year", YEAR),
        prior_year=record.maybe("prior_year", YEAR),
        lines=record.parts("lines", _budget_line, by="key"),
    )


def _budget_line(record: Record) -> BudgetLine:
    return BudgetLine(
        key=record.need("key", KEY),
        label=record.need("label", TITLE),
        role=record.need("role", _ROLE),
        part=record.maybe("part", _PART),
        parent=record.maybe("parent", KEY),
        sign=record.maybe("sign", one_of(["+", "-"])),
        amount=record.maybe("amount", AMOUNT),
        prior_amount=record.maybe("prior_amount", AMOUNT),
        approximate=record.default("approximate", FLAG, False),
        printed=record.maybe("printed", LINE),
        note=record.maybe("note", TEXT),
    )


def _register_visibility(record: Record) -> dict[str, Visibility]:
    value = record.value("register_visibility")
    if value is None:
        return {}
    inner = Record(value, "register_visibility", record.faults)
    return {name: inner.need(name, _VISIBILITY) for name in inner.values}
