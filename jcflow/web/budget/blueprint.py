"""The group that all budget pages belong to."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("budget", __name__)
