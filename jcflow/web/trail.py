"""The trail of the whole house, and its proof."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("trail", __name__)
