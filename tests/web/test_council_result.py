"""Results of council bodies, and handing a planning document over to the Land, in a licensed municipal provider."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from jcflow import clock
from jcflow.audit.chain import AuditEvent
from jcflow.clock import local_day
from jcflow.decisions.records import BodyResult, results_of
from tests.site import Site

HOUSE = "ennepe-ruhr"
VOTES = {"yes": "12", "no": "2", "abstain": "1", "excluded": "0"}


def path(site: Site, rest: str) -> str:
    return f"/programmes/{site.slug(HOUSE)}/{rest}"


def sitting(**typed: str) -> dict[str, str]:
    said = {"met_on": local_day(clock.now()).isoformat(), "reference": "38/2026", "outcome": "recommended"}
    return said | VOTES | typed


def results(site: Site) -> tuple[str, list[BodyResult]]:
    with site.session(HOUSE) as session:
        programme = site.programme(session)
        return programme.state, results_of(session, programme)


def test_the_office_enters_what_the_committee_recommends(site: Site) -> None:
    site.at("committee", HOUSE)
    office = site.client(f"buero@{HOUSE}")
    paper = {"paper": (BytesIO(b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"), "auszug.pdf")}

    answer = office.post_form(path(site, "results/enter"), sitting(), files=paper)

    assert answer.status_code == 303
    state, (entered,) = results(site)
    assert state == "council"
    assert (entered.body, entered.reference, entered.yes, entered.outcome) == (
        "committee",
        "38/2026",
        12,
        "recommended",
    )
    shown = office.text(path(site, "record"))
    assert "38/2026" in shown
    assert "auszug.pdf" in shown
    with site.session(HOUSE) as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.object_id == entered.id)).one()
    assert (event.actor_id, event.role) == (site.person_id(f"buero@{HOUSE}"), "staff")


@pytest.mark.parametrize(
    ("at", "outcome", "then"),
    [
        ("committee", "changed", "disposition"),
        ("committee", "deferred", "committee"),
        ("council", "adopted", "in_force"),
        ("council", "changed", "disposition"),
        ("council", "rejected", "rejected"),
        ("council", "deferred", "council"),
    ],
)
def test_each_outcome_leads_where_the_procedure_says(sqlite_site: Site, at: str, outcome: str, then: str) -> None:
    sqlite_site.at(at, HOUSE)
    against = {"yes": "2", "no": "12"} if outcome == "rejected" else {}
    empty = dict.fromkeys(VOTES, "") if outcome == "deferred" else against

    answer = sqlite_site.client(f"buero@{HOUSE}").post_form(
        path(sqlite_site, "results/enter"), sitting(outcome=outcome, **empty)
    )

    assert answer.status_code == 303
    assert results(sqlite_site)[0] == then


def test_an_outcome_of_the_other_body_is_refused_and_the_rest_kept(site: Site) -> None:
    site.at("committee", HOUSE)
    tomorrow = (local_day(clock.now()) + timedelta(days=1)).isoformat()
    office = site.client(f"buero@{HOUSE}")
    page = path(site, "results/enter")

    wrong = office.post_form(page, sitting(outcome="adopted", yes="viele", note="Beraten nach langer Aussprache."))
    early = office.post_form(page, sitting(met_on=tomorrow, reference=""))

    assert (wrong.status_code, early.status_code) == (422, 422)
    assert "Wählen Sie das Ergebnis aus." in wrong.text
    assert "Geben Sie eine Zahl von 0 bis 999 ein." in wrong.text
    assert "viele" in wrong.text
    assert "Beraten nach langer Aussprache." in wrong.text
    assert "Die Sitzung liegt in der Zukunft." in early.text
    assert "Geben Sie das Aktenzeichen der Vorlage ein" in early.text
    assert results(site) == ("committee", [])


@pytest.mark.parametrize(
    ("at", "typed", "said"),
    [
        ("committee", {"met_on": "1900-01-01"}, "Vor dem 18.11.2026 kann das Gremium darüber nicht beraten haben"),
        ("committee", {"yes": "0", "no": "30"}, "Zu diesem Ergebnis gehören mehr Ja als Nein"),
        ("council", {"outcome": "rejected", "yes": "10", "no": "2"}, "Mit mehr Ja als Nein ist nichts abgelehnt"),
    ],
)
def test_a_result_that_cannot_be_is_refused_at_the_field(
    sqlite_site: Site, at: str, typed: dict[str, str], said: str
) -> None:
    sqlite_site.at(at, HOUSE)
    before = results(sqlite_site)[1][0].id if at == "council" else None

    answer = sqlite_site.client(f"buero@{HOUSE}").post_form(
        path(sqlite_site, "results/enter"), sitting(**typed, note="Beraten nach langer Aussprache.")
    )

    assert answer.status_code == 422
    assert said in answer.text
    assert "Beraten nach langer Aussprache." in answer.text
    assert [entered.id for entered in results(sqlite_site)[1]] == ([before] if before else [])


def test_only_the_office_enters_results(sqlite_site: Site) -> None:
    sqlite_site.at("committee", HOUSE)

    for account in ("gf", "redaktion", "beirat1", "revision"):
        assert sqlite_site.client(f"{account}@{HOUSE}").get(path(sqlite_site, "results/enter")).status_code == 403
    assert sqlite_site.client("buero").get(path(sqlite_site, "results/enter")).status_code == 404


def test_a_council_that_is_not_on_turn_has_no_result(sqlite_site: Site) -> None:
    sqlite_site.at("consultation", HOUSE)

    assert sqlite_site.client(f"buero@{HOUSE}").get(path(sqlite_site, "results/enter")).status_code == 409


def test_the_planning_document_goes_to_the_land_before_it_is_resolved(site: Site) -> None:
    site.at("council", HOUSE)
    director = site.client(f"gf@{HOUSE}")
    page = path(site, "hand-over")

    answer = director.post_form(page, {"note": "Aktenzeichen 7/2026"})

    assert answer.status_code == 303
    shown = site.client(f"buero@{HOUSE}").text(page)
    assert "Der Beschluss steht aus." in shown
    assert "Aktenzeichen 7/2026" in shown
    with site.session(HOUSE) as session:
        given = site.programme(session).handed_over
    assert given is not None
    assert given["on"] == local_day(clock.now()).isoformat()


def test_a_hand_over_in_the_future_or_before_the_version_is_refused(sqlite_site: Site) -> None:
    site = sqlite_site.at("council", HOUSE)
    tomorrow = (local_day(clock.now()) + timedelta(days=1)).isoformat()

    director, page = site.client(f"gf@{HOUSE}"), path(site, "hand-over")

    answer = director.post_form(page, {"on": tomorrow, "note": "Zu früh notiert"})
    early = director.post_form(page, {"on": "2026-11-17", "note": "Vor der Fassung"})

    assert (answer.status_code, early.status_code) == (422, 422)
    assert "gibt es erst seit dem 18.11.2026" in early.text
    assert "Vor der Fassung" in early.text
    assert "Der Tag liegt in der Zukunft." in answer.text
    assert "Zu früh notiert" in answer.text
    with site.session(HOUSE) as session:
        assert site.programme(session).handed_over is None


def test_only_a_planning_document_goes_to_the_land(sqlite_site: Site) -> None:
    sqlite_site.at("in_force")

    answer = sqlite_site.client("gf").get(f"/programmes/{sqlite_site.slug()}/hand-over")

    assert answer.status_code == 409
    assert "Lokales Planungsdokument" in answer.text


@pytest.mark.parametrize(
    ("state", "account", "page", "said"),
    [
        ("internal_check", "gf", "release", "Die Mitglieder des Beirats können die Version lesen und sich äußern."),
        ("disposition", "gf", "dispose", "Beratung im Kreisausschuss, dann Beschluss im Kreistag"),
        ("consultation", "beirat1", "opinions/new", "Der Beirat kann ihn lesen."),
        ("drafting", "gf", "registers/visibility", "Der Beirat sieht nicht"),
    ],
)
def test_no_page_speaks_of_an_assembly_the_house_has_not(
    sqlite_site: Site, state: str, account: str, page: str, said: str
) -> None:
    site = sqlite_site.at(state, HOUSE)

    words = site.client(f"{account}@{HOUSE}").page(path(site, page)).words

    assert said in words
    assert "Trägerversammlung" not in words
    assert "stimmen ab" not in words
