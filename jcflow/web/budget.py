"""Budget tables and their lines."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("budget", __name__)
