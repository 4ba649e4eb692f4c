"""Programmes as hypothesis makes them: everything the exchange format can hold, with references that hold."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from jcflow.money import LIMIT
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
    TableBlock,
    TextBlock,
    Topic,
    TopicSet,
)
from jcflow.programmes.exchange.reading import LAENDER
from jcflow.programmes.exchange.references import registers_of
from jcflow.programmes.kinds import LinePart, LineRole, ProgrammeKind, Visibility
from jcflow.programmes.register_fields import REGISTERS, Field, FieldKind

KEYS = st.from_regex(r"[a-z0-9äöü][a-z0-9._-]{0,8}", fullmatch=True) | st.sampled_from(
    ["1", "2022", "null", "true", "1e3", "1-1"]
)
LINES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), max_size=30)
NAMES = LINES.filter(str.strip) | st.sampled_from(
    ["no", "2022-01-01", "1:30", "~", "- a", "a: b", "#", "'", "=", "0x1f", "0o7", "1_000"]
)
MARKDOWN = st.text(st.characters(exclude_categories=("Cs", "Cn", "Cc")) | st.sampled_from("\n\n\t\r| -#:"), max_size=80)
AMOUNTS = st.integers(0, LIMIT - 1)
COUNTS = st.integers(0, 10**9 - 1)
VISIBILITY = st.sampled_from(Visibility)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def unique(values: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[Any]:
    """Tuples of at most `most` things with different keys."""
    key = lambda value: value["key"] if isinstance(value, dict) else value.key  # noqa: E731
    return st.lists(values, max_size=most, unique_by=key).map(tuple)


AMOUNT_ENTRIES = st.fixed_dictionaries({"label": NAMES, "amount": AMOUNTS}, optional={"period": LINES})
EFFECT_ENTRIES = st.fixed_dictionaries({"label": NAMES}, optional={"value": LINES, "unit": LINES})


def values_of(field: Field) -> st.SearchStrategy[Any]:
    simple: dict[FieldKind, st.SearchStrategy[Any]] = {
        FieldKind.KEY: KEYS,
        FieldKind.TEXT: NAMES,
        FieldKind.LONG_TEXT: MARKDOWN,
        FieldKind.COUNT: COUNTS,
        FieldKind.DECIMAL: st.from_regex(r"-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?", fullmatch=True),
        FieldKind.VALUE: LINES,
        FieldKind.DATE_PART: st.sampled_from(["2014", "2014-03", "2014-Q1", "2014-H2", "2014-03-31"]),
        FieldKind.KEYS: st.lists(KEYS, min_size=1, max_size=3, unique=True),
        FieldKind.QUARTERS: st.lists(COUNTS, min_size=4, max_size=4),
        FieldKind.AMOUNTS: st.lists(AMOUNT_ENTRIES, min_size=1, max_size=3),
        FieldKind.EFFECTS: st.lists(EFFECT_ENTRIES, min_size=1, max_size=3),
    }
    return (
        st.sampled_from([value for value, _ in field.choices]) if field.kind is FieldKind.ENUM else simple[field.kind]
    )


def rows(register: str, *leave_out: str) -> st.SearchStrategy[Any]:
    fields = [field for field in REGISTERS[register].fields if field.name not in leave_out]
    return st.fixed_dictionaries(
        {field.name: values_of(field) for field in fields if field.required},
        optional={field.name: values_of(field) for field in fields if not field.required},
    )


def tables() -> st.SearchStrategy[TableBlock]:
    return st.integers(1, 3).flatmap(
        lambda width: st.builds(
            TableBlock,
            caption=LINES,
            columns=st.tuples(*[LINES] * width),
            rows=st.lists(st.tuples(*[MARKDOWN] * width), max_size=3).map(tuple),
            source=maybe(LINES),
            visibility=VISIBILITY,
        )
    )


BLOCKS: st.SearchStrategy[Block] = (
    st.builds(TextBlock, markdown=MARKDOWN, visibility=VISIBILITY)
    | tables()
    | st.builds(
        FigureBlock,
        caption=LINES,
        alt=LINES,
        file=st.sampled_from(["a.png", "Bild 1.svg"]),
        source=maybe(LINES),
        visibility=VISIBILITY,
    )
    | st.builds(RegisterBlock, of=st.just("instruments"), visibility=VISIBILITY)
)
TOPICS = st.builds(
    Topic,
    key=KEYS,
    title=NAMES,
    selected=st.booleans(),
    number=maybe(LINES),
    local_title=maybe(LINES),
    order=maybe(COUNTS),
    reason=maybe(MARKDOWN),
    approach=maybe(MARKDOWN),
)
HEADS = st.builds(
    ProgrammeHead,
    kind=st.sampled_from(ProgrammeKind),
    title=NAMES,
    period_from=st.dates(date(2020, 1, 1), date(2029, 12, 31)),
    period_to=st.just(date(2030, 1, 1)),
).map(lambda head: ProgrammeHead(head.kind, head.title, head.period_from, date(head.period_from.year + 1, 12, 31)))
JOBCENTERS = st.builds(
    JobcenterHead,
    name=NAMES,
    form=st.sampled_from(["gE", "zkT"]),
    land=st.sampled_from(LAENDER),
    carriers=st.lists(st.builds(Carrier, name=NAMES, kind=st.sampled_from(["agency", "municipality"])), max_size=2).map(
        tuple
    ),
)


@st.composite
def chapters(draw: st.DrawFn) -> tuple[Chapter, ...]:
    found: list[Chapter] = []
    for key in draw(st.lists(KEYS, max_size=4, unique=True)):
        parent = draw(maybe(st.sampled_from([chapter.key for chapter in found]))) if found else None
        blocks = tuple(draw(st.lists(BLOCKS, max_size=3)))
        found.append(Chapter(key, draw(NAMES), draw(maybe(LINES)), parent, blocks))
    return tuple(found)


@st.composite
def budget_tables(draw: st.DrawFn) -> BudgetTable:
    lines: list[BudgetLine] = []
    totals: list[str] = []
    for key in draw(st.lists(KEYS, max_size=5, unique=True)):
        role = draw(st.sampled_from(LineRole))
        parent = draw(maybe(st.sampled_from(totals))) if totals else None
        rest = draw(
            st.fixed_dictionaries(
                {
                    "sign": maybe(st.sampled_from("+-")),
                    "amount": maybe(AMOUNTS),
                    "prior_amount": maybe(AMOUNTS),
                    "approximate": st.booleans(),
                    "printed": maybe(LINES),
                    "note": maybe(MARKDOWN),
                    "part": maybe(st.sampled_from(LinePart)),
                }
            )
        )
        lines.append(BudgetLine(key, draw(NAMES), role, parent, **rest))
        totals += [key] if role is LineRole.TOTAL else []
    return BudgetTable(
        draw(KEYS), draw(NAMES), draw(st.integers(1990, 2199)), draw(maybe(st.integers(1990, 2199))), tuple(lines)
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A sound document; read back it must be the same."""
    plans = st.tuples(rows("training_plans"), unique(rows("training_rows", "plan"))).map(
        lambda both: {**both[0], "rows": list(both[1])}
    )
    document = Document(
        jobcenter=draw(JOBCENTERS),
        programme=draw(HEADS),
        chapters=draw(chapters()),
        topic_sets=draw(
            unique(st.builds(TopicSet, key=KEYS, title=NAMES, choose=maybe(COUNTS), topics=unique(TOPICS)))
        ),
        internal_potentials=tuple(
            {**draw(rows("internal_potentials", "order")), "order": order}
            for order in draw(st.sampled_from([(), (1,), (1, 2, 3)]))
        ),
        budget_tables=draw(unique(budget_tables(), 3)),
        instruments=draw(unique(rows("instruments", "parent"))),
        targets=draw(unique(rows("targets"))),
        measures=draw(unique(rows("measures", "topics", "targets"))),
        projects=draw(unique(rows("projects"))),
        training_plan=draw(unique(plans, 2)),
        staffing=draw(unique(rows("staffing"))),
    )
    seen = draw(st.dictionaries(st.sampled_from(registers_of(document)), VISIBILITY, max_size=3))
    return Document(
        **{name: getattr(document, name) for name in Document.__slots__ if name != "register_visibility"},
        register_visibility=seen,
    )
