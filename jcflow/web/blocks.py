"""Blocks of a chapter: one is written and saved at a time."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("blocks", __name__)
