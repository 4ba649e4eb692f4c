"""The vote of a member of the carrier assembly."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("votes", __name__)
