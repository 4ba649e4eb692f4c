"""What stands in a step's way, each with its sentence, and what takes it out of the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import change_setting, setting_of
from jcflow.accounts.people import Carrier, end_membership
from jcflow.decisions.ballots import Choice
from jcflow.decisions.casting import InMeeting, cast_vote, confirm_vote
from jcflow.errors import BadInput, NotAllowed, StepNotPossible
from jcflow.opinions import board
from jcflow.opinions.answers import Disposition, answer, open_points
from jcflow.opinions.board import OnPaper, Point, Stance
from jcflow.procedure import Area, Role
from jcflow.process.guards import GUARDS, Look
from jcflow.programmes import acceptances, budget_lines, budgets, chapters, internal_check, milestones, ordering
from jcflow.programmes.exchange.document import Chapter
from jcflow.programmes.internal_check import SignOffKind, SignOffOutcome
from jcflow.programmes.kinds import BlockKind
from jcflow.programmes.procedures import known
from jcflow.programmes.versions import Version, newest_version
from tests.factories import House, HouseAt, found_house, opened_house, small_document, with_a_wrong_sum

REASON = "Aus einem guten Grund."


def says(house: House, guard: str) -> list[str]:
    """What a guard says now."""
    house.session.flush()
    return GUARDS[guard](Look(house.session, house.programme, house.at))


def version(house: House) -> Version:
    """The version frozen last."""
    found = newest_version(house.session, house.programme)
    assert found is not None
    return found


def sign(house: House, account: str, act: str, kind: SignOffKind, outcome: SignOffOutcome, text: str = "") -> None:
    """State something in the internal check."""
    with house.acting(account, act) as deed:
        internal_check.sign(house.session, house.programme, kind, outcome, text, deed)


def state_budget(house: House) -> None:
    """The budget officer's statement."""
    sign(house, "haushalt", "state_budget", SignOffKind.BUDGET, SignOffOutcome.STATED)


def change_amount(house: House, cents: int) -> None:
    """Change a figure that is part of a sum, and the sum with it."""
    table = budgets.table(house.session, house.programme, "mittel")
    rows = budgets.lines_in(house.session, table)
    total, first, second = (budget_lines.as_edit(rows[key], rows) for key in ("gesamt", "beratung", "qualifizierung"))
    typed = [replace(total, amount=cents + 200_00), replace(first, amount=cents), second]
    budget_lines.save_lines(house.session, house.programme, table, typed, house.editing(Area.BUDGETS, reason=REASON))


def test_each_guard_of_the_definitions_is_tested_here() -> None:
    used = {guard for procedure in known().values() for step in procedure.steps for guard in step.guards}

    assert used == set(GUARDS) == TESTED


TESTED = {
    "ballot_complete",
    "basis_known",
    "budget_stated",
    "carrier_targets_known",
    "chapters_filled",
    "differences_accepted",
    "figures_stated_again",
    "first_reading_waived",
    "opinions_in_or_due",
    "points_answered",
    "record_written",
    "seats_equal",
    "signed_off",
    "topics_chosen",
}


def test_the_draft_begins_once_the_planning_basis_is_known_or_marked_missing(session: Session) -> None:
    house = opened_house(session, small_document(name="Jobcenter Fünftes"))
    sentence = "Die Planungsgrundlage fehlt. Tragen Sie sie ein oder vermerken Sie, dass sie noch nicht vorliegt."

    with pytest.raises(StepNotPossible) as refused:
        house.step("start", "redaktion")
    assert refused.value.obstacles == (sentence,)
    assert str(refused.value) == f"„Entwurf beginnen“ ist noch nicht möglich. {sentence}"

    with house.acting("redaktion", "set_basis") as deed:
        milestones.set_basis(session, house.programme, known=False, source="", dated=None, note="", deed=deed)
    assert house.step("start", "redaktion").target == "drafting"


def add_chapter(house: House, title: str) -> None:
    """An empty chapter."""
    deed = house.editing(Area.CHAPTERS)
    chapters.add_chapter(house.session, house.programme, title=title, number="3", parent_key=None, deed=deed)


def test_empty_chapters_are_named(house: House) -> None:
    for title in ("Eins", "Zwei"):
        add_chapter(house, title)
    assert says(house, "chapters_filled") == ["Ohne Inhalt: „3 Eins“, „3 Zwei“."]

    for title in "abcdef":
        add_chapter(house, title)
    assert says(house, "chapters_filled")[0].endswith("„3 b“, „3 c“ und 3 weitere.")
    with pytest.raises(StepNotPossible, match="Ohne Inhalt"):
        house.step("submit", "gf")


