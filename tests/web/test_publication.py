"""Publishing a programme and taking it back."""

from __future__ import annotations

import pytest

from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.programmes.versions import newest_version
from tests.site import Site

REASON = "Eine Zahl im Vorwort ist noch zu berichtigen."


def path(site: Site, rest: str = "publish") -> str:
    return f"/programmes/{site.slug()}/{rest}"


def is_out(site: Site) -> bool:
    with site.session() as session:
        programme, newest = site.programme(session), newest_version(session, site.programme(session))
        assert newest is not None
        return programme.published_version_id == newest.id


def test_the_managing_director_publishes_after_a_preview(site: Site) -> None:
    site.at("in_force")
    director = site.client("gf")
    public = f"/public/paderborn/{site.slug()}"
    assert site.client(None).get(public).status_code == 404

    assert "Vorschau: Das sieht die Öffentlichkeit" in director.text(path(site))
    answer = director.post_form(path(site))

    assert answer.status_code == 303
    assert "Das Programm ist öffentlich" in director.text(answer.location)
    assert is_out(site)
    assert site.client(None).get(public).status_code == 200


def test_taking_it_back_needs_a_reason_and_hides_it_again(site: Site) -> None:
    site.at("published")
    director = site.client("gf")

    refused = director.post_form(path(site), {"reason": "Kurz"}, action=path(site, "unpublish"))
    assert refused.status_code == 422
    assert "Kurz" in refused.text
    assert is_out(site)
    answer = director.post_form(path(site), {"reason": REASON}, action=path(site, "unpublish"))

    assert answer.status_code == 303
    assert not is_out(site)
    assert site.client(None).get(f"/public/paderborn/{site.slug()}").status_code == 404
    with site.session() as session:
        programme = site.programme(session)
        about = select_events(programme.jobcenter_id).where(AuditEvent.object_id == programme.id).limit(1)
        (last,) = entries(session, about)
    assert (last.actor_id, last.reason) == (site.person_id("gf"), REASON)


def test_a_page_opened_before_another_change_is_refused(site: Site) -> None:
    site.at("in_force")
    director = site.client("gf")
    old = director.form(path(site)).filled({})
    director.post_form(path(site))

    answer = director.post(path(site), data=old | {"form_token": "y" * 24})

    assert answer.status_code == 409


@pytest.mark.parametrize("account", ["redaktion", "tv1", "beirat1", "buero", "revision", "admin"])
def test_nobody_but_the_managing_director_publishes(sqlite_site: Site, account: str) -> None:
    sqlite_site.at("in_force")

    assert sqlite_site.client(account).get(path(sqlite_site)).status_code == 403


def test_what_is_not_resolved_cannot_be_published(sqlite_site: Site) -> None:
    sqlite_site.at("awaiting_record")

    assert sqlite_site.client("gf").get(path(sqlite_site)).status_code == 409


def test_another_house_has_no_such_programme(sqlite_site: Site) -> None:
    sqlite_site.at("in_force")

    assert sqlite_site.client("gf@ennepe-ruhr").get(path(sqlite_site)).status_code == 404
