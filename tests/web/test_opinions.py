"""Members of the board read the version put before them and say what they think of it."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID, uuid4

import time_machine
from sqlalchemy import select

from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.clock import now
from jcflow.opinions.board import Opinion, Stance, opinions_of, points_of
from jcflow.programmes.files import files_of
from jcflow.tasks import Task
from tests.site import Site

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def path(site: Site, page: str = "") -> str:
    return f"/programmes/{site.slug()}/opinions{page}"


def given(site: Site) -> list[tuple[Stance, list[tuple[str, str]]]]:
    """Stance and points (what about, text) of each opinion that stands."""
    with site.session() as session:
        programme = site.programme(session)
        points = points_of(session, programme)
        return [
            (o.stance, [(p.about_label, p.text) for p in points.get(o.id, [])]) for o in opinions_of(session, programme)
        ]


def own(site: Site, account: str) -> Opinion:
    with site.session() as session:
        return session.scalars(select(Opinion).where(Opinion.person_id == site.person_id(account))).one()


def task_is_open(site: Site, account: str) -> bool:
    with site.session() as session:
        mine = (Task.act == "opinion") & (Task.person_id == site.person_id(account))
        return session.scalars(select(Task).where(mine)).one().done_at is None


def test_member_gives_an_opinion_with_two_actions(site: Site) -> None:
    site.at("consultation")
    beirat = site.client("beirat2")
    form = beirat.form(path(site, "/new"))
    about = next(v for c in form.controls if c.name == "about-1" for v in c.options if v.startswith("budget_tables/"))

    answer = beirat.post(
        path(site, "/new"),
        data=form.filled({"stance": "concerns", "about-1": about, "text-1": "Die Kürzung trifft laufende Verträge."}),
    )

    assert answer.status_code == 303
    done = beirat.page(answer.location)
    assert done.h1 == "Die Stellungnahme ist eingegangen"
    assert f"{site.slug()}-E" in done.words
    [(stance, [(label, text)])] = given(site)
    assert (stance, text) == (Stance.CONCERNS, "Die Kürzung trifft laufende Verträge.")
    assert label.startswith("Budget, ")
    assert not task_is_open(site, "beirat2")
    with site.session() as session:
        programme = site.programme(session)
        told = entries(session, select_events(programme.jobcenter_id).where(AuditEvent.object_type == "opinion"))
        assert [(e.role, e.actor_id) for e in told] == [("board_member", site.person_id("beirat2"))]


def test_no_opinion_is_an_answer(site: Site) -> None:
    site.at("consultation")

    answer = site.client("beirat1").post_form(path(site, "/new"), {"stance": "no_opinion"})

    assert answer.status_code == 303
    assert given(site) == [(Stance.NO_OPINION, [])]
    assert not task_is_open(site, "beirat1")


def test_no_opinion_does_not_swallow_a_written_point(site: Site) -> None:
    site.at("consultation")

    answer = site.client("beirat1").post_form(path(site, "/new"), {"stance": "no_opinion", "text-1": "Doch etwas"})

    assert answer.status_code == 422
    assert "Doch etwas" in answer.text
    assert given(site) == []


def test_missing_stance_and_point_are_said_together_with_what_was_typed(site: Site) -> None:
    site.at("consultation")
    beirat = site.client("beirat1")

    without = beirat.post_form(path(site, "/new"), {"text-1": "Mein langer Text"})
    concerns = beirat.post_form(path(site, "/new"), {"stance": "concerns"})

    assert without.status_code == concerns.status_code == 422
    assert "Wählen Sie Ihre Haltung aus." in without.text
    assert "Mein langer Text" in without.text
    assert "<title>Fehler: " in without.text
    assert "mindestens einen Punkt" in concerns.text
    assert given(site) == []
    assert task_is_open(site, "beirat1")


def test_another_point_is_added_without_saving(site: Site) -> None:
    site.at("consultation")
    beirat = site.client("beirat1")

    page = beirat.post_form(
        path(site, "/new"), {"stance": "agree_with_points", "text-1": "Erster Punkt"}, press="Weiteren Punkt hinzufügen"
    )

    assert page.status_code == 200
    assert "Erster Punkt" in page.text
    assert 'name="text-2"' in page.text
    assert given(site) == []


def test_empty_points_between_others_are_left_out(site: Site) -> None:
    site.at("consultation")
    typed = {"stance": "agree_with_points", "text-1": "Eins", "text-2": " ", "text-3": "Drei"}
    abouts = {f"about-{n}": "" for n in (1, 2, 3)}

    answer = site.client("beirat1").post_form(path(site, "/new"), typed | abouts)

    assert answer.status_code == 303
    assert given(site) == [
        (Stance.AGREE_WITH_POINTS, [("Ganzes Programm", "Eins"), ("Ganzes Programm", "Drei")]),
    ]


def test_reference_to_something_else_is_refused(site: Site) -> None:
    site.at("consultation")

    answer = site.client("beirat1").post_form(
        path(site, "/new"), {"stance": "concerns", "about-1": "chapters/erfunden", "text-1": "Text"}
    )

    assert answer.status_code == 422
    assert given(site) == []


def test_opinion_is_changed_and_withdrawn_while_the_consultation_runs(site: Site) -> None:
    site.at("consultation")
    beirat = site.client("beirat1")
    beirat.post_form(path(site, "/new"), {"stance": "concerns", "text-1": "Erste Fassung"})
    assert "Erste Fassung" in beirat.text(path(site, "/new"))

    changed = beirat.post_form(path(site, "/new"), {"stance": "agree", "text-1": ""})
    said = given(site)
    withdrawal = f"/{own(site, 'beirat1').id}/withdraw"
    withdrawn = beirat.post_form(path(site, withdrawal))

    assert changed.status_code == withdrawn.status_code == 303
    assert said == [(Stance.AGREE, [])]
    assert given(site) == []
    assert task_is_open(site, "beirat1")
    assert beirat.page(withdrawn.location).h1 == "Die Stellungnahme ist zurückgezogen"
    again = beirat.post_form(path(site, "/new"), {"stance": "no_opinion"})
    assert again.status_code == 303
    assert given(site) == [(Stance.NO_OPINION, [])]


def test_two_windows_of_one_member_show_both_texts(site: Site) -> None:
    site.at("consultation")
    beirat = site.client("beirat1")
    old = beirat.form(path(site, "/new"))
    beirat.post_form(path(site, "/new"), {"stance": "concerns", "text-1": "Aus dem ersten Fenster"})

    answer = beirat.post(
        path(site, "/new"), data=old.filled({"stance": "agree_with_points", "text-1": "Aus dem zweiten Fenster"})
    )

    assert answer.status_code == 409
    assert "Aus dem ersten Fenster" in answer.text
    assert "Aus dem zweiten Fenster" in answer.text
    assert given(site) == [(Stance.CONCERNS, [("Ganzes Programm", "Aus dem ersten Fenster")])]


def test_an_opinion_counts_only_for_the_version_its_form_was_opened_for(site: Site) -> None:
    site.at("consultation")
    beirat = site.client("beirat1")
    old = beirat.form(path(site, "/new")).filled({"stance": "concerns", "text-1": "Zur alten Fassung"})
    old["on"] = str(uuid4())

    answer = beirat.post(path(site, "/new"), data=old)

    assert answer.status_code == 409
    assert "andere Fassung" in answer.text
    assert "Zur alten Fassung" in answer.text
    assert given(site) == []


def test_attachment_is_kept_with_the_opinion(site: Site) -> None:
    site.at("consultation")

    answer = site.client("beirat1").post_form(
        path(site, "/new"), {"stance": "agree"}, files={"file": (BytesIO(PDF), "Rechnung.pdf")}
    )

    assert answer.status_code == 303
    with site.session() as session:
        subjects = [own(site, "beirat1").id]
        assert [f.name for f in files_of(session, site.programme(session), subjects=subjects)] == ["Rechnung.pdf"]
    assert "Rechnung.pdf" in site.client("beirat3").text(path(site))


def test_late_opinion_is_taken_until_the_consultation_is_closed(site: Site) -> None:
    site.at("consultation")
    with site.session() as session:
        due_on = session.scalars(select(Task.due_on).where(Task.act == "opinion")).first()
    assert due_on is not None

    days = (due_on - now().date()).days + 3
    with time_machine.travel(now().timestamp() + days * 86_400):
        beirat = site.client("beirat1")
        text = beirat.text(path(site, "/new"))
        answer = beirat.post_form(path(site, "/new"), {"stance": "agree"})

    assert "wird noch angenommen" in text
    assert answer.status_code == 303


def test_after_the_close_the_text_is_kept_on_the_page_with_the_phone(site: Site) -> None:
    site.at("consultation")
    beirat = site.client("beirat1")
    form = beirat.form(path(site, "/new"))
    for account in ("beirat2", "beirat3", "beirat4", "beirat5"):
        site.client(account).post_form(path(site, "/new"), {"stance": "agree"})
    with time_machine.travel(now().timestamp() + 40 * 86_400):
        closing = f"/programmes/{site.slug()}/close"
        closed = site.client("buero").post_form(closing, action=f"/programmes/{site.slug()}/steps/close")
    assert closed.status_code == 303

    answer = beirat.post(path(site, "/new"), data=form.filled({"stance": "concerns", "text-1": "Zu spät geschrieben"}))

    assert answer.status_code == 409
    assert "Zu spät geschrieben" in answer.text
    assert "Gremienbüro" in answer.text
    assert (Stance.SILENT, []) in given(site)
    assert beirat.get(path(site, "/new")).status_code == 409


def test_nobody_reads_opinions_before_the_consultation(site: Site) -> None:
    site.at("first_reading")
    beirat = site.client("beirat1")

    page = beirat.page(path(site))

    assert "Noch keine Stellungnahmen" in page.words
    assert beirat.get(path(site, "/new")).status_code == 409


def test_only_the_board_writes_opinions(site: Site) -> None:
    site.at("consultation")

    for account in ("gf", "tv1", "buero", "revision"):
        assert site.client(account).get(path(site, "/new")).status_code == 403


def test_nobody_withdraws_for_another(site: Site) -> None:
    site.at("consultation")
    site.client("beirat1").post_form(path(site, "/new"), {"stance": "agree"})
    opinion_id: UUID = own(site, "beirat1").id

    assert site.client("beirat2").get(path(site, f"/{opinion_id}/withdraw")).status_code == 403
    assert site.client("beirat1@herford").get(path(site, f"/{opinion_id}/withdraw")).status_code == 404
    assert site.client("beirat2").get(path(site, f"/{opinion_id}/done")).status_code == 403


def test_list_says_who_was_heard_and_marks_the_social_partners(site: Site) -> None:
    site.at("consultation")
    site.client("beirat1").post_form(path(site, "/new"), {"stance": "concerns", "text-1": "Von den Betrieben"})
    site.client("beirat3").post_form(path(site, "/new"), {"stance": "agree"})
    site.client("beirat5").post_form(path(site, "/new"), {"stance": "no_opinion"})

    words = site.client("beirat2").page(path(site)).words

    assert "2 von 5 Mitgliedern haben sich geäußert" in words
    assert "Arbeitgeberseite (§ 18d Satz 2 SGB II)" in words
    assert "Arbeitnehmerseite" not in words
    assert "Von den Betrieben" in words


def test_list_is_filtered_by_state_of_the_answers(site: Site) -> None:
    site.at("consultation")
    site.client("beirat1").post_form(path(site, "/new"), {"stance": "concerns", "text-1": "Wartet auf Antwort"})
    gf = site.client("gf")

    waiting, answered = gf.page(path(site, "?status=open")), gf.page(path(site, "?status=answered"))

    assert "Wartet auf Antwort" in waiting.words
    assert "Keine Treffer" in answered.words