def test_a_chapter_with_blank_text_is_empty_and_one_with_children_is_not(session: Session) -> None:
    parent = Chapter("oben", "Oben")
    child = replace(small_document().chapters[0], key="unten", parent="oben")
    house = found_house(
        session, replace(small_document(name="Jobcenter Sechstes"), chapters=(parent, child), budget_tables=())
    )
    assert says(house, "chapters_filled") == []

    below = chapters.chapter(session, house.programme, "unten")
    for block in chapters.blocks_of(session, house.programme)[below.id]:
        chapters.save_block(session, block, {"markdown": " \n "}, block.visibility, house.editing(Area.CHAPTERS))

    assert says(house, "chapters_filled") == ["Ohne Inhalt: „1 Lage“."]


def test_a_programme_without_chapters_is_none(house: House) -> None:
    for key in ("lage", "budget"):
        one = chapters.chapter(house.session, house.programme, key)
        chapters.remove_chapter(house.session, house.programme, one, house.editing(Area.CHAPTERS))

    assert says(house, "chapters_filled") == ["Das Programm hat noch kein Kapitel."]


def test_a_block_that_shows_a_removed_register_is_named(house: House) -> None:
    table = budgets.table(house.session, house.programme, "mittel")
    budgets.remove_table(house.session, table, house.programme, house.editing(Area.BUDGETS))

    assert says(house, "chapters_filled") == [
        "chapters/budget/blocks/1/of: Ein Register „budget_tables/mittel“ gibt es in der Datei nicht."
    ]
    ordering.restore(house.session, table, house.editing(Area.BUDGETS))
    assert says(house, "chapters_filled") == []


def test_the_number_of_topics_is_counted(session: Session) -> None:
    catalogue = small_document().topic_sets[0]
    both = replace(catalogue, topics=tuple(replace(t, selected=True) for t in catalogue.topics))
    house = found_house(session, replace(small_document(name="Jobcenter Siebtes"), topic_sets=(both,)))

    assert says(house, "topics_chosen") == ["Wählen Sie genau 1 von 2 Themen, gewählt sind 2."]


def test_the_release_names_each_missing_signature(house_at: HouseAt) -> None:
    house = house_at("internal_check")

    with pytest.raises(StepNotPossible) as refused:
        house.step("release", "gf")

    assert refused.value.obstacles == (
        "Die Mitzeichnung der Beauftragten für Chancengleichheit fehlt (§ 18e Abs. 3 SGB II).",
        "Die Stellungnahme der Beauftragten für den Haushalt fehlt (§ 9 BHO).",
        "Die Zielvorgaben der Träger fehlen. Hinterlegen Sie sie oder vermerken Sie „keine“ (§ 44c Abs. 6 SGB II).",
    )


@pytest.mark.parametrize("outcome", [SignOffOutcome.SIGNED, SignOffOutcome.WAIVED])
def test_the_equal_opportunity_officer_signs_or_waives(house_at: HouseAt, outcome: SignOffOutcome) -> None:
    house = house_at("internal_check")

    sign(house, "bca", "sign_off", SignOffKind.EQUAL_OPPORTUNITY, outcome, "Keine Berührung mit dem Auftrag.")

    assert says(house, "signed_off") == []


def test_a_waiver_needs_a_reason(house_at: HouseAt) -> None:
    house = house_at("internal_check")

    with pytest.raises(BadInput, match="Begründen Sie den Verzicht"):
        sign(house, "bca", "sign_off", SignOffKind.EQUAL_OPPORTUNITY, SignOffOutcome.WAIVED, "nein")


def test_nothing_is_signed_before_it_was_submitted(house: House) -> None:
    with pytest.raises(BadInput, match="Es gibt noch keine vorgelegte Fassung"):
        internal_check.sign(
            house.session,
            house.programme,
            SignOffKind.EQUAL_OPPORTUNITY,
            SignOffOutcome.SIGNED,
            "",
            house.deed("bca"),
        )


def test_after_a_return_everything_is_signed_again(house_at: HouseAt) -> None:
    house = house_at("internal_check")
    sign(house, "bca", "sign_off", SignOffKind.EQUAL_OPPORTUNITY, SignOffOutcome.SIGNED)
    state_budget(house)
    sign(house, "gf", "set_targets", SignOffKind.CARRIER_TARGETS, SignOffOutcome.NONE)
    assert [says(house, guard) for guard in ("signed_off", "budget_stated", "carrier_targets_known")] == [[], [], []]

    house.step("return", "haushalt", reason=REASON)
    house.advance("internal_check")

    assert [len(says(house, g)) for g in ("signed_off", "budget_stated", "carrier_targets_known")] == [1, 1, 0]


