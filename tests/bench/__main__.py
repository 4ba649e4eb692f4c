"""`make bench`: every figure of both databases, one JSON line each on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping

from tests.bench import appending, compare, hints, http, load, pages, reminders, steps, trail
from tests.bench.ground import KINDS, Figure

GROUPS: Mapping[str, Callable[[str], Iterable[Figure]]] = {
    "steps": steps.figures,
    "http": http.figures,
    "pages": pages.figures,
    "load": load.figures,
    "reminders": reminders.figures,
    "trail": trail.figures,
    "appending": appending.figures,
    "compare": compare.figures,
    "hints": hints.figures,
}


def main(wanted: list[str]) -> None:
    """Measure the named groups, or all of them."""
    for name in wanted or GROUPS:
        for kind in KINDS:
            for figure in GROUPS[name](kind):
                line = {"name": figure.name, "db": kind, "value": figure.value, "unit": figure.unit}
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
