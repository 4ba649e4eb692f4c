"""Open tasks with their dates, for the Gremienbüro."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("deadlines", __name__)
