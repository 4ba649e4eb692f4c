"""What the codes of an authenticator app and recovery codes are worth.

Flask-Security's `Totp` makes and checks them; the key it encrypts secrets with comes from JCFLOW_SECRET_KEY.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from flask import current_app
from flask_security.core import UserMixin
from flask_security.totp import Totp
from itsdangerous import BadSignature, URLSafeTimedSerializer
from passlib.totp import TotpMatch
from qrcode.main import QRCode

from jcflow.accounts.second_factor import RECOVERY_CODES, Fits, SecondFactor
from jcflow.errors import BadInput

SKEW = 30
"""Seconds by which somebody's clock may be wrong."""
SETUP_LASTS = 60 * 60
"""Seconds in which the code shown has to be scanned."""


@dataclass
class _Seen(UserMixin):
    """How far somebody's codes are used up, and the one that was shown now."""

    last: int | None
    counter: int | None = None


class _Codes(Totp):
    def get_last_counter(self, user: UserMixin) -> int | None:
        return user.last if isinstance(user, _Seen) else None

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        if isinstance(user, _Seen):
            user.counter = tmatch.counter


def _derived(purpose: str) -> bytes:
    return hmac.new(str(current_app.secret_key).encode(), purpose.encode(), hashlib.sha256).digest()


def _codes() -> _Codes:
    return _codes_with(_derived("second factor: secrets").hex())


@cache
def _codes_with(key: str) -> _Codes:
    return _Codes({1: key}, "jcflow")


def _signer(person_id: UUID) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_derived("second factor: setting up"), salt=str(person_id))


@dataclass(frozen=True)
class Offer:
    """A fresh secret, for one person to put into an app."""

    key: str
    """Encrypted and signed: what the form carries until the app has shown that it knows the secret."""
    words: str
    """The secret in groups of four, to be typed."""
    uri: str
    """The same for an app on this very device."""
    size: int
    path: str
    """Modules along an edge of the picture to be scanned, and the dark ones as the data of an SVG path."""


def offer(person_id: UUID, account: str, known: str = "") -> Offer:
    """A secret to set up, or the very one a form carries already, if it holds still."""
    try:
        secret = str(_signer(person_id).loads(known, max_age=SETUP_LASTS)) if known else ""
    except BadSignature:
        secret = ""
    codes = _codes()
    secret = secret or codes.generate_totp_secret()
    uri = codes.get_totp_uri(account, secret)
    size, path = _picture(uri)
    return Offer(str(_signer(person_id).dumps(secret)), codes.get_totp_pretty_key(secret), uri, size, path)


def _picture(uri: str) -> tuple[int, str]:
    code = QRCode(border=4)
    code.add_data(uri)
    rows: Sequence[Sequence[bool]] = code.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return len(rows), "".join(dark)


def accepted(person_id: UUID, key: str, typed: str) -> tuple[str, int]:
    """The encrypted secret of an offer and the number of the half minute of its first code.

    Raises:
        BadInput: The offer is too old, or the code does not fit.
    """
    try:
        secret = str(_signer(person_id).loads(key, max_age=SETUP_LASTS))
    except BadSignature as error:
        raise BadInput(
            {"code": "Das Einrichten hat zu lange gedauert. Richten Sie die App noch einmal ein."}
        ) from error
    counter = _counter(typed, secret, None)
    if counter is None:
        raise BadInput({"code": "Der Code stimmt nicht. Geben Sie den Code ein, den Ihre App jetzt zeigt."})
    return secret, counter


def fits(typed: str) -> Fits:
    """Whether a typed code fits somebody's second factor."""

    def counter_of(factor: SecondFactor) -> int | None:
        return _counter(typed, factor.secret, factor.last_counter)

    return counter_of


def _counter(typed: str, secret: str, last: int | None) -> int | None:
    seen = _Seen(last)
    _codes().verify_totp(typed[:20], secret, seen, window=SKEW)
    return seen.counter


def fresh_recovery_codes() -> list[str]:
    """Ten codes such as `1a2b-3c4d-5e6f`, to be shown once."""
    return [str(code) for code in _codes().generate_recovery_codes(RECOVERY_CODES)]


def fingerprint(person_id: UUID, code: str) -> str:
    """What is kept of a recovery code: nobody gets it back from there without the secret key."""
    plain = "".join(c for c in code.lower() if c.isalnum())[:40]
    return hmac.new(_derived("second factor: recovery"), f"{person_id}:{plain}".encode(), hashlib.sha256).hexdigest()
