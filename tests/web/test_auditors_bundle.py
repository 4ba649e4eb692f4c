"""The bundle for the auditor, taken along from the history of a programme."""

from __future__ import annotations

from pathlib import Path

import pytest

from jcflow.audit.verify_bundle import check
from tests.site import Site


def path(site: Site) -> str:
    return f"/programmes/{site.slug()}/history.zip"


@pytest.mark.parametrize("account", ["revision", "buero"])
def test_auditor_and_office_take_it_along(site: Site, account: str, tmp_path: Path) -> None:
    site.at("in_force")
    client = site.client(account)

    page, answer = client.text(f"/programmes/{site.slug()}/history"), client.get(path(site))

    assert f'href="{path(site)}">Bündel für die Revision laden' in page
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename=revision-paderborn-{site.slug()}.zip"
    (tmp_path / "b.zip").write_bytes(answer.data)
    answer.close()
    said = list(check(tmp_path / "b.zip", None, set()))
    assert "alles passt zusammen" in said[0]
    assert "nicht verankert: " in said[-1]


@pytest.mark.parametrize("account", ["gf", "redaktion", "tv1", "beirat1", "admin", "bca"])
def test_nobody_else_does(sqlite_site: Site, account: str) -> None:
    client = sqlite_site.client(account)

    assert client.get(path(sqlite_site)).status_code == 403
    if account == "gf":
        assert "history.zip" not in client.text(f"/programmes/{sqlite_site.slug()}/history")


def test_another_house_gets_none(sqlite_site: Site) -> None:
    other = f"/programmes/{sqlite_site.slug('ennepe-ruhr')}/history.zip"

    assert sqlite_site.client("revision").get(other).status_code == 404
    assert sqlite_site.client(None).get(path(sqlite_site)).status_code == 303
