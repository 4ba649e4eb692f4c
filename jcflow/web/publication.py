"""Publishing, with a look at what the public will see; handing over to the Land."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("publication", __name__)
