"""Files: uploaded by content, listed, sent as attachments, and who may have which."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from jcflow import clock
from jcflow.audit.trail import Deed
from jcflow.cli import cast, walk
from jcflow.programmes.files import LARGEST, StoredFile, Upload, files_of, store
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.versions import newest_version
from tests.site import Client, Site
from tests.web.test_blocks import add, blocks, png

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def address(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/files{rest}"


def upload(client: Client, site: Site, name: str = "plan.pdf", content: bytes = PDF, **typed: Any) -> Any:
    return client.post_form(address(site), typed, files={"file": (BytesIO(content), name)})


def kept(site: Site) -> list[StoredFile]:
    with site.session() as session:
        return files_of(session, site.programme(session))


def tied(site: Site, kind: str, subject_type: str, subject_id: UUID | None = None) -> UUID:
    """A file as the acts of other pages leave it."""
    with site.writing() as session:
        programme = site.programme(session)
        deed = Deed(site.person_id("buero"), "staff", clock.now())
        subject = subject_id or programme.id
        stored = store(
            session,
            programme,
            Upload("beleg.pdf", PDF),
            subject_type=subject_type,
            subject_id=subject,
            deed=deed,
            kind=kind,
        )
        return stored.id


def test_a_file_is_kept_and_sent_as_an_attachment(site: Site) -> None:
    client = site.client("redaktion")

    answer = upload(client, site, "Orientierung & Werte.pdf", title="Orientierungswerte", dated="2026-10-01")

    assert answer.status_code == 303
    stored = kept(site)[0]
    assert (stored.title, stored.size) == ("Orientierungswerte", len(PDF))
    sent = client.get(f"/files/{stored.id}")
    assert sent.data == PDF
    assert sent.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in sent.headers["Content-Security-Policy"]
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert "Orientierungswerte" in client.text(address(site))


def test_a_name_with_umlauts_is_kept_in_the_header(site: Site) -> None:
    client = site.client("redaktion")
    upload(client, site, "Übersicht; Entwurf.pdf")

    sent = client.get(f"/files/{kept(site)[0].id}")

    assert "filename*=UTF-8''%C3%9Cbersicht" in sent.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("böse.pdf", b"<script>alert(1)</script>"), ("seite.html", b"<p>x"), ("bild.svg", b"<svg/>"), ("leer.pdf", b"")],
)
def test_a_file_of_another_kind_is_refused(sqlite_site: Site, name: str, content: bytes) -> None:
    answer = upload(sqlite_site.client("gf"), sqlite_site, name, content, title="Mein Titel")

    assert answer.status_code == 422
    assert 'value="Mein Titel"' in answer.text
    assert kept(sqlite_site) == []


def test_nothing_chosen_is_said_at_the_field(site: Site) -> None:
    answer = site.client("gf").post_form(address(site), {"title": "Ohne Datei"}, files={"file": (BytesIO(b""), "")})

    assert answer.status_code == 422
    assert "Wählen Sie eine Datei aus." in answer.text


def test_a_file_above_the_limit_is_refused_with_its_size(sqlite_site: Site) -> None:
    client, page = sqlite_site.client("gf"), address(sqlite_site)
    large = {"file": FileStorage(BytesIO(PDF + b"0" * LARGEST), "plan.pdf")}
    boundary, body = encode_multipart(client.form(page).filled({}) | large)

    answer = client.post(page, data=body, content_type=f"multipart/form-data; boundary={boundary}")

    assert answer.status_code == 413
    assert "Erlaubt sind 10 MB." in answer.text
    assert kept(sqlite_site) == []


def test_a_file_is_removed_after_a_question(site: Site) -> None:
    client = site.client("redaktion")
    upload(client, site)
    stored = kept(site)[0]
    assert "Versionen" in client.text(address(site, f"/{stored.id}/remove"))

    answer = client.post_form(address(site, f"/{stored.id}/remove"))

    assert answer.status_code == 303
    assert kept(site) == []


def test_a_picture_in_use_stays(site: Site) -> None:
    client = site.client("redaktion")
    add(client, site, "figure", {"caption": "Karte", "alt": "Umriss"}, {"picture": (BytesIO(png()), "karte.png")})
    stored = kept(site)[0]

    page = client.page(address(site, f"/{stored.id}/remove"))

    assert "Eine Abbildung zeigt diese Datei" in page.words
    assert len(kept(site)) == 1


def test_the_house_reads_files_and_the_bodies_do_not_see_the_list(site: Site) -> None:
    assert site.client("revision").get(address(site)).status_code == 200
    for account in ("tv1", "beirat1", "admin"):
        assert site.client(account).get(address(site)).status_code == 403


def test_only_writers_upload(site: Site) -> None:
    client = site.client("bca")

    assert "Datei hochladen" not in client.text(address(site))


def test_bodies_get_what_belongs_to_what_they_read(site: Site) -> None:
    site.at("consultation")
    targets, attachment = tied(site, "carrier_targets", "programme"), tied(site, "attachment", "programme")
    beirat = site.client("beirat1")

    assert beirat.get(f"/files/{targets}").status_code == 200
    assert beirat.get(f"/files/{attachment}").status_code == 403


def test_the_paper_of_a_vote_is_for_those_who_enter_and_confirm_it(site: Site) -> None:
    site.at("resolution")
    paper = tied(site, "scan", "vote")

    assert site.client("buero").get(f"/files/{paper}").status_code == 200
    assert site.client("tv2").get(f"/files/{paper}").status_code == 200
    for account in ("gf", "redaktion", "beirat1", "revision"):
        assert site.client(account).get(f"/files/{paper}").status_code == 403


def test_the_auditor_reads_the_paper_of_a_vote_once_the_ballot_is_over(site: Site) -> None:
    site.at("awaiting_record")
    paper = tied(site, "scan", "vote")

    assert site.client("revision").get(f"/files/{paper}").status_code == 200
    assert site.client("gf").get(f"/files/{paper}").status_code == 403


def test_nobody_gets_files_before_anything_was_put_before_them(site: Site) -> None:
    assert site.client("tv1").get(f"/files/{tied(site, 'carrier_targets', 'programme')}").status_code == 403


def test_another_houses_file_does_not_exist(site: Site) -> None:
    stored = tied(site, "attachment", "programme")

    for account in ("gf@ennepe-ruhr", "beirat1@herford"):
        assert site.client(account).get(f"/files/{stored}").status_code == 404
        assert site.client(account).get(f"/files/{stored}/image").status_code == 404


def test_only_pictures_are_shown_inside_pages(site: Site) -> None:
    stored = tied(site, "attachment", "programme")

    assert site.client("gf").get(f"/files/{stored}/image").status_code == 404


def test_a_picture_is_seen_by_whoever_may_see_its_figure(sqlite_site: Site) -> None:
    site = sqlite_site
    client = site.client("redaktion")
    for visibility, name in ((Visibility.BODIES, "offen.png"), (Visibility.INTERNAL, "intern.png")):
        typed = {"caption": "Bild", "alt": "Umriss", "visibility": visibility.value}
        add(client, site, "figure", typed, {"picture": (BytesIO(png(len(name))), name)})
    assert len(blocks(site)) > 2
    pictures = {f.name: f.id for f in kept(site)}

    advance(site, "consultation")

    beirat = site.client("beirat1")
    assert beirat.get(f"/files/{pictures['offen.png']}/image").status_code == 200
    assert beirat.get(f"/files/{pictures['intern.png']}/image").status_code == 403


def advance(site: Site, state: str) -> None:
    """The real steps to a state, from what the test has just typed."""
    with site.writing() as session:
        people = cast.known(session, site.house(session))
        programme = site.programme(session)
        walk.advance(session, programme, state, people=people, at=clock.now())
        assert newest_version(session, programme) is not None
