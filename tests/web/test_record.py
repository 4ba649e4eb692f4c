"""The record of the resolution: written by the chair, or signed on paper, entered and confirmed."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from sqlalchemy import select

from jcflow import clock
from jcflow.accounts.people import names
from jcflow.audit.chain import AuditEvent
from jcflow.clock import local_day
from jcflow.decisions import records
from jcflow.decisions.ballots import current_ballot
from jcflow.decisions.records import Record
from jcflow.programmes.programme import steps_of
from tests.site import Site

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
WORDS = "Die Trägerversammlung beschließt das Programm in der vorgelegten Fassung."


def path(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/record{rest}"


def written(site: Site) -> tuple[str, Record | None]:
    with site.session() as session:
        programme = site.programme(session)
        return programme.state, records.record_of(session, current_ballot(session, programme))


def enter(site: Site, **typed: object) -> object:
    values = {"text": WORDS, "decided_on": local_day(clock.now()).isoformat()} | typed
    paper = {"scan": (BytesIO(PDF), "niederschrift.pdf")}
    return site.client("buero").post_form(path(site, "/enter"), values, files=paper)


def test_the_chair_sets_the_record_down_from_a_proposed_wording(site: Site) -> None:
    site.at("awaiting_record")
    chair = site.client("tv1")

    (proposed,) = chair.form(path(site, "/write")).fields["text"]
    assert "Die Trägerversammlung des Jobcenters Kreis Paderborn stimmt dem Programm" in proposed
    answer = chair.post_form(path(site, "/write"))

    assert answer.status_code == 303
    assert "In Kraft" in chair.text(answer.location)
    state, record = written(site)
    assert state == "in_force"
    assert record is not None
    assert record.law == "§ 44c Abs. 1 Satz 7 SGB II"
    assert "Mit der Mehrheit der Stimmen angenommen" in record.text
    with site.session() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.object_id == record.id)).one()
    assert (event.actor_id, event.role) == (site.person_id("tv1"), "assembly_chair")


def test_a_record_without_words_comes_back_as_typed(sqlite_site: Site) -> None:
    site = sqlite_site.at("awaiting_record")
    tomorrow = (local_day(clock.now()) + timedelta(days=1)).isoformat()

    answer = site.client("tv1").post_form(path(site, "/write"), {"text": "Zu kurz", "decided_on": tomorrow})

    assert answer.status_code == 422
    assert "Schreiben Sie den Wortlaut des Beschlusses auf." in answer.text
    assert "Zu kurz" in answer.text
    assert tomorrow in answer.text
    assert written(site) == ("awaiting_record", None)


def test_nobody_but_the_chair_writes_the_record(sqlite_site: Site) -> None:
    sqlite_site.at("awaiting_record")

    for account in ("gf", "tv2", "buero", "revision", "beirat1"):
        assert sqlite_site.client(account).get(path(sqlite_site, "/write")).status_code == 403
        if account != "buero":
            assert sqlite_site.client(account).get(path(sqlite_site, "/enter")).status_code == 403


def test_a_signed_record_stands_once_a_second_person_confirms_it(site: Site) -> None:
    site.at("awaiting_record")

    assert enter(site).status_code == 303
    state, entered = written(site)
    assert state == "awaiting_record"
    assert entered is not None
    assert "Wer die Niederschrift eingetragen hat, bestätigt sie nicht selbst." in site.client("buero").text(path(site))
    answer = site.client("tv5").post_form(path(site), action=path(site, f"/{entered.id}/confirm"))

    assert answer.status_code == 303
    state, record = written(site)
    assert state == "in_force"
    assert record is not None
    assert (record.entered_by, record.confirmed_by) == (site.person_id("buero"), site.person_id("tv5"))
    assert record.chair_id == site.person_id("tv1")
    shown = site.client("gf").text(path(site))
    for name in ("Farnhügel", "Quittengarten", "Jasminbach"):
        assert name in shown
    told = site.client("tv5").text(answer.location)
    with site.session() as session:
        people = names(session, [site.person_id("tv1"), site.person_id("tv5")])
        assert steps_of(session, site.programme(session))[-1].role == "assembly_chair"
    assert f"<dt>Wer</dt><dd>{people[site.person_id('tv1')]}, Vorsitz</dd>" in told
    assert f"<dt>Bestätigt von</dt><dd>{people[site.person_id('tv5')]}, Trägerversammlung</dd>" in told


def test_who_entered_a_record_cannot_confirm_it(site: Site) -> None:
    site.at("awaiting_record")
    enter(site)
    _, entered = written(site)
    assert entered is not None
    office = site.client("buero")
    data = office.form("/account", action="/logout").filled({}) | {"form_token": "x" * 24, "version": "1"}

    answer = office.post(path(site, f"/{entered.id}/confirm"), data=data)

    assert answer.status_code == 422
    assert written(site)[0] == "awaiting_record"


def test_a_record_entered_anew_must_be_read_again(site: Site) -> None:
    site.at("awaiting_record")
    enter(site)
    _, entered = written(site)
    assert entered is not None
    second = site.client("tv5")
    old = second.form(path(site), action=path(site, f"/{entered.id}/confirm")).filled({})
    enter(site, text=WORDS + " Mit einer Ergänzung.")

    answer = second.post(path(site, f"/{entered.id}/confirm"), data=old)

    assert answer.status_code == 409
    assert "neu eingetragen" in answer.text
    assert written(site)[0] == "awaiting_record"


def test_a_record_somebody_else_entered_meanwhile_is_not_overwritten(site: Site) -> None:
    site.at("awaiting_record")
    client, page = site.client("buero"), path(site, "/enter")
    old = client.form(page)
    enter(site)
    typed = {"text": WORDS + " Anders.", "decided_on": local_day(clock.now()).isoformat()}

    answer = client.post(
        page, data=old.filled(typed) | {"scan": (BytesIO(PDF), "b.pdf")}, content_type="multipart/form-data"
    )

    assert answer.status_code == 409
    assert WORDS + " Anders." in answer.text
    _, kept = written(site)
    assert kept is not None
    assert (kept.text, kept.version) == (WORDS, 1)


def test_a_record_from_paper_needs_its_scan(sqlite_site: Site) -> None:
    site = sqlite_site.at("awaiting_record")

    answer = site.client("buero").post_form(
        path(site, "/enter"), {"text": WORDS, "decided_on": "2026-01-01"}, files={"scan": (BytesIO(b""), "")}
    )

    assert answer.status_code == 422
    assert "Laden Sie die unterschriebene Niederschrift als Datei hoch." in answer.text
    assert WORDS in answer.text
    assert written(site)[1] is None


def test_the_board_waits_until_a_record_is_confirmed(sqlite_site: Site) -> None:
    site = sqlite_site.at("awaiting_record")
    enter(site)

    assert WORDS not in site.client("beirat1").text(path(site))
    assert WORDS in site.client("revision").text(path(site))


def test_everybody_who_reads_the_programme_reads_the_record_but_not_who_voted_how(sqlite_site: Site) -> None:
    site = sqlite_site.at("in_force")

    shown = site.client("beirat1").text(path(site))
    assert "Die Trägerversammlung beschließt das Programm" in shown
    assert "Stimmen der Mitglieder" not in shown
    assert "Stimmen der Mitglieder" in site.client("tv2").text(path(site))
    assert site.client("admin").get(path(site)).status_code == 403
    assert site.client("gf@ennepe-ruhr").get(path(site)).status_code == 404
    assert site.client("gf@ennepe-ruhr").get(path(site, "/write")).status_code == 403
