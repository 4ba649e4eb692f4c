"""Budget tables: read, taken away as CSV, changed as a whole, filled by pasting."""

from __future__ import annotations

from jcflow.web.budget import edit, paste, show, tables
from jcflow.web.budget.blueprint import pages

__all__ = ["edit", "pages", "paste", "show", "tables"]
