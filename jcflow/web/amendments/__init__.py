"""Budgetänderungen: those of a programme in force, a new one with its preview, one with its steps."""

from __future__ import annotations

from jcflow.web.amendments import listing, proposing, stepping
from jcflow.web.amendments.blueprint import pages

__all__ = ["listing", "pages", "proposing", "stepping"]
