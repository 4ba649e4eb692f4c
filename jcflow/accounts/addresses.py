"""What counts as an e-mail address."""

from __future__ import annotations

from jcflow.errors import BadInput

NO_ADDRESS = "Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@jobcenter.de."
LONGEST = 254


def looks_sound(email: str) -> bool:
    """Whether it looks like one address that mail can be sent to."""
    local, _, domain = email.partition("@")
    plain = not any(c.isspace() or c in ',;<>"' for c in email)
    return bool(local) and "." in domain and len(email) <= LONGEST and plain


def check_address(email: str) -> str:
    """An e-mail address as typed, in the form in which it is kept.

    Raises:
        BadInput: It is none.
    """
    email = email.strip().lower()
    if not looks_sound(email):
        raise BadInput({"email": NO_ADDRESS})
    return email
