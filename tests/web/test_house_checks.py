"""Basis, sign-off, budget statement and carriers' targets, as the people of the house do them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from sqlalchemy import select

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import Membership, add_membership
from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.audit.trail import Deed
from jcflow.clock import now, today
from jcflow.procedure import Role
from jcflow.programmes.acceptances import accepted_of
from jcflow.programmes.budget_lines import LineEdit, save_lines
from jcflow.programmes.budgets import lines_of, tables_of
from jcflow.programmes.exchange.writing import as_data
from jcflow.programmes.files import files_of
from jcflow.programmes.internal_check import (
    SignOff,
    SignOffKind,
    SignOffOutcome,
    figures_are_stated,
    open_differences,
)
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.live import document_of
from jcflow.programmes.versions import figures_digest
from jcflow.tasks import Task
from jcflow.web.formats import euro
from tests.site import Client, Site

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def path(site: Site, page: str) -> str:
    return f"/programmes/{site.slug()}/{page}"


def signed(site: Site, kind: SignOffKind) -> list[tuple[SignOffOutcome, str, str]]:
    with site.session() as session:
        return [(s.outcome, s.text, s.role) for s in session.scalars(select(SignOff).where(SignOff.kind == kind))]


def change_total(site: Site, account: str, role: Role, cents: int, reason: str = "") -> str:
    """Give the first total of the budget another amount in somebody's name; returns what it is called."""
    person_id = site.person_id(account)
    with site.writing() as session:
        programme = site.programme(session)
        table = tables_of(session, programme)[0]
        total = next(x for x in lines_of(session, programme)[table.id] if x.role is LineRole.TOTAL and x.amount)
        edit = LineEdit(total.key, total.version, total.label, total.role, None, total.sign, cents, total.prior_amount)
        deed = Deed(person_id, role, now(), reason)
        assert save_lines(session, programme, table, [edit], deed) == 1
        return total.label


def with_a_wrong_sum(site: Site) -> str:
    """Hand a draft with one wrong sum over to the internal check; returns what the sum is called."""
    label = change_total(site, "gf", Role.MANAGING_DIRECTOR, 12_345_67)
    gf = site.client("gf")
    answer = gf.post_form(path(site, "submit"), action=path(site, "steps/submit"))
    assert answer.status_code == 303, answer.text
    return label


def test_editor_enters_the_planning_basis(site: Site) -> None:
    redaktion = site.client("redaktion")

    answer = redaktion.post_form(
        path(site, "basis"), {"known": "yes", "source": "Schreiben zu Orientierungswerten", "dated": "2021-10-04"}
    )

    assert answer.status_code == 303
    assert "Planungsgrundlage eintragen" in redaktion.text(answer.location)
    with site.session() as session:
        assert site.programme(session).basis == {
            "known": True,
            "source": "Schreiben zu Orientierungswerten",
            "dated": "2021-10-04",
            "note": "",
        }


def test_missing_basis_may_be_said_so(site: Site) -> None:
    answer = site.client("gf").post_form(path(site, "basis"), {"known": "no", "source": "", "note": "Folgt im Mai"})

    assert answer.status_code == 303
    with site.session() as session:
        basis = site.programme(session).basis
        assert basis is not None
        assert (basis["known"], basis["note"]) == (False, "Folgt im Mai")


def test_known_basis_needs_its_source_and_keeps_what_was_typed(site: Site) -> None:
    gf = site.client("gf")

    answer = gf.post_form(path(site, "basis"), {"known": "yes", "source": "", "note": "Schon getippt"})

    assert answer.status_code == 422
    assert "Nennen Sie die Grundlage" in answer.text
    assert "Schon getippt" in answer.text
    with site.session() as session:
        assert site.programme(session).basis is None


def test_stale_basis_shows_both(site: Site) -> None:
    gf, redaktion = site.client("gf"), site.client("redaktion")
    form = gf.form(path(site, "basis"))
    redaktion.post_form(path(site, "basis"), {"known": "yes", "source": "Orientierungswerte vom Oktober"})

    answer = gf.post(path(site, "basis"), data=form.filled({"known": "yes", "source": "Zuteilung vom Dezember"}))

    assert answer.status_code == 409
    assert "Orientierungswerte vom Oktober" in answer.text
    assert "Zuteilung vom Dezember" in answer.text


def test_basis_is_closed_to_others(site: Site) -> None:
    assert site.client("haushalt").get(path(site, "basis")).status_code == 403
    assert site.client("beirat1").get(path(site, "basis")).status_code == 403


