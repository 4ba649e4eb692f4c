"""Focus topics: choose, order, give reasons."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("topics", __name__)
