"""When a request happens: never before what it had to wait for."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from flask_login import login_user

from jcflow.web.database import db
from jcflow.web.programme_pages import load
from jcflow.web.visitors import moment, visitor_of
from tests.site import NOW, Site


def test_a_change_happens_when_it_has_the_lock(site: Site) -> None:
    with site.app.test_request_context(f"/programmes/{site.slug()}", method="POST"):
        somebody = visitor_of(db.session(), site.person_id("gf"))
        assert somebody is not None
        login_user(somebody)
        came = moment()
        with time_machine.travel(NOW + timedelta(minutes=5)):
            load(site.slug())

            assert moment() - came > timedelta(minutes=4)
        db.session.rollback()
