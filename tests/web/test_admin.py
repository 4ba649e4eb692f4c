"""Personen und Einstellungen des Hauses."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from jcflow import clock
from jcflow.accounts.jobcenters import setting_of
from jcflow.accounts.people import Membership, Person, memberships, people
from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.mail.offices import office_of
from jcflow.tasks import Task
from tests.site import NOW, Site

NEW = {"name": "Gudrun Weidenbach", "email": "weidenbach@paderborn.example", "role": "editor"}


def newest_events(site: Site, wanted: str) -> list[str]:
    with site.session() as session:
        house = site.house(session)
        found = entries(session, select_events(house.id).where(AuditEvent.object_type == wanted).limit(3))
        return [f"{e.action} {e.role} {e.reason} {e.changes}" for e in found]


def everybody(site: Site) -> list[tuple[str, list[str]]]:
    with site.session() as session:
        return [(p.email, [m.role.value for m in memberships(session, p.id)]) for p in people(session)]


def membership_of(site: Site, account: str) -> Membership:
    with site.session() as session:
        return memberships(session, site.person_id(account))[0]


def test_the_list_names_everybody_with_today_s_roles(site: Site) -> None:
    page = site.client("admin").page("/admin")

    assert "18 Personen" in page.words
    assert "Trägerversammlung (Vorsitz)" in page.words


def test_the_search_finds_by_name_address_and_role(site: Site) -> None:
    admin = site.client("admin")

    assert "5 Personen zu „beirat“" in admin.page("/admin?q=beirat").words
    assert "1 Person zu „AHORN“" in admin.page("/admin?q=AHORN").words
    assert "Keine Treffer für „Zzz“" in admin.page("/admin?q=Zzz").words


def test_an_invited_person_chooses_a_password_with_the_link_and_signs_in(site: Site) -> None:
    admin = site.client("admin")

    answer = admin.post_form("/admin/people/new", NEW)

    assert answer.status_code == 303
    shown = admin.page(answer.location).words
    link = next(word for word in shown.split() if "/invitation/" in word)
    guest, path = site.client(None), link.removeprefix("http://localhost")
    taken = guest.post_form(path, {"password": "ein langes passwort", "again": "ein langes passwort"})
    assert taken.status_code == 303
    assert guest.get("/programmes").status_code == 200
    assert guest.get(path).status_code == 404


def test_the_link_is_shown_once(site: Site) -> None:
    admin = site.client("admin")
    answer = admin.post_form("/admin/people/new", NEW)

    first, second = admin.text(answer.location), admin.text(answer.location)

    assert "/invitation/" in first
    assert "/invitation/" not in second


def test_an_invitation_is_on_record(site: Site) -> None:
    site.client("admin").post_form("/admin/people/new", NEW)

    assert "created admin" in newest_events(site, "membership")[0]
    assert "Gudrun Weidenbach" in newest_events(site, "person")[1]


def test_whoever_joins_the_board_gets_its_open_task(site: Site) -> None:
    site.at("consultation")
    typed = NEW | {"role": "board_member", "board_group": "other", "organisation": "Verein"}

    site.client("admin").post_form("/admin/people/new", typed)

    with site.session() as session:
        person_id = session.scalars(select(Person.id).where(Person.email == NEW["email"])).one()
        assert session.scalars(select(Task.act).where(Task.person_id == person_id)).all() == ["opinion"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "Geben Sie den Namen ein"),
        ({"email": "kein at"}, "Geben Sie eine E-Mail-Adresse ein"),
        ({"email": "GF@herford.example"}, "Diese E-Mail-Adresse ist schon vergeben"),
        ({"role": ""}, "Wählen Sie eine Rolle aus"),
        ({"role": "assembly_chair"}, "Diese Rolle gibt es in diesem Jobcenter nicht"),
        ({"role": "assembly_member"}, "welchen Träger das Mitglied vertritt"),
        ({"role": "board_member"}, "Wählen Sie die Gruppe aus"),
        ({"role": "assembly_member", "carrier": "agency", "chair": "1"}, "hat schon jemand den Vorsitz"),
        ({"valid_from": "31.02.2027"}, "Geben Sie einen Tag ein"),
        ({"valid_from": "2027-03-01", "valid_until": "2027-02-01"}, "Das Ende liegt vor dem Beginn"),
        ({"organisation": "x" * 201}, "Kürzen Sie den Namen"),
    ],
)
def test_an_invitation_that_lacks_something_keeps_what_was_typed(
    sqlite_site: Site, typed: dict[str, str], sentence: str
) -> None:
    before = everybody(sqlite_site)
    admin = sqlite_site.client("admin")

    answer = admin.post_form("/admin/people/new", NEW | typed)

    assert answer.status_code == 422
    assert sentence in answer.text
    for value in (NEW | typed).values():
        assert value in answer.text or value == "assembly_chair"
    assert everybody(sqlite_site) == before


def test_a_person_gets_a_second_role_but_not_one_that_the_first_excludes(site: Site) -> None:
    admin, where = site.client("admin"), f"/admin/people/{site.person_id('haushalt')}"

    taken = admin.post_form(where, {"role": "auditor"}, action=f"{where}/roles")
    refused = admin.post_form(where, {"role": "managing_director"}, action=f"{where}/roles")

    assert taken.status_code == 303
    assert refused.status_code == 422
    assert "schließt eine Rolle aus" in refused.text


def test_an_admin_gives_himself_no_role_in_the_procedure(site: Site) -> None:
    admin, where = site.client("admin"), f"/admin/people/{site.person_id('admin')}"

    answer = admin.post_form(where, {"role": "editor"}, action=f"{where}/roles")

    assert answer.status_code == 422
    assert "Sich selbst können Sie keine Rolle im Verfahren geben" in answer.text
    assert admin.get("/programmes").status_code == 403


def test_an_ended_role_gives_no_rights_from_that_day_on(site: Site) -> None:
    editor, member = site.client("redaktion"), membership_of(site, "redaktion")
    assert editor.get("/programmes").status_code == 200

    answer = site.client("admin").post_form(f"/admin/roles/{member.id}/end", {"on": clock.today().isoformat()})

    assert answer.status_code == 303
    assert editor.get("/programmes").status_code == 303
    assert site.client(None).sign_in("redaktion@paderborn.example").status_code == 422
    assert "valid_until" in newest_events(site, "membership")[0]


def test_a_role_does_not_end_in_the_past_or_twice(site: Site) -> None:
    admin, member = site.client("admin"), membership_of(site, "redaktion")
    page = f"/admin/roles/{member.id}/end"

    late = admin.post_form(page, {"on": (clock.today() - timedelta(days=1)).isoformat()})
    no_day = admin.post_form(page, {"on": "morgen"})
    taken = admin.post_form(page, {"on": clock.today().isoformat()})
    twice = admin.post_form(page, {"on": clock.today().isoformat()})

    assert [late.status_code, no_day.status_code, taken.status_code, twice.status_code] == [422, 422, 303, 422]
    assert "Der Tag ist vorbei" in late.text


def test_the_last_administrator_stays(site: Site) -> None:
    admin, member = site.client("admin"), membership_of(site, "admin")

    answer = admin.post_form(f"/admin/roles/{member.id}/end", {"on": clock.today().isoformat()})

    assert answer.status_code == 422
    assert "Sonst verwaltet niemand die Anwendung" in answer.text
    assert admin.get("/admin").status_code == 200


def test_one_of_two_administrators_may_go(site: Site) -> None:
    admin, member = site.client("admin"), membership_of(site, "admin")
    admin.post_form("/admin/people/new", NEW | {"role": "admin"})

    answer = admin.post_form(f"/admin/roles/{member.id}/end", {"on": clock.today().isoformat()})

    assert answer.status_code == 303


def test_a_stale_ending_shows_both_days(site: Site) -> None:
    admin, member = site.client("admin"), membership_of(site, "redaktion")
    page, later = f"/admin/roles/{member.id}/end", clock.today() + timedelta(days=30)
    form = admin.form(page)
    admin.post_form(page, {"on": later.isoformat()})

    answer = admin.post(page, data=form.filled({"on": clock.today().isoformat()}))

    assert answer.status_code == 409
    assert later.isoformat() in answer.text
    assert clock.today().isoformat() in answer.text


def test_a_new_link_ends_the_old_password_and_is_on_record(site: Site) -> None:
    admin, where, board = site.client("admin"), f"/admin/people/{site.person_id('beirat1')}", site.client("beirat1")

    answer = admin.post_form(where, action=f"{where}/invitation")

    assert answer.status_code == 303
    assert "/invitation/" in admin.text(answer.location)
    assert board.get("/account").status_code == 303
    assert site.client(None).sign_in("beirat1@paderborn.example").status_code == 422
    assert "Neuer Link zum Wählen eines Passworts" in newest_events(site, "person")[0]


def test_settings_are_changed_and_audited(site: Site) -> None:
    admin = site.client("admin")

    answer = admin.post_form(
        "/admin/settings",
        {"seats_agency": "4", "seats_municipality": "4", "office_phone": "05251 000", "first_reading_waived": "1"},
    )

    assert answer.status_code == 303
    assert "05251 000" in admin.text("/account")
    assert "'seats_agency': (3, 4)" in newest_events(site, "setting")[0]
    with site.session() as session:
        assert setting_of(session, site.house(session).id).first_reading_waived is True


@pytest.mark.parametrize("seats", ["0", "21", "drei", "", "-3", "9" * 30, "３"])
def test_a_senseless_number_of_seats_is_refused_and_kept_in_the_form(sqlite_site: Site, seats: str) -> None:
    answer = sqlite_site.client("admin").post_form(
        "/admin/settings", {"seats_agency": seats, "office_hours": "montags"}
    )

    assert answer.status_code == 422
    assert "Geben Sie eine Zahl zwischen 1 und 20 ein" in answer.text
    assert 'value="montags"' in answer.text


def test_stale_settings_show_both_values(site: Site) -> None:
    admin = site.client("admin")
    form = admin.form("/admin/settings")
    admin.post_form("/admin/settings", {"office_hours": "vormittags"})

    answer = admin.post("/admin/settings", data=form.filled({"office_hours": "nachmittags"}))

    assert answer.status_code == 409
    assert "vormittags" in answer.text
    assert "nachmittags" in answer.text


def test_a_municipal_provider_has_no_seats_to_set(sqlite_site: Site) -> None:
    page = sqlite_site.client("admin@ennepe-ruhr").page("/admin/settings")

    assert "Sitze" not in page.words
    assert (
        sqlite_site.client("admin@ennepe-ruhr").post_form("/admin/settings", {"office_hours": "x"}).status_code == 303
    )


def test_another_house_s_people_and_roles_do_not_exist(site: Site) -> None:
    admin, theirs = site.client("admin@herford"), site.person_id("gf")
    role = membership_of(site, "redaktion").id

    for real, unknown in (
        (f"/admin/people/{theirs}", f"/admin/people/{uuid4()}"),
        (f"/admin/roles/{role}/end", f"/admin/roles/{uuid4()}/end"),
    ):
        assert admin.get(real).status_code == admin.get(unknown).status_code == 404
        assert admin.get(real).text == admin.get(unknown).text


def test_only_the_administration_comes_in(site: Site) -> None:
    for account in ("gf", "buero", "revision", "tv1", "beirat1", "redaktion"):
        client = site.client(account)
        for path in ("/admin", "/admin/people/new", "/admin/settings", f"/admin/people/{site.person_id('gf')}"):
            assert client.get(path).status_code == 403


def test_somebody_without_an_e_mail_address_gets_a_name_to_sign_in_with(site: Site) -> None:
    admin = site.at("drafting").client("admin")
    typed = {"name": "Jürgen Weiß", "email": "", "no_email": "1", "role": "editor"}

    first, second = admin.post_form("/admin/people/new", typed), admin.post_form("/admin/people/new", typed)

    assert (first.status_code, second.status_code) == (303, 303)
    page = admin.text(first.location)
    assert "juergen.weiss" in page
    assert "Anmeldename, keine E-Mail-Adresse" in page
    with site.session() as session:
        names = session.scalars(select(Person.email).where(Person.name == "Jürgen Weiß")).all()
    assert sorted(names) == ["juergen.weiss", "juergen.weiss2"]


def test_answers_to_mails_go_to_the_address_of_the_office(site: Site) -> None:
    admin = site.at("drafting").client("admin")

    wrong = admin.post_form("/admin/settings", {"office_email": "buero"})
    taken = admin.post_form("/admin/settings", {"office_email": " buero@kreis-paderborn.example "})

    assert (wrong.status_code, taken.status_code) == (422, 303)
    assert "zum Beispiel buero@jobcenter.de" in wrong.text
    with site.session() as session:
        assert office_of(session, clock.local_day(NOW)).reply_to == "buero@kreis-paderborn.example"
    admin.post_form("/admin/settings", {"office_email": ""})
    with site.session() as session:
        assert office_of(session, clock.local_day(NOW)).reply_to == site.address("buero")
