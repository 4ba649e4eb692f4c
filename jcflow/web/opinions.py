"""Opinions of the advisory board: give, read, enter from paper, confirm."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("opinions", __name__)
