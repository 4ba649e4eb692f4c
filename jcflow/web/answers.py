"""Answers to the board's points."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("answers", __name__)
