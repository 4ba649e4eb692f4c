"""Budgetänderungen: proposing with a preview, the steps by the people on turn, and who sees what."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from jcflow.amendments.amendment import Amendment, standing_of
from jcflow.audit.verify import verify
from jcflow.programmes.budgets import line
from jcflow.programmes.identities.checking import all_differences
from jcflow.programmes.versions import newest_version
from tests.faults.verdict import violations
from tests.forms import page_of
from tests.site import NOW, Site

REASON = "Der Verwaltungsaufwand ist höher als geplant."
AMOUNT = "50.000"
ACCEPTED = "Die Abweichung ist bekannt und bleibt."


@pytest.fixture
def in_force(site: Site) -> Site:
    """Paderborn's programme in force."""
    return site.at("in_force")


def place(site: Site, *more: str) -> str:
    """The list of amendments, or a page below it."""
    return "/".join((f"/programmes/{site.slug()}/amendments", *more))


def line_id(site: Site, table: str, key: str) -> str:
    """The id of a budget line."""
    with site.session() as session:
        return str(line(session, site.programme(session), table, key).id)


def amount_of(site: Site, table: str, key: str) -> int:
    """The amount of a budget line in euro."""
    with site.session() as session:
        return (line(session, site.programme(session), table, key).amount or 0) // 100


def typed(site: Site, **more: str) -> dict[str, str]:
    """A transfer as typed."""
    source, target = (
        line_id(site, "eingliederungstitel", "zuteilung"),
        line_id(site, "verwaltungskostenbudget", "umschichtung"),
    )
    return {"source": source, "target": target, "amount": AMOUNT, "reason": REASON, **more}


def propose(site: Site, account: str = "redaktion", **more: str) -> str:
    """Propose a transfer through the preview; returns the address of the amendment."""
    client = site.client(account)
    new = place(site, "new?kind=transfer_egt_to_vk")
    shown = client.post_form(new, typed(site, **more), press="Vorschau zeigen")
    assert shown.status_code == 200, page_of(shown).words
    form = page_of(shown).form(place(site, "new"))
    answer = client.post(place(site, "new"), data=form.filled({}))
    assert answer.status_code == 303, page_of(answer).words
    return answer.location


def take(site: Site, at: str, account: str, trigger: str, **said: str) -> int:
    """Take a step on its page; the check accepts what will not add up."""
    client = site.client(account)
    if trigger == "check":
        fields = client.form(f"{at}/check", action=f"{at}/check").fields
        said = {name: ACCEPTED for name in fields if name.startswith("accept|")} | said
    return client.post_form(f"{at}/{trigger}", said).status_code


def bring(site: Site, at: str, state: str) -> None:
    """Bring an amendment below the limit to a state."""
    ways = (
        ("checked", "haushalt", "check", {"opinion": "Der Betrag ist entbehrlich."}),
        ("decision_pending", "gf", "put", {}),
        ("approved", "gf", "decide", {"outcome": "approved", "minutes": "Vermerk 7/2026"}),
        ("blocked", "haushalt", "block", {}),
        ("declared", "haushalt", "declare", {}),
    )
    for reached, account, trigger, said in ways:
        assert take(site, at, account, trigger, **said) == 303, trigger
        if reached == state:
            return


def test_without_an_amendment_the_list_says_so(in_force: Site) -> None:
    page = in_force.client("gf").page(place(in_force))

    assert page.h1 == "Budgetänderungen"
    assert "Noch keine Budgetänderung" in page.words


def test_before_it_is_in_force_a_programme_has_no_amendments(sqlite_site: Site) -> None:
    sqlite_site.at("drafting")
    client = sqlite_site.client("gf")

    assert "Noch gibt es hier nichts zu sehen" in client.page(place(sqlite_site)).words
    assert client.get(place(sqlite_site, "new")).status_code == 409
    assert "Budgetänderungen" not in client.page(f"/programmes/{sqlite_site.slug()}").words


def test_the_preview_shows_both_budgets_and_the_share_and_saves_nothing(in_force: Site) -> None:
    client = in_force.client("redaktion")

    shown = client.post_form(
        place(in_force, "new?kind=transfer_egt_to_vk"),
        typed(in_force, amount="2.263.542"),
        press="Vorschau zeigen",
    )

    words = page_of(shown).words.replace("\xa0", " ")
    assert shown.status_code == 200
    assert "Der kommunale Finanzierungsanteil steigt um 405.729 €" in words
    assert "4.527.084 €" in words
    with in_force.session() as session:
        assert session.scalars(select(Amendment)).all() == []


