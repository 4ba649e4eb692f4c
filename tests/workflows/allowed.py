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

BOARD = "board_member"
MEMBER = "assembly_member"

ALLOWED_ACTS_GE = {
    ("opened", "set_basis", MD),
    ("opened", "set_basis", ED),
    ("drafting", "set_basis", MD),
    ("drafting", "set_basis", ED),
    ("internal_check", "sign_off", EO),
    ("internal_check", "state_budget", BO),
    ("internal_check", "accept_difference", BO),
    ("internal_check", "set_targets", MD),
    ("consultation", "opinion", BOARD),
    ("consultation", "enter_opinion", STAFF),
    ("consultation", "confirm_opinion", STAFF),
    ("consultation", "confirm_opinion", MD),
    ("consultation", "confirm_opinion", BOARD),
    ("disposition", "answer", MD),
    ("disposition", "state_budget", BO),
    ("disposition", "accept_difference", BO),
    ("resolution", "vote", MEMBER),
    ("resolution", "enter_vote", STAFF),
    ("resolution", "confirm_vote", STAFF),
    ("resolution", "confirm_vote", MEMBER),
    ("awaiting_record", "enter_record", STAFF),
    ("awaiting_record", "confirm_record", STAFF),
    ("awaiting_record", "confirm_record", MEMBER),
    ("in_force", "publish", MD),
    ("in_force", "unpublish", MD),
}

ALLOWED_ACTS_ZKT = {
    ("opened", "set_basis", MD),
    ("opened", "set_basis", ED),
    ("drafting", "set_basis", MD),
    ("drafting", "set_basis", ED),
    ("internal_check", "sign_off", EO),
    ("internal_check", "state_budget", BO),
    ("internal_check", "accept_difference", BO),
    ("consultation", "opinion", BOARD),
    ("consultation", "enter_opinion", STAFF),
    ("consultation", "confirm_opinion", STAFF),
    ("consultation", "confirm_opinion", MD),
    ("consultation", "confirm_opinion", BOARD),
    ("consultation", "hand_to_land", MD),
    ("disposition", "answer", MD),
    ("disposition", "state_budget", BO),
    ("disposition", "accept_difference", BO),
    ("disposition", "hand_to_land", MD),
    ("committee", "hand_to_land", MD),
    ("council", "hand_to_land", MD),
    ("in_force", "hand_to_land", MD),
    ("in_force", "publish", MD),
    ("in_force", "unpublish", MD),
}
