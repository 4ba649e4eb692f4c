"""Files of a programme: upload, download, take off."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("files", __name__)