def test_the_preview_says_that_the_share_falls_the_other_way_round(in_force: Site) -> None:
    source, target = (
        line_id(in_force, "verwaltungskostenbudget", "zuteilung-bund"),
        line_id(in_force, "eingliederungstitel", "zuteilung"),
    )

    shown = in_force.client("gf").post_form(
        place(in_force, "new?kind=transfer_vk_to_egt"),
        {"source": source, "target": target, "amount": "1.000.000", "reason": REASON},
        press="Vorschau zeigen",
    )

    words = page_of(shown).words.replace("\xa0", " ")
    assert "Der kommunale Finanzierungsanteil sinkt um 179.245 €" in words
    assert "1.263.542 €" in words


def test_nothing_is_proposed_that_was_not_seen_in_the_preview(in_force: Site) -> None:
    client = in_force.client("redaktion")
    form = client.form(place(in_force, "new?kind=transfer_egt_to_vk"), action=place(in_force, "new"))

    unseen = client.post(place(in_force, "new"), data=form.filled(typed(in_force)))
    seen = page_of(unseen).form(place(in_force, "new"))
    other = client.post(place(in_force, "new"), data=seen.filled({"amount": "60.000"}))

    assert (unseen.status_code, other.status_code) == (422, 422)
    assert "Prüfen Sie die Vorschau" in page_of(other).words
    with in_force.session() as session:
        assert session.scalars(select(Amendment)).all() == []


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", "100.0000", "Meinten Sie 100.000?"),
        ("amount", "", "Geben Sie den Betrag in Euro ein"),
        ("amount", "-5", "ohne Vorzeichen"),
        ("amount", "99.000.000", "Frei sind in der abgebenden Zeile nur noch 13.568.701 €."),
        ("reason", "kurz", "Begründen Sie die Änderung"),
        ("source", "", "Wählen Sie die Zeile, aus der der Betrag kommt."),
        ("target", "kaputt", "Wählen Sie die Zeile, die den Betrag erhält."),
    ],
)
def test_what_cannot_be_taken_is_said_and_stays_typed(sqlite_site: Site, field: str, value: str, sentence: str) -> None:
    sqlite_site.at("in_force")
    client = sqlite_site.client("redaktion")

    answer = client.post_form(
        place(sqlite_site, "new?kind=transfer_egt_to_vk"),
        typed(sqlite_site, **{field: value}),
        press="Vorschau zeigen",
    )

    assert answer.status_code == 422
    page = page_of(answer)
    assert sentence in page.words.replace("\xa0", " ")
    kept = page.form(place(sqlite_site, "new")).fields
    assert kept["reason"] == ["kurz" if field == "reason" else REASON]
    assert kept["amount"] == [value if field == "amount" else AMOUNT]


def test_an_amendment_goes_from_the_proposal_to_the_booking(in_force: Site) -> None:
    at = propose(in_force)
    assert "Prüfung abschließen: Budgetänderung 1" in in_force.client("haushalt").page("/tasks").words
    bring(in_force, at, "approved")
    assert amount_of(in_force, "verwaltungskostenbudget", "umschichtung") == 2_313_542
    assert amount_of(in_force, "eingliederungstitel", "umschichtung") == 2_313_542
    assert amount_of(in_force, "verwaltungskostenbudget", "kfa") == 3_622_380 + 8_962
    bring_on = (("haushalt", "block"), ("haushalt", "declare"))
    assert [take(in_force, at, account, trigger) for account, trigger in bring_on] == [303, 303]
    assert take(in_force, at, "gf", "book", amount="30.000", reference="4711") == 303
    words = in_force.client("gf").page(place(in_force)).words.replace("\xa0", " ")
    assert "30.000 €" in words
    assert "20.000 €" in words
    assert take(in_force, at, "haushalt", "release", amount="20.000", reason="Der Rest wird nicht gebraucht.") == 303

    page = in_force.client("gf").page(at)
    assert "Abgeschlossen" in page.words
    assert "4711" in page.words
    with in_force.session() as session:
        one = session.scalars(select(Amendment)).one()
        programme = in_force.programme(session)
        newest = newest_version(session, programme)
        assert newest is not None
        assert (one.state, one.version_id, programme.state) == ("closed", newest.id, "in_force")
        assert standing_of(session, one).booked == 30_000_00
        assert verify(session).findings == ()
    story = in_force.client("revision").page(f"/programmes/{in_force.slug()}/history?area=amendments").words
    assert "Budgetänderung vorgeschlagen: 1" in story
    assert f"Budgetänderung 1: {REASON}" in in_force.client("gf").page(f"/programmes/{in_force.slug()}/history").words


def test_what_will_not_add_up_is_said_beforehand_and_accepted_with_the_check(in_force: Site) -> None:
    at = propose(in_force)
    officer = in_force.client("haushalt")
    shown = officer.page(at).words.replace("\xa0", " ")
    assert "Was danach nicht mehr aufgeht" in shown
    assert "Angenommen war bisher" in shown

    without = officer.post_form(f"{at}/check", {"opinion": "Der Betrag ist entbehrlich."})

    assert without.status_code == 422
    assert "warum „" in page_of(without).words
    bring(in_force, at, "approved")
    with in_force.session() as session:
        newest = newest_version(session, in_force.programme(session))
        assert newest is not None
        assert {one.reason for one in newest.accepted.values()} == {ACCEPTED}
        assert {one.key for one in all_differences(newest.document)} == set(newest.accepted)


