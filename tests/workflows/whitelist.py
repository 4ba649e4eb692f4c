"""The names that workflow files may use, as the tests of the reader hand them in."""

from __future__ import annotations

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
    "ballot_result": frozenset({"adopted", "rejected", "tied"}),
    "recorded_result": frozenset({"adopted", "rejected"}),
    "committee_result": frozenset({"recommended", "changed", "deferred"}),
    "council_result": frozenset({"adopted", "changed", "rejected", "deferred"}),
}