def test_a_statement_is_about_the_figures_as_they_were(house_at: HouseAt) -> None:
    house = house_at("disposition")
    assert says(house, "figures_stated_again") == []

    change_amount(house, 150_00)
    assert says(house, "figures_stated_again") == [
        "Zahlen haben sich geändert. Die Beauftragte für den Haushalt muss sich noch einmal äußern (§ 9 BHO)."
    ]
    state_budget(house)
    assert says(house, "figures_stated_again") == []
    change_amount(house, 100_00)
    assert len(says(house, "figures_stated_again")) == 1


def test_who_changed_the_figures_does_not_state_them(house_at: HouseAt) -> None:
    house = house_at("disposition")
    change_amount(house, 150_00)

    with pytest.raises(NotAllowed, match="nicht selbst geändert"):
        internal_check.sign(
            house.session, house.programme, SignOffKind.BUDGET, SignOffOutcome.STATED, "", house.deed("gf")
        )


def test_a_sum_that_does_not_hold_is_told_with_both_numbers(session: Session) -> None:
    house = found_house(session, with_a_wrong_sum(small_document(name="Jobcenter Achtes")))
    house.advance("internal_check")
    sentence = "Summe „Gesamt“: angegeben 301_€, gerechnet 300_€, Unterschied 1_€."
    assert says(house, "differences_accepted") == [sentence.replace("_", "\N{NO-BREAK SPACE}")]

    (difference,) = internal_check.open_differences(session, house.programme)
    with house.acting("haushalt", "accept_difference") as deed:
        acceptances.accept(session, house.programme, difference, "Steht so im Plan.", deed)

    assert says(house, "differences_accepted") == []


def test_a_first_reading_is_left_out_only_where_it_was_waived(house_at: HouseAt) -> None:
    house = house_at("internal_check")
    for account, act, kind, outcome in (
        ("bca", "sign_off", SignOffKind.EQUAL_OPPORTUNITY, SignOffOutcome.SIGNED),
        ("haushalt", "state_budget", SignOffKind.BUDGET, SignOffOutcome.STATED),
        ("gf", "set_targets", SignOffKind.CARRIER_TARGETS, SignOffOutcome.NONE),
    ):
        sign(house, account, act, kind, outcome)

    with pytest.raises(StepNotPossible, match="hat auf die erste Beratung nicht verzichtet"):
        house.step("release_to_board", "gf")
    setting = setting_of(house.session, house.jobcenter.id)
    change_setting(house.session, setting, house.deed("admin"), first_reading_waived=True)

    assert house.step("release_to_board", "gf").target == "consultation"


def speak(house: House, account: str, stance: Stance = Stance.AGREE, points: tuple[Point, ...] = ()) -> board.Opinion:
    """A member's own opinion."""
    known_one = board.opinion_by(house.session, version(house), house.people[account])
    with house.acting(account, "opinion") as deed:
        return board.give(
            house.session,
            house.programme,
            version(house),
            house.member(account),
            stance=stance,
            points=points,
            version=known_one.version if known_one else 0,
            deed=deed,
        )


def on_paper(house: House, account: str, stance: Stance = Stance.AGREE) -> board.Opinion:
    """An opinion that came on paper."""
    known_one = board.opinion_by(house.session, version(house), house.people[account])
    with house.acting("buero", "enter_opinion", on_behalf_of=house.people[account]) as deed:
        return board.give(
            house.session,
            house.programme,
            version(house),
            house.member(account),
            stance=stance,
            points=(),
            version=known_one.version if known_one else 0,
            deed=deed,
            paper=OnPaper(house.today, house.people["buero"]),
        )


def test_the_consultation_waits_for_all_or_for_its_day(house_at: HouseAt) -> None:
    house = house_at("consultation")
    for account in ("beirat1", "beirat2", "beirat3"):
        speak(house, account)

    assert says(house, "opinions_in_or_due") == [
        "2 Stellungnahmen stehen noch aus. Die Frist läuft bis 31.3.2026, 24 Uhr."
    ]
    speak(house, "beirat4", Stance.NO_OPINION)
    assert says(house, "opinions_in_or_due") == [
        "Eine Stellungnahme steht noch aus. Die Frist läuft bis 31.3.2026, 24 Uhr."
    ]
    house.tick(days=21)
    assert len(says(house, "opinions_in_or_due")) == 1
    house.tick(days=1)
    assert says(house, "opinions_in_or_due") == []


