"""The procedures this installation knows, and the names a workflow file may use."""

from __future__ import annotations

from functools import cache

from jcflow import procedure
from jcflow.config import data_dir
from jcflow.procedure import Procedure

GUARDS = frozenset(
    {
        "basis_known",
        "chapters_filled",
        "topics_chosen",
        "signed_off",
        "budget_stated",
        "differences_accepted",
        "carrier_targets_known",
        "first_reading_waived",
        "opinions_in_or_due",
        "points_answered",
        "figures_stated_again",
        "seats_equal",
        "ballot_complete",
        "record_written",
    }
)
EFFECTS = frozenset(
    {
        "close_consultation",
        "open_ballot",
        "void_ballot",
        "conclude_ballot",
        "cast_vote",
        "set_record",
        "free_slug",
        "enter_result",
    }
)
OUTCOMES = {
    "ballot_result": ("adopted", "rejected", "tied"),
    "recorded_result": ("adopted", "rejected"),
    "committee_result": ("recommended", "changed", "deferred"),
    "council_result": ("adopted", "changed", "rejected", "deferred"),
}
PROGRAMME_OF = {"gE": "ge-programme", "zkT": "zkt-programme"}
"""Which procedure a new programme of a Jobcenter's form follows."""


@cache
def known() -> dict[tuple[str, int], Procedure]:
    """Every workflow file of the installation by key and version.

    Raises:
        BadFile: One of them is unsound.
    """
    return procedure.load_all(data_dir("workflows"), guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES)


def newest(form: str) -> Procedure:
    """The newest version of the procedure that a Jobcenter of this form follows."""
    key = PROGRAMME_OF[form]
    return max((p for p in known().values() if p.key == key), key=lambda p: p.version)
