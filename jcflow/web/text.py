"""The text of a programme: its chapters and blocks, read."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("text", __name__)
