"""What somebody sees when something does not work: a German sentence, a way out, and what was typed."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import quote

from flask import Flask, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge, SecurityError

from jcflow.database import is_taken
from jcflow.errors import BadInput, JcflowError, NotFound, SignInNeeded, Stale, Taken, TooLarge
from jcflow.web.conflicts import Written, conflict_page, written
from jcflow.web.database import db
from jcflow.web.outages import SECRET, UNTYPED, bare_page, outage_of, outage_page
from jcflow.web.second_factor import needed_page
from jcflow.web.step_up import FactorNeeded
from jcflow.web.transaction import SAFE, restart
from jcflow.web.visitors import visitor

log = logging.getLogger("jcflow.web")

HTTP_SENTENCES = {
    400: "Die Anfrage war unvollständig. Öffnen Sie die Seite neu und versuchen Sie es noch einmal.",
    405: "So lässt sich diese Seite nicht aufrufen.",
    413: "Das ist zu viel auf einmal. Erlaubt sind Dateien bis 10 MB.",
    415: "Dieses Format wird nicht angenommen.",
}


def register(app: Flask) -> None:
    """Give every error of the app its page."""
    app.register_error_handler(JcflowError, _expected)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _expected(error: JcflowError) -> ResponseReturnValue:
    restart()
    match error:
        case SignInNeeded():
            return sign_in_page()
        case FactorNeeded():
            return needed_page(error)
        case NotFound():
            return render_template("errors/not_found.html", written=_written()), error.status
        case Stale():
            return conflict_page(error), error.status
        case BadInput():
            sentence = " ".join(error.problems.values())
            title = "Bitte prüfen Sie Ihre Angaben"
            return render_template("errors/expected.html", title=title, sentence=sentence, written=_written()), 422
    return render_template("errors/expected.html", sentence=str(error), written=_written()), error.status


def _written() -> list[Written]:
    """What would be lost with a refused form."""
    return [] if request.method in SAFE else written()


def sign_in_page() -> ResponseReturnValue:
    """Not signed in: a GET goes to the sign-in page, a POST gets it right here with everything that was typed."""
    if request.method in SAFE:
        wanted = quote(request.full_path.rstrip("?"), safe="/?=:,;")
        return redirect(f"/login?next={wanted}" if request.path != "/" else "/login", 303)
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in UNTYPED | SECRET]
    return render_template("login/form.html", errors={}, email="", resume=request.path, typed=typed, accounts=[]), 401


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, InternalServerError):
        # Something failed after the view: while committing, or while making the page of another error.
        return _unexpected(error.original_exception or error)
    if isinstance(error, SecurityError):
        # Under a name that is not ours no address can be made, so no page either.
        return Response("Diese Adresse gehört nicht zu dieser Anwendung.\n", 400, mimetype="text/plain")
    restart()
    if isinstance(error, CSRFError) and visitor() is None:
        return sign_in_page()
    if isinstance(error, RequestEntityTooLarge):
        size = request.content_length or 0
        sentence = str(TooLarge(size, 10 * 2**20)) if size else HTTP_SENTENCES[413]
        return render_template("errors/expected.html", sentence=sentence), 413
    if error.code == 404:
        return render_template("errors/not_found.html"), 404
    if error.code is None or error.code < 400:
        return error
    sentence = HTTP_SENTENCES.get(error.code, HTTP_SENTENCES[400])
    page = render_template("errors/expected.html", sentence=sentence, written=_written())
    response = make_response(page, error.code)
    if error.code == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _unexpected(error: BaseException) -> ResponseReturnValue:
    if is_taken(error):
        return _expected(Taken())
    outage = outage_of(error)
    return _broken(error) if outage is None else outage_page(outage, error)


def _broken(error: BaseException) -> ResponseReturnValue:
    """The last resort: a page that tells nothing but a reference, which stands in the log too."""
    reference = secrets.token_hex(3).upper()
    log.error("request failed: %s %s", reference, request.endpoint, exc_info=error)
    db.session.rollback()
    return Response(bare_page("errors/broken.html", reference=reference), 500)
