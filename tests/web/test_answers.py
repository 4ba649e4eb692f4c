"""The managing director answers every point of the board."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.audit.trail import Deed
from jcflow.clock import now
from jcflow.opinions.answers import Answer, Disposition
from jcflow.opinions.board import OpinionPoint, opinions_of, points_of
from jcflow.procedure import Role
from jcflow.programmes.budget_lines import LineEdit, save_lines
from jcflow.programmes.budgets import lines_of, tables_of
from jcflow.programmes.kinds import LineRole
from tests.site import Site


def first_point(site: Site) -> OpinionPoint:
    with site.session() as session:
        programme = site.programme(session)
        points = points_of(session, programme)
        return next(p for o in opinions_of(session, programme) for p in points.get(o.id, []))


def path(site: Site, rest: str = "") -> str:
    point = first_point(site)
    return f"/programmes/{site.slug()}/opinions/{point.opinion_id}/reply/{point.id}{rest}"


def answered(site: Site) -> list[Answer]:
    with site.session() as session:
        return list(session.scalars(select(Answer)))


def change_a_line(site: Site) -> UUID:
    """Change an amount as the managing director; returns the group of the change."""
    person_id = site.person_id("gf")
    with site.writing() as session:
        programme = site.programme(session)
        table = tables_of(session, programme)[0]
        line = next(x for x in lines_of(session, programme)[table.id] if x.role is LineRole.TOTAL and not x.parent_id)
        deed = Deed(person_id, Role.MANAGING_DIRECTOR, now(), "Anregung aus dem Beirat")
        edit = LineEdit(line.key, line.version, line.label, line.role, None, line.sign, 4_711_00, line.prior_amount)
        save_lines(session, programme, table, [edit], deed)
        return deed.group


def test_point_is_answered_and_the_next_one_offered(site: Site) -> None:
    site.at("disposition")
    gf = site.client("gf")

    answer = gf.post_form(path(site), {"disposition": "not_adopted", "reason": "Dafür reichen die Mittel nicht."})

    assert answer.status_code == 303
    done = gf.page(answer.location)
    assert done.h1 == "Ihre Antwort ist gespeichert"
    assert "Nächsten Punkt beantworten" in done.words
    [kept] = answered(site)
    assert (kept.disposition, kept.reason) == (Disposition.NOT_ADOPTED, "Dafür reichen die Mittel nicht.")
    with site.session() as session:
        programme = site.programme(session)
        told = entries(session, select_events(programme.jobcenter_id).where(AuditEvent.object_type == "answer"))
        assert [(e.role, e.actor_id) for e in told] == [("managing_director", site.person_id("gf"))]


def test_answer_stands_under_its_point_for_board_and_assembly(site: Site) -> None:
    site.at("disposition")
    site.client("gf").post_form(path(site), {"disposition": "noted", "reason": "Wir nehmen das mit."})

    for account in ("beirat1", "tv2"):
        words = site.client(account).page(f"/programmes/{site.slug()}/opinions").words
        assert "Wir nehmen das mit." in words
        assert "zur Kenntnis genommen" in words


def test_missing_choice_and_reason_are_said_and_nothing_is_kept(site: Site) -> None:
    site.at("disposition")
    gf = site.client("gf")

    no_choice = gf.post_form(path(site), {"reason": "Schon geschrieben"})
    no_reason = gf.post_form(path(site), {"disposition": "adopted", "reason": " "})

    assert no_choice.status_code == no_reason.status_code == 422
    assert "Schon geschrieben" in no_choice.text
    assert "Schreiben Sie eine Antwort" in no_reason.text
    assert answered(site) == []


def test_adopted_point_is_linked_to_the_change_it_led_to(site: Site) -> None:
    site.at("disposition")
    group = change_a_line(site)
    gf = site.client("gf")
    assert "Anregung aus dem Beirat" in gf.page(path(site)).words

    answer = gf.post_form(
        path(site), {"disposition": "adopted", "reason": "Der Ansatz steigt.", "linked": [str(group)]}
    )

    assert answer.status_code == 303
    assert [a.linked for a in answered(site)] == [[str(group)]]
    overview = f"/programmes/{site.slug()}/opinions"
    assert "4.711" in gf.page(overview).words
    outside = site.client("beirat1").page(overview).words
    assert "4.711" not in outside
    assert "führte zu Änderungen" in outside


def test_only_adopted_points_are_linked_and_only_to_real_changes(site: Site) -> None:
    site.at("disposition")
    group = change_a_line(site)
    gf, reason = site.client("gf"), "Eine Begründung"

    not_adopted = gf.post_form(path(site), {"disposition": "not_adopted", "reason": reason, "linked": [str(group)]})
    invented = gf.post_form(path(site), {"disposition": "adopted", "reason": reason, "linked": ["erfunden"]})

    assert not_adopted.status_code == invented.status_code == 422
    assert answered(site) == []


def test_stale_answer_shows_both(site: Site) -> None:
    site.at("disposition")
    gf = site.client("gf")
    old = gf.form(path(site))
    gf.post_form(path(site), {"disposition": "noted", "reason": "Aus dem ersten Fenster"})

    answer = gf.post(path(site), data=old.filled({"disposition": "adopted", "reason": "Aus dem zweiten Fenster"}))

    assert answer.status_code == 409
    assert "Aus dem ersten Fenster" in answer.text
    assert "Aus dem zweiten Fenster" in answer.text
    assert [a.reason for a in answered(site)] == ["Aus dem ersten Fenster"]


def test_resolution_says_which_points_lack_an_answer(site: Site) -> None:
    site.at("disposition")
    point = first_point(site)

    words = site.client("gf").page(f"/programmes/{site.slug()}/dispose").words

    assert f"Eine Antwort fehlt: {point.about_label}, Punkt {point.number}." in words


def test_overview_counts_down_to_the_last_point(site: Site) -> None:
    site.at("disposition")
    gf = site.client("gf")
    overview = f"/programmes/{site.slug()}/opinions"
    missing = sorted({link for link in gf.page(overview).links if "/reply/" in link})
    assert missing

    for link in missing:
        gf.post_form(link, {"disposition": "noted", "reason": "Zur Kenntnis genommen."})

    assert len(answered(site)) == len(missing)
    assert "Alle Punkte sind beantwortet" in gf.page(overview).words


def test_only_the_managing_director_answers(site: Site) -> None:
    site.at("disposition")

    for account in ("redaktion", "beirat1", "tv1", "buero"):
        assert site.client(account).get(path(site)).status_code == 403


def test_points_of_another_jobcenter_do_not_exist(site: Site) -> None:
    site.at("disposition")

    point = first_point(site)

    assert site.client("gf@herford").get(path(site)).status_code == 404
    swapped = f"/programmes/{site.slug()}/opinions/{point.id}/reply/{point.opinion_id}"
    assert site.client("gf").get(swapped).status_code == 404


def test_points_are_answered_only_after_the_consultation(site: Site) -> None:
    site.at("consultation")
    beirat = site.client("beirat1")
    beirat.post_form(f"/programmes/{site.slug()}/opinions/new", {"stance": "concerns", "text-1": "Ein Punkt"})

    assert site.client("gf").get(path(site)).status_code == 409
