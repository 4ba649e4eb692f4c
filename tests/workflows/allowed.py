"""Who may take which step from which state, written by hand from the tables of design.md §4.

Never generated: a change of a workflow file that is not wanted here fails the tests.
"""

from __future__ import annotations

MD = "managing_director"
ED = "editor"
EO = "equal_opportunity_officer"
BO = "budget_officer"
CHAIR = "assembly_chair"
STAFF = "staff"

ALLOWED_GE = {
    ("opened", "start", MD),
    ("opened", "start", ED),
    ("opened", "withdraw", MD),
    ("drafting", "submit", MD),
    ("drafting", "withdraw", MD),
    ("internal_check", "return", MD),
    ("internal_check", "return", EO),
    ("internal_check", "return", BO),
    ("internal_check", "release", MD),
    ("internal_check", "release_to_board", MD),
    ("internal_check", "withdraw", MD),
    ("first_reading", "refer", CHAIR),
    ("first_reading", "return", CHAIR),
    ("first_reading", "withdraw", MD),
    ("consultation", "close", STAFF),
    ("consultation", "withdraw", MD),
    ("disposition", "rework", MD),
    ("disposition", "dispose", MD),
    ("disposition", "withdraw", MD),
    ("resolution", "recall", CHAIR),
    ("resolution", "conclude", CHAIR),
    ("tied", "cast", CHAIR),
    ("awaiting_record", "record", CHAIR),
    ("rejected", "revise", MD),
}

ALLOWED_ZKT = {
    ("opened", "start", MD),
    ("opened", "start", ED),
    ("opened", "withdraw", MD),
    ("drafting", "submit", MD),
    ("drafting", "withdraw", MD),
    ("internal_check", "return", MD),
    ("internal_check", "return", EO),
    ("internal_check", "return", BO),
    ("internal_check", "release", MD),
    ("internal_check", "withdraw", MD),
    ("consultation", "close", STAFF),
    ("consultation", "withdraw", MD),
    ("disposition", "rework", MD),
    ("disposition", "dispose", MD),
    ("disposition", "withdraw", MD),
    ("committee", "enter_result", STAFF),
    ("council", "enter_result", STAFF),
    ("rejected", "revise", MD),
}
