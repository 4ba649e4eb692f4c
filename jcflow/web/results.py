"""Stating, deciding and recording the result."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("results", __name__)
