"""An authenticator app for tests: reads the key a page shows and makes the codes a telephone would."""

from __future__ import annotations

import re

from passlib.totp import TOTP

from jcflow import clock
from tests.site import Client, Site

KEY = re.compile(r"\b[A-Z2-7]{4}(?:-[A-Z2-7]{4}){7}\b")
RECOVERY = re.compile(r"<code>([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})</code>")
PAGE = "/account/second-factor"


class App:
    """One telephone."""

    def __init__(self, html: str) -> None:
        found = KEY.search(html)
        assert found, "no key on the page"
        self._totp = TOTP(key=found[0], format="base32")

    def code(self, later: int = 0) -> str:
        """The code it shows so many half minutes from now."""
        return str(self._totp.generate(int(clock.now().timestamp()) + 30 * later).token)


def set_up(client: Client) -> tuple[App, list[str]]:
    """Switch the second factor on with the code of the half minute before; the telephone, and the recovery codes."""
    form = client.form(PAGE)
    # Every look at the page offers another key; a refused code keeps the one the form carries.
    app = App(client.post(PAGE, data=form.filled({"code": "000000"})).text)
    answer = client.post(PAGE, data=form.filled({"code": app.code(-1), "form_token": "f" * 30}))
    assert answer.status_code == 303, answer.text
    return app, RECOVERY.findall(client.text(answer.location))


def begin(site: Site, account: str) -> Client:
    """A browser in which the password was right and the code is still asked for."""
    client = site.client(None)
    answer = client.sign_in(site.address(account))
    assert answer.location.startswith("/login/second-factor"), answer.location
    return client


def demand(site: Site, house: str = "paderborn", **settings: str) -> None:
    """Let a house demand a second factor, by its own administrator."""
    admin = site.client(f"admin@{house}")
    answer = admin.post_form("/admin/settings", settings)
    assert answer.status_code == 303, answer.text
