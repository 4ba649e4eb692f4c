"""Forms count once: each carries a token, and one that comes again gets its first answer again."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from flask import current_app, g, redirect, request
from werkzeug.wrappers import Response

from jcflow.accounts import form_tokens
from jcflow.accounts.form_tokens import FormToken
from jcflow.accounts.sign_in import WrongOldPassword
from jcflow.errors import BadInput
from jcflow.web import transaction
from jcflow.web.database import db
from jcflow.web.visitors import moment


def claim(person_id: UUID) -> Response | None:
    """Take the token of the form; the first answer, where it was taken before with the same content.

    Raises:
        BadInput: The form carries no sound token.
        FormUsed: The token was used for other content, or by somebody else.
    """
    token = request.form.get("form_token", "")
    if not 16 <= len(token) <= 64:
        raise BadInput({"form_token": "Das Formular ist unvollständig. Öffnen Sie die Seite neu."})
    claimed = form_tokens.claim(db.session(), person_id=person_id, token=token, body_sha256=_body_digest(), at=moment())
    if isinstance(claimed, str):
        return redirect(claimed, 303)
    g.form_token = claimed
    return None


def keep_failure(error: BadInput) -> None:
    """Let a wrong password count although its form is refused; the form itself counts as never sent."""
    if isinstance(error, WrongOldPassword):
        db.session.delete(g.pop("form_token"))
        transaction.keep()


def taken_before() -> FormToken | None:
    """What became of this very form when it came the first time, whoever has sent it; None: it is new.

    For forms that end what one was allowed to send them with: a session, a role, an invitation.
    """
    return form_tokens.taken(db.session(), token=request.form.get("form_token", ""), body_sha256=_body_digest())


def _body_digest() -> str:
    """A fingerprint of what was sent; keyed, because votes and passwords are sent too and could be guessed from it."""
    digest = hmac.new(str(current_app.secret_key).encode(), request.path.encode(), hashlib.sha256)
    for name, value in sorted(request.form.items(multi=True)):
        if name != "csrf_token":
            digest.update(f"{len(name)}:{name}={len(value)}:{value};".encode())
    for name, upload in sorted(request.files.items(multi=True), key=lambda pair: pair[0]):
        content = upload.stream.read()
        upload.stream.seek(0)
        digest.update(f"{name}:{upload.filename}:".encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()