def test_the_day_ends_at_midnight_in_berlin(house_at: HouseAt) -> None:
    house = house_at("consultation")
    entered = house.at

    house.at = entered.replace(day=31, hour=21, minute=59)
    before = says(house, "opinions_in_or_due")
    house.at = entered.replace(day=31, hour=22, minute=0)

    assert len(before) == 1
    assert says(house, "opinions_in_or_due") == []


def test_all_answers_close_the_consultation_early(house_at: HouseAt) -> None:
    house = house_at("consultation")
    for number in range(1, 6):
        speak(house, f"beirat{number}")

    assert house.step("close", "buero").target == "disposition"


def test_a_member_who_left_is_not_waited_for(house_at: HouseAt) -> None:
    house = house_at("consultation")
    for number in range(1, 5):
        speak(house, f"beirat{number}")
    end_membership(house.session, house.member("beirat5"), house.today, house.deed("admin"))

    assert says(house, "opinions_in_or_due") == []


def test_a_paper_must_be_confirmed_before_the_close(house_at: HouseAt) -> None:
    house = house_at("consultation")
    given = on_paper(house, "beirat1")
    house.tick(days=30)

    assert says(house, "opinions_in_or_due") == [
        "Eine Stellungnahme auf Papier muss noch eine zweite Person bestätigen."
    ]
    with house.acting("gf", "confirm_opinion") as deed:
        board.confirm(house.session, given, deed)
    assert says(house, "opinions_in_or_due") == []


def test_an_entry_from_paper_counts_once_a_second_person_confirmed_it(house_at: HouseAt) -> None:
    house = house_at("consultation")
    given = on_paper(house, "beirat1")
    assert given.counts is False

    with (
        pytest.raises(BadInput, match="Bestätigen muss eine zweite Person"),
        house.acting("buero", "confirm_opinion") as deed,
    ):
        board.confirm(house.session, given, deed)
    with pytest.raises(NotAllowed), house.acting("beirat2", "confirm_opinion") as deed:
        board.confirm(house.session, given, deed)
    with house.acting("beirat1", "confirm_opinion") as deed:
        board.confirm(house.session, given, deed)

    assert given.counts is True
    assert (given.entered_by, given.confirmed_by) == (house.people["buero"], house.people["beirat1"])
    with pytest.raises(BadInput, match="Hier ist nichts zu bestätigen"), house.acting("gf", "confirm_opinion") as deed:
        board.confirm(house.session, given, deed)


def test_a_paper_does_not_replace_what_a_member_said(house_at: HouseAt) -> None:
    house = house_at("consultation")
    speak(house, "beirat1", Stance.CONCERNS, (Point("Zu wenig Plätze."),))

    with pytest.raises(BadInput, match="hat sich schon selbst geäußert"):
        on_paper(house, "beirat1")


def test_a_member_replaces_what_came_on_paper(house_at: HouseAt) -> None:
    house = house_at("consultation")
    on_paper(house, "beirat1")

    own = speak(house, "beirat1", Stance.CONCERNS, (Point("Zu wenig Plätze."),))

    assert (own.counts, own.entered_by, own.stance) == (True, None, Stance.CONCERNS)


def test_silence_is_recorded_for_who_said_nothing(house_at: HouseAt) -> None:
    house = house_at("consultation")
    speak(house, "beirat1", Stance.CONCERNS, (Point("Zu wenig Plätze."),))
    taken_back = speak(house, "beirat2", Stance.CONCERNS, (Point("Das nehme ich zurück."),))
    with house.acting("beirat2", "opinion") as deed:
        board.withdraw(house.session, taken_back, deed)
    house.tick(days=22)

    house.step("close", "buero")

    stances = {o.person_id: o.stance for o in board.opinions_on(house.session, version(house))}
    assert [stances[house.people[f"beirat{n}"]] for n in range(1, 6)] == [Stance.CONCERNS, *[Stance.SILENT] * 4]
    assert [p.text for p in open_points(house.session, house.programme)] == ["Zu wenig Plätze."]


OPINIONS = {
    "concerns without a point": (Stance.CONCERNS, (), "text-1"),
    "remarks without a point": (Stance.AGREE_WITH_POINTS, (Point("  "),), "text-1"),
    "no opinion with a point": (Stance.NO_OPINION, (Point("Doch etwas."),), "stance"),
    "a point that is too long": (Stance.CONCERNS, (Point("Kurz."), Point("x" * 5_001)), "text-2"),
}


