"""What is done before the draft leaves the house: basis, sign-off, budget statement, targets."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("house_checks", __name__)
