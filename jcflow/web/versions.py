"""Frozen versions, read as they were."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("versions", __name__)