@pytest.mark.parametrize("case", OPINIONS)
def test_an_opinion_has_its_shape(house_at: HouseAt, case: str) -> None:
    stance, points, field = OPINIONS[case]
    house = house_at("consultation")

    with pytest.raises(BadInput) as refused:
        speak(house, "beirat1", stance, points)

    assert set(refused.value.problems) == {field}


def test_points_are_numbered_and_replaced(house_at: HouseAt) -> None:
    house = house_at("consultation")
    given = speak(house, "beirat1", Stance.CONCERNS, (Point("Eins."), Point(" "), Point("Zwei."), Point("Drei.")))

    speak(house, "beirat1", Stance.CONCERNS, (Point("Zwei.", "chapters/lage", "Lage"),))

    points = board.points_of(house.session, house.programme)[given.id]
    assert [(p.number, p.text, p.about) for p in points] == [(1, "Zwei.", "chapters/lage")]
    speak(house, "beirat1", Stance.CONCERNS, (Point("A."), Point("B.")))
    assert [p.text for p in board.points_of(house.session, house.programme)[given.id]] == ["A.", "B."]


def answer_all(house: House) -> None:
    """Answer every open point."""
    for point in open_points(house.session, house.programme):
        with house.acting("gf", "answer") as deed:
            answer(
                house.session,
                house.programme,
                point,
                disposition=Disposition.NOTED,
                reason="Danke.",
                linked=[],
                version=0,
                deed=deed,
            )


def test_each_point_without_an_answer_is_named(house_at: HouseAt) -> None:
    house = house_at("consultation")
    speak(house, "beirat1", Stance.CONCERNS, (Point("Eins.", "chapters/lage", "Lage"), Point("Zwei.")))
    house.tick(days=22)
    house.step("close", "buero")

    assert says(house, "points_answered") == [
        "Eine Antwort fehlt: Lage, Punkt 1.",
        "Eine Antwort fehlt: Ganzes Programm, Punkt 2.",
    ]
    answer_all(house)
    assert says(house, "points_answered") == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 5_001])
def test_an_answer_has_its_length(house_at: HouseAt, reason: str) -> None:
    house = house_at("consultation")
    speak(house, "beirat1", Stance.CONCERNS, (Point("Eins."),))
    house.tick(days=22)
    house.step("close", "buero")
    (point,) = open_points(house.session, house.programme)

    with pytest.raises(BadInput, match="Schreiben Sie eine Antwort"), house.acting("gf", "answer") as deed:
        answer(
            house.session,
            house.programme,
            point,
            disposition=Disposition.NOTED,
            reason=reason,
            linked=[],
            version=0,
            deed=deed,
        )


def test_a_point_changed_after_its_answer_is_open_again(house_at: HouseAt) -> None:
    house = house_at("consultation")
    speak(house, "beirat1", Stance.CONCERNS, (Point("Eins."), Point("Zwei.")))
    house.tick(days=22)
    house.step("close", "buero")
    answer_all(house)
    house.step("rework", "gf")
    house.advance("consultation")

    speak(house, "beirat1", Stance.CONCERNS, (Point("Eins."), Point("Zwei, genauer.")))
    house.tick(days=22)
    house.step("close", "buero")

    assert [p.text for p in open_points(house.session, house.programme)] == ["Zwei, genauer."]


def test_equal_seats_a_member_of_each_carrier_and_a_chair(house_at: HouseAt) -> None:
    house = house_at("disposition")
    setting = setting_of(house.session, house.jobcenter.id)
    change_setting(house.session, setting, house.deed("admin"), seats_agency=2)

    assert says(house, "seats_equal") == [
        "Die Träger haben nicht gleich viele Sitze: Agentur 2, Kommune 3 (§ 44c Abs. 1 Satz 2 SGB II).",
        "Die Agentur hat 3 Mitglieder, aber 2 Sitze.",
    ]
    change_setting(house.session, setting, house.deed("admin"), seats_agency=3)
    for account in ("tv1", "tv2", "tv3"):
        end_membership(house.session, house.member(account), house.today, house.deed("admin"))
    assert says(house, "seats_equal") == [
        "Die Agentur hat kein Mitglied in der Trägerversammlung.",
        "Die Trägerversammlung hat keinen Vorsitz.",
    ]


