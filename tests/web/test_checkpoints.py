"""Checkpoints on pages: with the result, with the record, where the proof is given, and where mailboxes are entered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from jcflow import clock
from jcflow.audit.checkpoints import Cause, Checkpoint
from jcflow.audit.verify_bundle import notes_in
from jcflow.cli import tour, walk
from jcflow.cli.tour import Tour
from jcflow.config import demo_signing_key
from jcflow.decisions.ballots import Choice
from jcflow.mail.outbox import Mail, Occasion
from jcflow.programmes.programme import steps_of
from tests.site import Site

BOXES = {
    "checkpoint_email_agency": " pruefpunkte@agentur.example ",
    "checkpoint_email_municipality": "pruefpunkte@kreis.example",
}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return demo_signing_key(tmp_path / "schluessel.pem")


@pytest.fixture
def signing(site: Site, key: Path) -> Site:
    """A site that signs."""
    return with_key(site, key)


def with_key(site: Site, key: Path) -> Site:
    site.settings = replace(site.settings, signing_key=key)
    return site


def path(site: Site, rest: str) -> str:
    return f"/programmes/{site.slug()}/{rest}"


def let_all_vote(site: Site) -> None:
    accounts = [f"tv{number}" for number in range(1, 7)]
    people = {account: site.person_id(account) for account in accounts}
    with site.writing() as session:
        cast = dict.fromkeys(accounts, Choice.YES)
        tour.vote(Tour(session, site.programme(session), people, clock.now(), walk.MINUTE * 0, cast))


def test_the_result_is_shown_with_its_checkpoint(signing: Site) -> None:
    site = signing.at("resolution")
    let_all_vote(site)
    chair = site.client("tv1")

    answer = chair.post_form(path(site, "conclude"))

    shown = chair.page(answer.location)
    with site.session() as session:
        (made,) = session.scalars(select(Checkpoint))
        assert made.occasion is Cause.CONCLUDE
        assert made.seq == steps_of(session, site.programme(session))[-1].audit_seq
        assert made.hash in shown.words
    assert "Prüfpunkt zum Ergebnis" in shown.words
    assert "noch nicht hinterlegt" in shown.words


def test_without_its_key_the_page_says_why_no_result_can_be_established(sqlite_site: Site, key: Path) -> None:
    site = with_key(sqlite_site, key).at("resolution")
    let_all_vote(site)
    chair = site.client("tv1")
    form = chair.form(path(site, "conclude"))
    key.unlink()

    page, answer = chair.text(path(site, "conclude")), chair.post(form.action, data=form.filled({}))

    assert "Der Schlüssel zum Unterschreiben der Prüfpunkte ist gerade nicht lesbar." in page
    assert answer.status_code == 409
    with site.session() as session:
        assert site.programme(session).state == "resolution"


def test_the_record_shows_both_checkpoints_and_they_are_mailed(signing: Site) -> None:
    site = signing.at("awaiting_record")
    site.client("admin").post_form("/admin/settings", BOXES)

    answer = site.client("tv1").post_form(path(site, "record/write"))

    assert answer.status_code == 303
    shown = site.client("gf").page(path(site, "record")).words
    assert "Prüfpunkt zum Beschluss" in shown
    assert "pruefpunkte@agentur.example" in shown
    with site.session() as session:
        (made,) = session.scalars(select(Checkpoint))
        mails = session.scalars(select(Mail).where(Mail.occasion == Occasion.CHECKPOINT)).all()
        assert sorted(mail.address for mail in mails) == ["pruefpunkte@agentur.example", "pruefpunkte@kreis.example"]
        assert [list(notes_in("\n".join(mail.facts["note"]) + "\n")) for mail in mails] == [
            list(notes_in(made.note))
        ] * 2


def test_where_nothing_is_signed_the_record_says_so(sqlite_site: Site) -> None:
    site = sqlite_site.at("in_force")

    assert "Noch kein Prüfpunkt gesetzt." in site.client("gf").page(path(site, "record")).words


def test_before_the_record_there_is_no_word_of_it(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")

    assert "Prüfpunkt" not in site.client("gf").page(path(site, "record")).words


def test_the_proof_says_how_far_the_trail_is_anchored(signing: Site) -> None:
    site = signing.at("awaiting_record")
    auditor = site.client("revision")
    before = auditor.page("/audit/verify?run=1").words
    site.client("tv1").post_form(path(site, "record/write"))

    after = auditor.page("/audit/verify?run=1").words

    assert "Nicht verankert: " in before
    assert "Verankert bis Ereignis " in after
    assert "Der Änderungsverlauf ist unversehrt" in after


def test_the_administrator_enters_the_mailboxes(sqlite_site: Site) -> None:
    admin = sqlite_site.client("admin")

    taken = admin.post_form("/admin/settings", BOXES)
    wrong = admin.post_form("/admin/settings", {"checkpoint_email_agency": "agentur"})
    kept = admin.form("/admin/settings").fields
    admin.post_form("/admin/settings", {"checkpoint_email_agency": ""})

    assert (taken.status_code, wrong.status_code) == (303, 422)
    assert kept["checkpoint_email_agency"] == ["pruefpunkte@agentur.example"]
    assert admin.form("/admin/settings").fields["checkpoint_email_agency"] == [""]


def test_a_municipal_provider_has_one_carrier_and_one_mailbox(sqlite_site: Site) -> None:
    fields = sqlite_site.client("admin@ennepe-ruhr").form("/admin/settings").fields

    assert [name for name in fields if name.startswith("checkpoint_email")] == ["checkpoint_email_municipality"]