def test_nobody_approves_what_was_not_accepted_and_the_officer_accepts_it_then(in_force: Site) -> None:
    first, second = propose(in_force), propose(in_force, amount="20.000")
    bring(in_force, first, "decision_pending")
    bring(in_force, second, "approved")
    said = {"outcome": "approved", "minutes": "Vermerk 7/2026"}
    director, officer = in_force.client("gf"), in_force.client("haushalt")

    refused = director.post_form(f"{first}/decide", said)

    assert refused.status_code == 422
    assert "noch nicht angenommen" in page_of(refused).words
    assert "Abweichungen annehmen" in officer.page(first).words
    fields = officer.form(f"{first}/accept", action=f"{first}/accept").fields
    reasons = {name: ACCEPTED for name in fields if name.startswith("accept|")}
    assert officer.post_form(f"{first}/accept", reasons).status_code == 303
    assert director.post_form(f"{first}/decide", said).status_code == 303
    assert violations(in_force.url) == []


def test_the_bodies_read_the_version_that_the_decision_made(in_force: Site) -> None:
    bring(in_force, propose(in_force), "approved")

    for account in ("tv2", "beirat1"):
        words = in_force.client(account).page(f"/programmes/{in_force.slug()}/budget").words.replace("\xa0", " ")
        assert "2.313.542 €" in words


def test_the_public_is_told_of_an_amendment_until_the_new_version_is_published(site: Site) -> None:
    site.at("published")
    everybody, director = site.client(None), site.client("gf")
    way, publish = f"/public/paderborn/{site.slug()}", f"/programmes/{site.slug()}/publish"
    assert "seitdem geändert" not in everybody.page(f"{way}/budget").words
    bring(site, propose(site), "approved")

    for page in (way, f"{way}/budget"):
        words = everybody.page(page).words.replace("\xa0", " ")
        assert "Budgetänderung 1, beschlossen am Mittwoch, 18. November 2026" in words
    assert "2.313.542" not in everybody.page(f"{way}/budget").words
    assert publish in director.page(f"/programmes/{site.slug()}").links
    offered = director.page(publish).words.replace("\xa0", " ")
    assert "Version 3 veröffentlichen" in offered
    assert "2.313.542 €" in offered
    assert director.post_form(publish, action=publish).status_code == 303

    words = everybody.page(f"{way}/budget").words
    assert "2.313.542" in words
    assert "seitdem geändert" not in words
    assert "Version 3 veröffentlichen" not in director.page(publish).words
    assert violations(site.url) == []


def test_above_the_limit_the_chair_records_what_the_assembly_decided(in_force: Site) -> None:
    at = propose(in_force, amount="2.263.542")
    bring(in_force, at, "decision_pending")
    votes = {"yes": "5", "no": "1", "abstain": "0"}
    assert in_force.client("gf").get(f"{at}/decide").status_code == 403
    assert "Entscheidung festhalten: Budgetänderung 1" in in_force.client("tv1").page("/tasks").words

    without = take(in_force, at, "tv1", "decide", outcome="approved", minutes="Niederschrift 3/2026, TOP 4")
    given = take(in_force, at, "tv1", "decide", outcome="approved", minutes="Niederschrift 3/2026, TOP 4", **votes)

    assert (without, given) == (422, 303)
    assert "5 Ja, 1 Nein, 0 Enthaltungen" in in_force.client("tv2").page(at).words


def test_who_proposed_is_told_that_somebody_else_checks(in_force: Site) -> None:
    at = propose(in_force, "haushalt")
    client = in_force.client("haushalt")

    assert "Prüfung abschließen" not in client.page(at).words
    answer = client.get(f"{at}/check")
    assert answer.status_code == 403
    assert "noch nicht beteiligt" in page_of(answer).words


