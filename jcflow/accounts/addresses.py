"""What counts as an e-mail address."""

from __future__ import annotations

from jcflow.errors import BadInput

NO_ADDRESS = "Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@jobcenter.de."
UMLAUT = (
    "Vor dem @ dieser E-Mail-Adresse steht ein Umlaut oder ein anderes Zeichen, mit dem sie nicht überall ankommt. "
    "Geben Sie eine Adresse ohne solche Zeichen ein, zum Beispiel buero@jobcenter.de."
)
LONGEST = 254


def looks_sound(email: str) -> bool:
    """Whether it looks like one address that mail can be sent to."""
    local, _, domain = email.partition("@")
    plain = not any(c.isspace() or c in ',;<>"' for c in email)
    return bool(local) and "." in domain and len(email) <= LONGEST and plain


def fault_of(email: str) -> str | None:
    """Why it is no address that mail can be sent to, as a German sentence; None: it is one, as far as its look tells.

    A domain may have umlauts: the net has a form for it without them. The part before the @ has none.
    """
    if not looks_sound(email):
        return NO_ADDRESS
    return None if email.partition("@")[0].isascii() else UMLAUT


def check_address(email: str) -> str:
    """An e-mail address as typed, in the form in which it is kept.

    Raises:
        BadInput: It is none.
    """
    email = email.strip().lower()
    if fault := fault_of(email):
        raise BadInput({"email": fault})
    return email
