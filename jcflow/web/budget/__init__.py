"""Budget tables: read, taken away as CSV, changed as a whole."""

from __future__ import annotations

from jcflow.web.budget import edit, show, tables
from jcflow.web.budget.blueprint import pages

__all__ = ["edit", "pages", "show", "tables"]
