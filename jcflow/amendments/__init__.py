"""Amendments: changes of the budget of a programme in force, from the proposal to the booking."""
