"""Pages that say the same to everybody: help, accessibility, privacy, imprint."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from jcflow.web.guard import open_to_public

pages = Blueprint("pages", __name__)


@pages.get("/help")
@open_to_public
def help_page() -> ResponseReturnValue:
    """Hilfe und Kontakt."""
    return render_template("pages/help.html")


@pages.get("/accessibility")
@open_to_public
def accessibility() -> ResponseReturnValue:
    """Erklärung zur Barrierefreiheit. Source: § 7 BITV 2.0."""
    return render_template("pages/accessibility.html")


@pages.get("/privacy")
@open_to_public
def privacy() -> ResponseReturnValue:
    """Datenschutz."""
    return render_template("pages/privacy.html")


@pages.get("/imprint")
@open_to_public
def imprint() -> ResponseReturnValue:
    """Impressum."""
    return render_template("pages/imprint.html")