def test_nothing_is_booked_before_the_declaration(in_force: Site) -> None:
    at = propose(in_force)
    bring(in_force, at, "blocked")

    page = in_force.client("gf").page(f"{at}/book")
    assert "noch nicht für ausgeschöpft erklärt" in page.words
    token = in_force.client("gf")
    csrf = token.csrf_token()
    data = {"csrf_token": csrf, "form_token": "a" * 32, "amount": "1", "reference": "1", "booked_on": "2026-11-18"}
    with in_force.session() as session:
        version = session.scalars(select(Amendment.version)).one()

    assert token.post(f"{at}/book", data={**data, "version": str(version)}).status_code == 409


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", "50.000,01", "Gesperrt sind noch 50.000 €."),
        ("amount", "10.00.0", "Geben Sie den Betrag in Euro ein"),
        ("reference", "", "Belegnummer"),
        ("booked_on", "31.02.2026", "Geben Sie einen Tag ein"),
    ],
)
def test_a_booking_that_cannot_be_taken_keeps_what_was_typed(
    sqlite_site: Site, field: str, value: str, sentence: str
) -> None:
    sqlite_site.at("in_force")
    at = propose(sqlite_site)
    bring(sqlite_site, at, "declared")
    said = {"amount": "50.000", "reference": "4711", "booked_on": NOW.date().isoformat(), field: value}

    answer = sqlite_site.client("gf").post_form(f"{at}/book", said)

    assert answer.status_code == 422
    page = page_of(answer)
    assert sentence in page.words.replace("\xa0", " ")
    assert page.form(f"{at}/book").fields[field] == [value]


def test_a_step_of_another_state_is_a_conflict_and_an_old_form_too(in_force: Site) -> None:
    at = propose(in_force)
    officer = in_force.client("haushalt")
    old = officer.form(f"{at}/check")
    assert take(in_force, at, "haushalt", "check", opinion="Der Betrag ist entbehrlich.") == 303

    again = officer.post(f"{at}/check", data=old.filled({"opinion": "Der Betrag ist entbehrlich."}))

    assert again.status_code == 409
    assert in_force.client("haushalt").get(f"{at}/block").status_code == 409
    assert in_force.client("haushalt").get(f"{at}/fly").status_code == 404


def test_whom_it_does_not_concern_gets_no_amendments(in_force: Site) -> None:
    at = propose(in_force)

    for account in ("beirat1", "admin"):
        assert in_force.client(account).get(place(in_force)).status_code == 403
        assert in_force.client(account).get(at).status_code == 403
    for account in ("bca", "buero", "revision", "tv2"):
        client = in_force.client(account)
        assert client.get(at).status_code == 200
        assert client.get(place(in_force, "new")).status_code == 403
    assert in_force.client("revision").get(f"{at}/check").status_code == 403
    assert in_force.client("tv2").get(f"{at}/check").status_code == 403


def test_another_house_has_no_such_amendment(in_force: Site) -> None:
    at = propose(in_force)
    elsewhere = in_force.client("gf@herford")
    one = UUID(at.rpartition("/")[2])

    assert elsewhere.get(at).status_code == 404
    assert elsewhere.get(f"/programmes/{in_force.slug('herford')}/amendments/{one}").status_code == 404


def test_a_correction_is_printed_and_changes_no_amount(in_force: Site) -> None:
    client = in_force.client("redaktion")
    said = {"target": line_id(in_force, "verwaltungskostenbudget", "kfa"), "column": "label", "reason": REASON}
    shown = client.post_form(
        place(in_force, "new?kind=correction"), {**said, "wording": "Kommunaler Anteil"}, press="Vorschau zeigen"
    )
    assert "Kein Betrag ändert sich" in page_of(shown).words
    at = client.post(place(in_force, "new"), data=page_of(shown).form(place(in_force, "new")).filled({})).location
    bring(in_force, at, "approved")

    words = in_force.client("gf").page(at).words
    assert "Berichtigung" in words
    assert "richtig heißen: „Kommunaler Anteil“" in words
    assert amount_of(in_force, "verwaltungskostenbudget", "kfa") == 3_622_380


def test_a_new_allocation_is_settled_by_the_decision(in_force: Site) -> None:
    client = in_force.client("redaktion")
    said = {"target": line_id(in_force, "globalbudget", "egt"), "direction": "raise", "amount": "10.000"}
    shown = client.post_form(
        place(in_force, "new?kind=allocation_change"), {**said, "reason": REASON}, press="Vorschau zeigen"
    )
    at = client.post(place(in_force, "new"), data=page_of(shown).form(place(in_force, "new")).filled({})).location
    bring(in_force, at, "approved")

    assert "Abgeschlossen" in in_force.client("gf").page(at).words
    assert amount_of(in_force, "globalbudget", "egt") == 15_842_243
    assert amount_of(in_force, "eingliederungstitel", "zuteilung") == 15_842_243


def test_the_house_sets_the_limit(in_force: Site) -> None:
    admin = in_force.client("admin")
    assert admin.post_form("/admin/settings", {"amendment_limit": "10.0000"}).status_code == 422
    assert admin.post_form("/admin/settings", {"amendment_limit": "10.000"}).status_code == 303
    assert admin.form("/admin/settings").fields["amendment_limit"] == ["10.000"]
    at = propose(in_force)
    bring(in_force, at, "decision_pending")

    assert in_force.client("gf").get(f"{at}/decide").status_code == 403
    assert in_force.client("tv1").get(f"{at}/decide").status_code == 200
