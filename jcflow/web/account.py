"""Einstellungen: the own password, theme and sessions."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("account", __name__)
