"""Changing the budget: amounts as typed, one reason for all, sums, two people at once, tables and lines coming back."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from jcflow.audit.reading import Entry, entries, select_events
from jcflow.procedure import Role
from jcflow.programmes import budgets
from jcflow.programmes.budgets import BudgetLine
from jcflow.programmes.files import files_of
from jcflow.tasks import Task
from tests.forms import page_of
from tests.site import Client, Site

TABLE = "globalbudget"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
REASON = "Der Bund hat neu zugeteilt."


def page(site: Site, rest: str = f"{TABLE}/edit") -> str:
    return f"/programmes/{site.slug()}/budget/{rest}"


def lines(site: Site) -> dict[str, BudgetLine]:
    with site.session() as session:
        return budgets.lines_in(session, budgets.table(session, site.programme(session), TABLE))


def newest(site: Site, count: int) -> list[Entry]:
    with site.session() as session:
        return entries(session, select_events(site.programme(session).jobcenter_id).limit(count))


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("1.234.567,00", 123_456_700), ("1234567", 123_456_700), ("1.234.567", 123_456_700), ("1.080,- €", 108_000)],
)
def test_an_amount_is_taken_as_people_type_it(sqlite_site: Site, typed: str, cents: int) -> None:
    answer = sqlite_site.client("redaktion").post_form(page(sqlite_site), {"amount-0": typed})

    assert answer.status_code == 303
    assert lines(sqlite_site)["verwaltungskostenbudget-bund"].amount == cents


def test_saving_writes_only_what_changed_under_one_reason(site: Site) -> None:
    site.at("disposition")
    before = lines(site)

    answer = site.client("gf").post_form(
        page(site),
        {"amount-0": "18.000.000", "amount-3": "3.700.000", "reason": REASON},
        files={"file": (BytesIO(PDF), "bescheid.pdf")},
    )

    assert answer.status_code == 303
    found = newest(site, 3)
    assert [e.object_type for e in found] == ["stored_file", "budget_line", "budget_line"]
    assert len({e.group_id for e in found}) == 1
    assert {e.reason for e in found} == {REASON}
    assert dict(found[1].changes) == {"amount": (362_238_000, 370_000_000)}
    assert lines(site)["egt"].version == before["egt"].version
    with site.session() as session:
        assert [f.subject_type for f in files_of(session, site.programme(session))] == ["change"]


def test_after_the_first_submission_a_change_needs_its_reason(site: Site) -> None:
    site.at("disposition")

    answer = site.client("gf").post_form(page(site), {"amount-0": "18.000.000", "reason": "kurz"})

    assert answer.status_code == 422
    assert "Begründen Sie die Änderung mit mindestens 10 Zeichen" in answer.text
    assert 'value="18.000.000"' in answer.text
    assert lines(site)["verwaltungskostenbudget-bund"].amount == 1_790_157_800


def test_a_malformed_amount_is_refused_with_a_suggestion_and_kept(site: Site) -> None:
    answer = site.client("gf").post_form(
        page(site), {"amount-1": "100.0000", "prior-1": "abc", "label-0": "Anders genannt", "note-0": "bleibt"}
    )

    assert answer.status_code == 422
    assert "Zeile 2, Plan: „100.0000“ ist kein eindeutiger Betrag. Meinten Sie 100.000?" in answer.text
    assert "Zeile 2, Vorjahr:" in answer.text
    assert 'href="#amount-1"' in answer.text
    for kept in ("100.0000", "abc", "Anders genannt", "bleibt"):
        assert f'value="{kept}"' in answer.text
    assert lines(site)["verwaltungskostenbudget-bund"].label == "Verwaltungskostenbudget"


def test_a_missing_label_names_its_line(sqlite_site: Site) -> None:
    answer = sqlite_site.client("gf").post_form(page(sqlite_site), {"label-3": " "})

    assert answer.status_code == 422
    assert "Zeile 4: Geben Sie eine Bezeichnung ein" in answer.text


def test_a_further_line_is_only_a_form_until_it_is_saved(site: Site) -> None:
    client = site.client("gf")
    form = client.form(page(site))
    before = len(lines(site))

    more = client.post(page(site, f"{TABLE}/edit/preview"), data=form.filled({"add": "1", "label-0": "Neu benannt"}))

    assert more.status_code == 200
    assert 'name="label-6"' in more.text
    assert 'value="Neu benannt"' in more.text
    assert len(lines(site)) == before
    typed = {"count": "7", "key-6": "", "version-6": "0", "label-6": "Rücklage", "role-6": "memo", "amount-6": "5.000"}
    assert client.post(page(site), data=form.filled(typed)).status_code == 303
    assert lines(site)["ruecklage"].amount == 500_000


def test_checking_the_sums_saves_nothing(site: Site) -> None:
    client = site.client("gf")
    form = client.form(page(site))
    preview = page(site, f"{TABLE}/edit/preview")

    wrong = client.post(preview, data=form.filled({"check": "1", "amount-2": "30.000.000", "approximate-2": None}))
    right = client.post(preview, data=form.filled({"check": "1"}))

    assert "angegeben 30.000.000 €, gerechnet 33.733.821 €" in wrong.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Die Summen gehen auf" in right.text
    assert lines(site)["globalbudget"].amount == 3_373_382_100


def test_a_line_moves_and_the_others_keep_their_places(site: Site) -> None:
    before = lines(site)["egt"].version

    assert site.client("gf").post_form(page(site), {"place-0": "3,5"}).status_code == 303

    with site.session() as session:
        programme = site.programme(session)
        table = budgets.table(session, programme, TABLE)
        order = [line.key for line in budgets.lines_of(session, programme)[table.id]]
    assert order[:4] == ["egt", "globalbudget", "verwaltungskostenbudget-bund", "kfa"]
    assert lines(site)["egt"].version == before


def test_who_moves_nothing_keeps_the_order_somebody_else_saved(site: Site) -> None:
    slow = site.client("redaktion")
    form = slow.form(page(site))
    site.client("gf").post_form(page(site), {"place-0": "3,5"})
    order = [line.key for line in sorted(lines(site).values(), key=lambda line: line.position)]

    assert slow.post(form.action, data=form.filled({"note-0": "Nur eine Anmerkung"})).status_code == 303

    assert [line.key for line in sorted(lines(site).values(), key=lambda line: line.position)] == order
    assert "Nur eine Anmerkung" in {line.note for line in lines(site).values()}


def test_an_order_typed_before_the_form_is_shown_again_is_saved(sqlite_site: Site) -> None:
    client, before = sqlite_site.client("gf"), lines(sqlite_site)
    form = client.form(page(sqlite_site))
    first = min(before.values(), key=lambda line: line.position).key
    shown = client.post(page(sqlite_site) + "/preview", data=form.filled({"place-0": "2,5"}))

    again = page_of(shown).form(page(sqlite_site))
    assert client.post(again.action, data=again.filled({})).status_code == 303

    assert [x.key for x in sorted(lines(sqlite_site).values(), key=lambda line: line.position)].index(first) == 1


def test_a_removed_line_comes_back(site: Site) -> None:
    client = site.client("gf")
    assert client.post_form(page(site), {"removed-5": "1"}).status_code == 303
    assert lines(site)["par16e-af"].removed
    back = page(site, f"{TABLE}/par16e-af/restore")
    assert back in client.text(f"/programmes/{site.slug()}/budget")

    answer = client.post_form(back)

    assert answer.status_code == 303
    assert not lines(site)["par16e-af"].removed


def test_a_table_is_added_removed_and_brought_back(site: Site) -> None:
    client = site.client("gf")
    assert client.post_form(page(site, "new"), {"title": "Rücklage", "year": "zwei"}).status_code == 422
    assert client.post_form(page(site, "new"), {"title": "Rücklage", "year": "2022"}).status_code == 303
    assert client.post_form(page(site, "ruecklage/remove")).status_code == 303
    overview = f"/programmes/{site.slug()}/budget"
    assert "Rücklage wiederherstellen" in client.text(overview)

    assert client.post_form(page(site, "ruecklage/restore")).status_code == 303

    assert "Rücklage wiederherstellen" not in client.text(overview)


def test_who_writes_into_a_removed_table_is_told_and_keeps_what_was_typed(site: Site) -> None:
    first, second = site.client("gf"), site.client("redaktion")
    form = first.form(page(site))
    assert second.post_form(page(site, f"{TABLE}/remove")).status_code == 303

    answer = first.post(form.action, data=form.filled({"amount-0": "18.765.432"}))

    assert answer.status_code == 409
    assert "Die Tabelle wurde inzwischen entfernt" in answer.text
    assert "18.765.432" in answer.text
    assert first.get(page(site)).status_code == 404


def test_removing_a_table_after_submission_needs_a_reason(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    client = sqlite_site.client("gf")

    assert client.post_form(page(sqlite_site, f"{TABLE}/remove")).status_code == 422
    assert client.post_form(page(sqlite_site, f"{TABLE}/remove"), {"reason": REASON}).status_code == 303
    assert client.post_form(page(sqlite_site, f"{TABLE}/restore")).status_code == 422


def two_people(site: Site) -> tuple[Client, dict[str, object]]:
    """Two open the same table; the second has saved line 1, the first now sends lines 1 and 4."""
    first, second = site.client("gf"), site.client("redaktion")
    form = first.form(page(site))
    assert second.post_form(page(site), {"amount-0": "18.000.000"}).status_code == 303
    return first, form.filled({"amount-0": "19.000.000", "amount-3": "3.700.000"})


def test_a_stale_line_shows_both_values_and_loses_nothing(site: Site) -> None:
    first, typed = two_people(site)

    answer = first.post(page(site), data=typed)

    assert answer.status_code == 409
    assert "19.000.000\u00a0€" in answer.text
    assert "18.000.000\u00a0€" in answer.text
    assert 'name="amount-3" value="3.700.000"' in answer.text
    assert lines(site)["kfa"].amount == 362_238_000


@pytest.mark.parametrize(("choice", "cents"), [("mine", 1_900_000_000), ("theirs", 1_800_000_000)])
def test_whoever_is_asked_decides_which_value_counts(site: Site, choice: str, cents: int) -> None:
    first, typed = two_people(site)
    conflict = first.post(page(site), data=typed)

    form = page_of(conflict).form(page(site))
    answer = first.post(page(site), data=form.filled({"take-verwaltungskostenbudget-bund": choice}))

    assert answer.status_code == 303
    assert lines(site)["verwaltungskostenbudget-bund"].amount == cents
    assert lines(site)["kfa"].amount == 370_000_000


def test_who_leaves_a_line_alone_keeps_what_somebody_else_saved_there(site: Site) -> None:
    first, second = site.client("gf"), site.client("redaktion")
    form = first.form(page(site))
    assert second.post_form(page(site), {"amount-0": "18.000.000", "note-1": "Laut Bescheid"}).status_code == 303

    answer = first.post(page(site), data=form.filled({"amount-3": "3.700.000"}))

    assert answer.status_code == 303
    after = lines(site)
    assert after["verwaltungskostenbudget-bund"].amount == 1_800_000_000
    assert after["kfa"].amount == 370_000_000
    assert "Laut Bescheid" in {line.note for line in after.values()}


def test_a_line_that_somebody_else_changed_to_the_same_value_is_no_conflict(sqlite_site: Site) -> None:
    first, second = sqlite_site.client("gf"), sqlite_site.client("redaktion")
    form = first.form(page(sqlite_site))
    assert second.post_form(page(sqlite_site), {"amount-0": "18.000.000"}).status_code == 303

    answer = first.post(page(sqlite_site), data=form.filled({"amount-0": "18.000.000"}))

    assert answer.status_code == 303


@pytest.mark.parametrize("account", ["bca", "haushalt", "buero", "revision", "tv1", "beirat1", "admin"])
def test_only_those_who_write_the_draft_change_the_budget(sqlite_site: Site, account: str) -> None:
    client = sqlite_site.client(account)

    assert client.get(page(sqlite_site)).status_code == 403
    assert client.get(page(sqlite_site, "new")).status_code == 403


def test_another_jobcenter_finds_nothing_to_change(sqlite_site: Site) -> None:
    stranger = sqlite_site.client("gf@ennepe-ruhr")

    assert stranger.get(page(sqlite_site)).status_code == 404


def test_the_budget_rests_while_the_board_is_consulted(sqlite_site: Site) -> None:
    sqlite_site.at("consultation")

    answer = sqlite_site.client("gf").get(page(sqlite_site))

    assert answer.status_code == 409
    assert "im Stand" in answer.text


def test_a_form_without_the_version_of_a_line_is_refused(sqlite_site: Site) -> None:
    answer = sqlite_site.client("gf").post_form(page(sqlite_site), {"version-0": "", "amount-0": "1"})

    assert answer.status_code == 422
    assert lines(sqlite_site)["verwaltungskostenbudget-bund"].amount == 1_790_157_800


def test_a_file_that_is_none_keeps_everything_typed(sqlite_site: Site) -> None:
    answer = sqlite_site.client("gf").post_form(
        page(sqlite_site), {"amount-0": "18.000.000"}, files={"file": (BytesIO(b"<html>"), "bescheid.pdf")}
    )

    assert answer.status_code == 422
    assert "Laden Sie eine Datei der Art PDF" in answer.text
    assert lines(sqlite_site)["verwaltungskostenbudget-bund"].amount == 1_790_157_800


def owed(site: Site) -> list[tuple[str, bool]]:
    """What the budget officer was asked for in disposition, and whether it is done."""
    with site.session() as session:
        mine = (Task.role == Role.BUDGET_OFFICER) & (Task.state == "disposition")
        found = session.scalars(select(Task).where(mine).order_by(Task.opened_at)).all()
        assert all(t.due_on == date(2026, 11, 25) for t in found)
        return [(t.label, t.done_at is not None) for t in found]


def test_changed_figures_become_a_task_of_the_budget_officer_until_she_states_them(site: Site) -> None:
    site.at("disposition")
    director, officer = site.client("gf"), site.client("haushalt")
    label, overview = "Prüfung des Haushalts abschließen", f"/programmes/{site.slug()}"
    link = f'href="{overview}/state-budget"'
    before = owed(site), link in officer.text("/tasks")

    director.post_form(page(site), {"amount-0": "18.000.000", "reason": REASON})
    director.post_form(page(site), {"amount-3": "3.700.000", "reason": REASON})
    asked = owed(site), link in officer.text("/tasks")
    on_turn = "Haushalt, Geschäftsführung" in site.client("buero").page(overview).words
    stated = officer.post_form(f"{overview}/state-budget", {"text": "Geprüft."})

    assert before == ([], False)
    assert asked == ([(label, False)], True)
    assert on_turn
    assert stated.status_code == 303
    assert owed(site) == [(label, True)]


def test_figures_that_are_back_to_what_was_stated_need_no_statement(sqlite_site: Site) -> None:
    site = sqlite_site.at("disposition")
    director = site.client("gf")

    director.post_form(page(site, f"{TABLE}/remove"), {"reason": REASON})
    asked = owed(site)
    director.post_form(page(site, f"{TABLE}/restore"), {"reason": REASON})

    assert [done for _, done in asked] == [False]
    assert [done for _, done in owed(site)] == [True]


def paste(site: Site, cells: str, client: Client | None = None) -> TestResponse:
    return (client or site.client("redaktion")).post_form(page(site, f"{TABLE}/paste"), {"cells": cells})


def test_pasted_cells_stand_in_the_form_and_are_saved_from_there(site: Site) -> None:
    client = site.client("redaktion")

    answer = paste(site, "Verwaltungskostenbudget\t18.000.000\nFreie Förderung\t120.000", client)

    assert answer.status_code == 200
    seen = page_of(answer)
    assert "„Verwaltungskostenbudget“, Plan: vorher 17.901.578\u00a0€, jetzt 18.000.000\u00a0€." in seen.words
    assert "„Freie Förderung“ ist neu." in seen.words
    assert lines(site)["verwaltungskostenbudget-bund"].amount == 1_790_157_800
    form = seen.form(page(site))
    assert client.post(form.action, data=form.filled({})).status_code == 303
    assert lines(site)["verwaltungskostenbudget-bund"].amount == 1_800_000_000
    assert any(line.label == "Freie Förderung" and line.amount == 12_000_000 for line in lines(site).values())


def test_pasted_cells_that_are_not_clear_are_refused_whole_and_kept(site: Site) -> None:
    answer = paste(site, "Verwaltungskostenbudget\t18.000.000\nFreie Förderung\t100.0000")

    assert answer.status_code == 422
    words = page_of(answer).words
    assert "Zeile 2, Spalte „Plan“: „100.0000“ ist kein eindeutiger Betrag. Meinten Sie 100.000?" in words
    assert "Freie Förderung\t100.0000" in answer.text


def test_who_does_not_write_pastes_nothing(sqlite_site: Site) -> None:
    assert sqlite_site.client("haushalt").get(page(sqlite_site, f"{TABLE}/paste")).status_code == 403
    assert sqlite_site.client("gf@ennepe-ruhr").get(page(sqlite_site, f"{TABLE}/paste")).status_code == 404