def test_equal_opportunity_officer_signs_off_with_a_file(site: Site) -> None:
    site.at("internal_check")
    bca = site.client("bca")

    answer = bca.post_form(
        path(site, "sign-off"),
        {"outcome": "signed", "text": "Ziele für Alleinerziehende ergänzt."},
        files={"file": (BytesIO(PDF), "Anmerkungen.pdf")},
    )

    assert answer.status_code == 303
    done = bca.text(answer.location)
    assert "Prüfung der Chancengleichheit abschließen" in done
    assert f"{site.slug()}-E" in done
    with site.session() as session:
        programme = site.programme(session)
        row = session.scalars(select(SignOff).where(SignOff.kind == SignOffKind.EQUAL_OPPORTUNITY)).one()
        assert (row.outcome, row.text) == (SignOffOutcome.SIGNED, "Ziele für Alleinerziehende ergänzt.")
        assert [f.name for f in files_of(session, programme, subjects=[row.id])] == ["Anmerkungen.pdf"]
        open_now = session.scalars(select(Task).where(Task.act == "sign_off", Task.done_at.is_(None))).all()
        assert open_now == []
        told = entries(session, select_events(programme.jobcenter_id).where(AuditEvent.object_id == row.id))
        assert [e.role for e in told] == ["equal_opportunity_officer"]


def test_waiver_needs_a_reason(site: Site) -> None:
    site.at("internal_check")
    bca = site.client("bca")

    answer = bca.post_form(path(site, "sign-off"), {"outcome": "waived", "text": "kurz"})

    assert answer.status_code == 422
    assert "Begründen Sie den Verzicht" in answer.text
    assert "kurz" in answer.text
    assert signed(site, SignOffKind.EQUAL_OPPORTUNITY) == []


def test_wrong_file_leaves_no_signature_behind(site: Site) -> None:
    site.at("internal_check")

    answer = site.client("bca").post_form(
        path(site, "sign-off"),
        {"outcome": "signed", "text": "Einverstanden, mit Anlage."},
        files={"file": (BytesIO(b"MZ\x90 no document"), "Anlage.pdf")},
    )

    assert answer.status_code == 422
    assert "Laden Sie eine Datei der Art PDF" in answer.text
    assert "Einverstanden, mit Anlage." in answer.text
    assert signed(site, SignOffKind.EQUAL_OPPORTUNITY) == []


def test_sign_off_belongs_to_its_officer_and_its_state(site: Site) -> None:
    site.at("internal_check")

    assert site.client("gf").get(path(site, "sign-off")).status_code == 403
    assert site.client("haushalt").get(path(site, "sign-off")).status_code == 403
    assert site.client("bca@herford").get(path(site, "sign-off")).status_code in {404, 409}


def test_sign_off_waits_for_a_draft(site: Site) -> None:
    assert site.client("bca").get(path(site, "sign-off")).status_code == 409


def differences_form(client: Client, site: Site) -> tuple[Any, list[str]]:
    form = client.form(path(site, "state-budget"))
    return form, [name for name in form.fields if name.startswith("accept|")]


def test_budget_officer_sees_both_numbers_and_accepts_with_a_reason(site: Site) -> None:
    label = with_a_wrong_sum(site)
    haushalt = site.client("haushalt")
    form, fields = differences_form(haushalt, site)
    with site.session() as session:
        found = open_differences(session, site.programme(session))
    assert len(fields) == len(found) > 0
    words = haushalt.page(path(site, "state-budget")).words
    assert label in words
    assert all(euro(number) in words for d in found for number in (d.stated, d.computed, d.amount))

    typed = dict.fromkeys(fields, "So steht es im Haushaltsplan.") | {"text": "Die Zahlen sind schlüssig."}
    answer = haushalt.post(path(site, "state-budget"), data=form.filled(typed))

    assert answer.status_code == 303
    with site.session() as session:
        programme = site.programme(session)
        assert open_differences(session, programme) == []
        assert {a.reason for a in accepted_of(session, programme).values()} == {"So steht es im Haushaltsplan."}
    assert signed(site, SignOffKind.BUDGET) == [(SignOffOutcome.STATED, "Die Zahlen sind schlüssig.", "budget_officer")]


def test_statement_without_accepting_leaves_the_difference_open(site: Site) -> None:
    with_a_wrong_sum(site)

    answer = site.client("haushalt").post_form(path(site, "state-budget"), {"text": "Bitte Summen prüfen."})

    assert answer.status_code == 303
    with site.session() as session:
        assert len(open_differences(session, site.programme(session))) > 0


