"""All identities over one document: a draft, a frozen version or a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from jcflow.programmes.checks import Difference, budget_differences, instrument_differences, training_differences
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.identities.budget import budget_results
from jcflow.programmes.identities.catalogue import IDENTITIES
from jcflow.programmes.identities.results import Outcome, Result
from jcflow.programmes.identities.shares import change_results, share_results
from jcflow.programmes.identities.staffing import staffing_results

_ORDER = list(IDENTITIES)


def check(document: Document) -> tuple[Result, ...]:
    """What every identity comes to, in their order; each at least once.

    An identity that differs exactly as the sum of the same line does shares its difference: one figure is wrong,
    and it is accepted once.
    """
    sums = list(_sums(document))
    known = [result.difference for result in sums if result.difference]
    others = [*budget_results(document), *share_results(document), *change_results(document)]
    others += staffing_results(document)
    missing = [_missing(key) for key in _ORDER if all(r.identity.key != key for r in (*sums, *others))]
    found = [*sums, *(_shared(result, known) for result in others), *missing]
    return tuple(sorted(found, key=lambda result: _ORDER.index(result.identity.key)))


def all_differences(document: Document) -> tuple[Difference, ...]:
    """Every sum and every other identity that does not hold, each once; sums first."""
    found = [result.difference for result in check(document) if result.difference is not None]
    found.sort(key=lambda one: one.identity != "")
    return tuple({one.key: one for one in found}.values())


def _missing(key: str) -> Result:
    note = "Keine Budgetzeile trägt eine Rolle in der Rechnung."
    return Result(IDENTITIES[key], Outcome.NOT_CHECKABLE, "Budget", note=note)


def _sums(document: Document) -> Iterator[Result]:
    """I-7, by table, by the instruments and by training plan: one result where all hold, else one for each sum."""
    for table in document.budget_tables:
        yield from _of_sums(table.title, budget_differences(table))
    if document.instruments:
        yield from _of_sums("Instrumente", instrument_differences(document.instruments))
    for plan in document.training_plan:
        yield from _of_sums(str(plan.get("title")), training_differences(plan))


def _of_sums(about: str, wrong: Sequence[Difference]) -> Iterator[Result]:
    identity = IDENTITIES["I-7"]
    if not wrong:
        yield Result(identity, Outcome.HOLDS, about)
    for one in wrong:
        said = f"{about}: {one.label}"
        yield Result(identity, Outcome.DIFFERS, said, one.stated, one.computed, one.unit, "", one)


def _shared(result: Result, sums: Sequence[Difference]) -> Result:
    one = result.difference
    if one is None or not one.same:
        return result
    twin = next((s for s in sums if (s.place, *s.key[1:4]) == (one.same, *one.key[1:4])), None)
    return result if twin is None else replace(result, difference=twin)
