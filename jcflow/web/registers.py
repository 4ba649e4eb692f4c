"""Registers besides budgets and topics, as tables."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("registers", __name__)