def test_a_vacant_seat_counts_for_parity(house_at: HouseAt) -> None:
    house = house_at("disposition")
    end_membership(house.session, house.member("tv6"), house.today, house.deed("admin"))

    assert says(house, "seats_equal") == []
    house.join("neu", Role.ASSEMBLY_MEMBER, carrier=Carrier.MUNICIPALITY)
    house.join("neu2", Role.ASSEMBLY_MEMBER, carrier=Carrier.MUNICIPALITY)
    assert says(house, "seats_equal") == ["Die Kommune hat 4 Mitglieder, aber 3 Sitze."]


def cast_ballot(house: House, account: str, choice: Choice = Choice.YES) -> None:
    """A first vote of a member."""
    with house.acting(account, "vote") as deed:
        cast_vote(house.session, house.programme, house.people[account], choice=choice, reason="", version=0, deed=deed)


def test_the_ballot_waits_for_all_votes_or_its_day(house_at: HouseAt) -> None:
    house = house_at("resolution")
    for number in range(1, 5):
        cast_ballot(house, f"tv{number}")

    assert says(house, "ballot_complete") == ["2 Stimmen fehlen noch. Die Abstimmung läuft bis 24.3.2026, 24 Uhr."]
    cast_ballot(house, "tv5")
    assert says(house, "ballot_complete") == ["Eine Stimme fehlt noch. Die Abstimmung läuft bis 24.3.2026, 24 Uhr."]
    with pytest.raises(StepNotPossible):
        house.step("conclude", "tv1")
    cast_ballot(house, "tv6", Choice.ABSTAIN)
    assert says(house, "ballot_complete") == []


QUORUM = {
    "both carriers and more than half": (("tv1", "tv2", "tv3", "tv4"), True),
    "exactly half": (("tv1", "tv2", "tv4"), False),
    "one carrier alone": (("tv1", "tv2", "tv3"), False),
    "nobody": ((), False),
}


@pytest.mark.parametrize("case", QUORUM)
def test_after_its_day_more_than_half_and_both_carriers_suffice(house_at: HouseAt, case: str) -> None:
    voters, enough = QUORUM[case]
    house = house_at("resolution")
    for account in voters:
        cast_ballot(house, account)

    house.at += timedelta(days=15)

    sentence = "Mehr als die Hälfte der Mitglieder muss abgestimmt haben, von jedem Träger mindestens eines."
    assert says(house, "ballot_complete") == ([] if enough else [sentence])


def test_more_than_half_from_one_carrier_do_not_suffice(house: House) -> None:
    for account in ("tv5", "tv6"):
        end_membership(house.session, house.member(account), house.today, house.deed("admin"))
    house.advance("resolution")
    for account in ("tv1", "tv2", "tv3"):
        cast_ballot(house, account)

    house.at += timedelta(days=15)
    assert len(says(house, "ballot_complete")) == 1
    house.at -= timedelta(days=15)
    cast_ballot(house, "tv4")

    assert says(house, "ballot_complete") == []


def test_a_vote_to_be_confirmed_does_not_complete_the_ballot(house_at: HouseAt) -> None:
    house = house_at("resolution")
    for number in range(1, 6):
        cast_ballot(house, f"tv{number}")
    with house.acting("buero", "enter_vote", on_behalf_of=house.people["tv6"]) as deed:
        entered = cast_vote(
            house.session,
            house.programme,
            house.people["tv6"],
            choice=Choice.NO,
            reason="",
            version=0,
            deed=deed,
            meeting=InMeeting(house.today, house.people["buero"]),
        )

    assert len(says(house, "ballot_complete")) == 1
    with house.acting("tv6", "confirm_vote") as deed:
        confirm_vote(house.session, house.programme, entered, deed)
    assert says(house, "ballot_complete") == []


def test_without_a_ballot_there_is_nothing_to_conclude_or_record(house: House) -> None:
    assert says(house, "ballot_complete") == ["Es gibt keine offene Abstimmung."]
    assert says(house, "record_written") == ["Das Ergebnis ist noch nicht festgestellt."]

    house.advance("awaiting_record")
    assert says(house, "record_written") == []


def test_a_register_block_is_content(house: House) -> None:
    add_chapter(house, "Mittel")
    one = chapters.chapter(house.session, house.programme, "3-mittel")
    chapters.add_block(
        house.session, one, BlockKind.REGISTER, {"of": "budget_tables/mittel"}, deed=house.editing(Area.CHAPTERS)
    )

    assert says(house, "chapters_filled") == []
