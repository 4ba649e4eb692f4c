"""What must hold between the parts of a document: parents, and everything that names something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jcflow.errors import Fault
from jcflow.programmes.exchange.document import BudgetTable, Document, RegisterBlock, Row
from jcflow.programmes.kinds import LineRole

_WHOLE_REGISTERS = ("instruments", "targets", "measures", "projects", "staffing")


def faulty_references(document: Document) -> list[Fault]:
    """Every reference into nothing, every parent that cannot be one, every circle."""
    faults = list(_chapter_parents(document))
    for table in document.budget_tables:
        faults += _line_parents(table)
    faults += _instrument_parents(document.instruments)
    faults += _register_blocks(document)
    faults += _measure_links(document)
    known = {*registers_of(document), "internal_potentials"}
    faults += [
        Fault(f"register_visibility/{name}", "Dieses Register gibt es in der Datei nicht.")
        for name in document.register_visibility
        if name not in known
    ]
    return faults


def registers_of(document: Document) -> tuple[str, ...]:
    """The references a register block of this document may carry, such as `budget_tables/mittel` or `instruments`."""
    return (
        *(f"budget_tables/{table.key}" for table in document.budget_tables),
        *(f"topic_sets/{topics.key}" for topics in document.topic_sets),
        *_WHOLE_REGISTERS,
        *(f"training_plan/{plan.get('key')}" for plan in document.training_plan),
    )


def _chapter_parents(document: Document) -> Iterator[Fault]:
    earlier: set[str] = set()
    for chapter in document.chapters:
        if chapter.parent is not None and chapter.parent not in earlier:
            place = f"chapters/{chapter.key}/parent"
            yield Fault(place, f"Ein Kapitel „{chapter.parent}“ steht nicht weiter oben in der Datei.")
        earlier.add(chapter.key)


def _line_parents(table: BudgetTable) -> Iterator[Fault]:
    roles = {line.key: line.role for line in table.lines}
    parents = {line.key: line.parent for line in table.lines if line.parent is not None}
    for line in table.lines:
        place = f"budget_tables/{table.key}/lines/{line.key}/parent"
        if line.parent is not None:
            yield from _sum_parent(place, line.parent, roles)
    yield from _circles(f"budget_tables/{table.key}/lines", parents)


def _instrument_parents(instruments: Iterable[Row]) -> Iterator[Fault]:
    rows = list(instruments)
    roles = {str(row.get("key")): str(row.get("role")) for row in rows}
    parents = {str(row.get("key")): str(row["parent"]) for row in rows if "parent" in row}
    for key, parent in parents.items():
        place = f"instruments/{key}/parent"
        if roles[key] != LineRole.MEMO:
            yield from _sum_parent(place, parent, roles)
        elif parent not in roles:
            yield Fault(place, f"Eine Zeile „{parent}“ gibt es hier nicht.")
    yield from _circles("instruments", parents)


def _sum_parent(place: str, parent: str, roles: Mapping[str, str]) -> Iterator[Fault]:
    if parent not in roles:
        yield Fault(place, f"Eine Zeile „{parent}“ gibt es hier nicht.")
    elif roles[parent] != LineRole.TOTAL:
        yield Fault(place, f"„{parent}“ ist keine Summe (role: total).")


def _circles(place: str, parents: Mapping[str, str]) -> Iterator[Fault]:
    settled: set[str] = set()
    for key in parents:
        path: dict[str, None] = {}
        above: str | None = key
        while above is not None and above not in settled and above not in path:
            path[above] = None
            above = parents.get(above)
        if above in path:
            yield Fault(f"{place}/{above}/parent", "Die Zeile ist über ihre Summen ein Teil von sich selbst.")
        settled.update(path)


def _register_blocks(document: Document) -> Iterator[Fault]:
    known = set(registers_of(document))
    for chapter in document.chapters:
        for number, block in enumerate(chapter.blocks, 1):
            if isinstance(block, RegisterBlock) and block.of and block.of not in known:
                place = f"chapters/{chapter.key}/blocks/{number}/of"
                yield Fault(place, f"Ein Register „{block.of[:60]}“ gibt es in der Datei nicht.")


def _measure_links(document: Document) -> Iterator[Fault]:
    topics = {topic.key for topics in document.topic_sets for topic in topics.topics}
    targets = {str(row.get("key")) for row in document.targets}
    for row in document.measures:
        for name, known in (("topics", topics), ("targets", targets)):
            linked = row.get(name)
            for key in linked if isinstance(linked, list) else ():
                if key not in known:
                    word = "Thema" if name == "topics" else "Ziel"
                    yield Fault(f"measures/{row.get('key')}/{name}", f"Ein {word} „{key}“ gibt es in der Datei nicht.")
