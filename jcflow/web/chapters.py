"""Chapters: add, rename, reorder, remove, bring back."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("chapters", __name__)