def test_short_reason_for_a_difference_is_refused_and_kept(site: Site) -> None:
    with_a_wrong_sum(site)
    haushalt = site.client("haushalt")
    form, fields = differences_form(haushalt, site)

    answer = haushalt.post(path(site, "state-budget"), data=form.filled({fields[0]: "zu kurz", "text": "Mein Text"}))

    assert answer.status_code == 422
    assert "zu kurz" in answer.text
    assert "Mein Text" in answer.text
    assert signed(site, SignOffKind.BUDGET) == []
    with site.session() as session:
        assert accepted_of(session, site.programme(session)) == {}


def test_figures_that_moved_meanwhile_are_not_stated(site: Site) -> None:
    site.at("internal_check")
    haushalt = site.client("haushalt")
    form, _ = differences_form(haushalt, site)

    answer = haushalt.post(path(site, "state-budget"), data=form.filled({"figures": "0" * 64, "text": "Mein Text"}))

    assert answer.status_code == 409
    assert "Die Zahlen haben sich geändert" in answer.text
    assert "Mein Text" in answer.text
    assert signed(site, SignOffKind.BUDGET) == []


def test_who_changed_figures_does_not_state_them(site: Site) -> None:
    site.at("disposition")
    with site.writing() as session:
        programme, person_id = site.programme(session), site.person_id("haushalt")
        seat = Membership(
            jobcenter_id=programme.jobcenter_id, person_id=person_id, role=Role.EDITOR, valid_from=today()
        )
        house = session.get_one(Jobcenter, programme.jobcenter_id)
        add_membership(session, house, seat, Deed(None, "command_line", now()))
    haushalt = site.client("haushalt")
    form = haushalt.form(path(site, "state-budget"))
    label = change_total(site, "haushalt", Role.EDITOR, 4_711_00, "Neue Zuteilung des Bundes")

    page = haushalt.page(path(site, "state-budget"))
    sent = form.filled({"figures": figures(site), "text": "Passt."})
    answer = haushalt.post(path(site, "state-budget"), data=sent)

    assert "Jemand anderes muss diese Zahlen prüfen" in page.words
    assert label in page.words
    assert "Neue Zuteilung des Bundes" in page.words
    assert answer.status_code == 403
    assert "nicht selbst geändert hat" in answer.text


def figures(site: Site) -> str:
    with site.session() as session:
        return figures_digest(as_data(document_of(session, site.programme(session))))


def test_another_hand_states_what_was_changed(site: Site) -> None:
    site.at("disposition")
    change_total(site, "redaktion", Role.EDITOR, 4_711_00, "Neue Zuteilung des Bundes")

    answer = site.client("haushalt").post_form(path(site, "state-budget"), {"text": "Passt."})

    assert answer.status_code == 303
    with site.session() as session:
        assert figures_are_stated(session, site.programme(session))


def test_managing_director_attaches_several_target_papers(site: Site) -> None:
    site.at("internal_check")
    gf = site.client("gf")

    answer = gf.post_form(
        path(site, "carrier-targets"),
        {"outcome": "attached", "text": ""},
        files={"file": [(BytesIO(PDF), "Agentur.pdf"), (BytesIO(PDF + b"\n"), "Kreis.pdf")]},
    )

    assert answer.status_code == 303
    with site.session() as session:
        row = session.scalars(select(SignOff).where(SignOff.kind == SignOffKind.CARRIER_TARGETS)).one()
        kept = files_of(session, site.programme(session), subjects=[row.id])
        assert {(f.name, f.kind) for f in kept} == {
            ("Agentur.pdf", "carrier_targets"),
            ("Kreis.pdf", "carrier_targets"),
        }


def test_targets_need_a_file_or_the_word_none(site: Site) -> None:
    site.at("internal_check")
    gf = site.client("gf")

    without = gf.post_form(path(site, "carrier-targets"), {"outcome": "attached", "text": "Brief folgt"})
    none = gf.post_form(path(site, "carrier-targets"), {"outcome": "none", "text": ""})

    assert without.status_code == 422
    assert "Brief folgt" in without.text
    assert none.status_code == 303
    assert [s[0] for s in signed(site, SignOffKind.CARRIER_TARGETS)] == [SignOffOutcome.NONE]


def test_release_opens_when_all_three_are_done(site: Site) -> None:
    with_a_wrong_sum(site)
    haushalt, gf = site.client("haushalt"), site.client("gf")
    form, fields = differences_form(haushalt, site)
    haushalt.post(path(site, "state-budget"), data=form.filled(dict.fromkeys(fields, "Steht so im Haushaltsplan.")))
    site.client("bca").post_form(path(site, "sign-off"), {"outcome": "signed"})
    gf.post_form(path(site, "carrier-targets"), {"outcome": "none"})

    answer = gf.post_form(path(site, "release"), action=path(site, "steps/release"))

    assert answer.status_code == 303
    with site.session() as session:
        assert site.programme(session).state == "first_reading"
