"""Ballots, their results, and the records of resolutions."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from jcflow.accounts.jobcenters import change_setting, setting_of
from jcflow.accounts.people import Carrier, Membership, add_membership, end_membership
from jcflow.audit.trail import record
from jcflow.decisions import ballots, records
from jcflow.decisions.ballots import Ballot, BallotState, Choice, Elector, Result, VotingClosed
from jcflow.decisions.casting import InMeeting, Vote, cast_vote, confirm_vote, enter_vote, turnout, vote, votes_of
from jcflow.decisions.counting import chairs_vote, count, decide_tie
from jcflow.decisions.records import LAW, LAW_TIE, Record, Sitting
from jcflow.errors import BadInput, NotAllowed, NotFound, Stale, StepNotPossible
from jcflow.procedure import Role
from jcflow.process.acts import confirm_record
from jcflow.process.effects import Facts, Resolution
from jcflow.programmes.procedures import known
from jcflow.programmes.versions import newest_version
from tests.factories import House, HouseAt

YES, NO, ABSTAIN = Choice.YES, Choice.NO, Choice.ABSTAIN
REASON = "Aus einem guten Grund."
WORDING = "Die Trägerversammlung beschließt das Programm für 2027."


def ballot(house: House) -> Ballot:
    """The newest ballot that is not void."""
    found = ballots.current_ballot(house.session, house.programme)
    assert found is not None
    return found


def cast(house: House, account: str, choice: Choice = YES, version: int = 0, reason: str = "") -> Vote:
    """A member votes."""
    with house.acting(account, "vote") as deed:
        return cast_vote(
            house.session,
            house.programme,
            house.people[account],
            choice=choice,
            reason=reason,
            version=version,
            deed=deed,
        )


def enter(house: House, account: str, choice: Choice = YES, days_ago: int = 0, version: int = 0) -> Vote:
    """The office enters a vote given in the meeting."""
    with house.acting("buero", "enter_vote", on_behalf_of=house.people[account]) as deed:
        return enter_vote(
            house.session,
            house.programme,
            house.people[account],
            choice=choice,
            reason="",
            meeting=InMeeting(house.today - timedelta(days_ago), house.people["buero"]),
            version=version,
            deed=deed,
        )


def vote_all(house: House, words: str) -> None:
    """tv1 to tv6 vote, in that order; `-` gives no vote."""
    for number, word in enumerate(words.split(), 1):
        if word != "-":
            cast(house, f"tv{number}", Choice(word))


@given(st.lists(st.sampled_from(Choice), max_size=20))
def test_the_majority_of_yes_and_no_decides_and_abstentions_count_for_neither(votes: list[Choice]) -> None:
    yes, no = (sum(one is side for one in votes) for side in (YES, NO))

    result = count(votes)

    assert (result is Result.ADOPTED) == (yes > no)
    assert (result is Result.REJECTED) == (yes < no)
    assert (result is Result.TIED) == (yes == no)
    assert count([*votes, ABSTAIN]) is result
    assert count([*votes, YES, NO]) is result
    assert count(votes[::-1]) is result


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("yes yes yes yes yes yes", Result.ADOPTED),
        ("yes yes yes yes no no", Result.ADOPTED),
        ("yes abstain abstain abstain abstain abstain", Result.ADOPTED),
        ("no no no no yes abstain", Result.REJECTED),
        ("yes yes yes no no no", Result.TIED),
        ("abstain abstain abstain abstain abstain abstain", Result.TIED),
    ],
)
def test_a_ballot_is_concluded_with_its_result(house_at: HouseAt, words: str, result: Result) -> None:
    house = house_at("resolution")
    vote_all(house, words)

    house.step("conclude", "tv1")

    one, spoken = ballot(house), words.split()
    assert (one.result, one.state, one.chair_id) == (result, BallotState.CONCLUDED, house.people["tv1"])
    assert (one.yes, one.no, one.abstain) == tuple(spoken.count(word) for word in ("yes", "no", "abstain"))
    assert one.concluded_at == house.at
    assert house.programme.state == ("tied" if result is Result.TIED else "awaiting_record")


def test_the_stored_result_is_that_of_the_stored_votes(house_at: HouseAt) -> None:
    house = house_at("resolution")
    vote_all(house, "yes yes no abstain yes no")
    house.step("conclude", "tv1")

    choices = [one.choice for one in votes_of(house.session, ballot(house)).values() if one.counts]

    assert count(choices) is ballot(house).result
    assert sorted(choices) == ["abstain", "no", "no", "yes", "yes", "yes"]


def test_the_electorate_is_that_of_the_day_the_ballot_opened(house: House) -> None:
    end_membership(house.session, house.member("tv6"), house.today, house.deed("admin"))
    house.advance("resolution")

    electors = ballots.electors_of(house.session, ballot(house))

    assert {e.person_id for e in electors} == {house.people[f"tv{n}"] for n in range(1, 6)}
    assert [e.person_id for e in electors if e.chair] == [house.people["tv1"]]
    assert [e.carrier for e in electors].count(Carrier.AGENCY) == 3
    assert (ballot(house).seats_agency, ballot(house).seats_municipality) == (3, 3)


def test_a_vacant_seat_is_not_waited_for(house: House) -> None:
    end_membership(house.session, house.member("tv6"), house.today, house.deed("admin"))
    house.advance("resolution")

    vote_all(house, "yes yes no no yes")

    assert turnout(house.session, ballot(house)).is_complete
    assert house.step("conclude", "tv1").outcome == "adopted"


def test_unequal_seats_open_no_ballot(house_at: HouseAt) -> None:
    house = house_at("disposition")
    setting = setting_of(house.session, house.jobcenter.id)
    change_setting(house.session, setting, house.deed("admin"), seats_municipality=4)

    with pytest.raises(StepNotPossible, match="nicht gleich viele Sitze"):
        house.step("dispose", "gf")


def test_a_member_who_came_later_has_no_vote(house: House) -> None:
    end_membership(house.session, house.member("tv6"), house.today, house.deed("admin"))
    house.advance("resolution")
    house.join("neu", Role.ASSEMBLY_MEMBER, carrier=Carrier.MUNICIPALITY)

    with pytest.raises(NotAllowed, match="bei Eröffnung der Abstimmung Mitglied"):
        cast(house, "neu")
    with pytest.raises(NotAllowed, match="bei Eröffnung der Abstimmung Mitglied"):
        enter(house, "neu")


def test_a_member_who_left_has_no_vote_any_more(house_at: HouseAt) -> None:
    house = house_at("resolution")
    end_membership(house.session, house.member("tv2"), house.today, house.deed("admin"))

    with pytest.raises(NotAllowed):
        cast(house, "tv2")
    with pytest.raises(BadInput, match="nicht mehr Mitglied der Trägerversammlung"):
        enter(house, "tv2")


def test_a_vote_given_in_the_meeting_before_leaving_may_be_entered(house_at: HouseAt) -> None:
    house = house_at("resolution")
    house.tick(days=1)
    end_membership(house.session, house.member("tv2"), house.today, house.deed("admin"))

    entered = enter(house, "tv2", days_ago=1)

    assert entered.given_on == house.today - timedelta(1)


def test_a_vote_given_before_leaving_stays(house_at: HouseAt) -> None:
    house = house_at("resolution")
    cast(house, "tv2", NO)
    end_membership(house.session, house.member("tv2"), house.today, house.deed("admin"))

    assert len(turnout(house.session, ballot(house)).voted) == 1


@pytest.mark.parametrize("account", ["gf", "beirat1", "buero", "haushalt", "admin", "revision"])
def test_only_members_of_the_assembly_vote(house_at: HouseAt, account: str) -> None:
    house = house_at("resolution")

    with pytest.raises(NotAllowed, match="nur für die Trägerversammlung"):
        cast(house, account)


def test_a_vote_is_changed_until_the_ballot_is_concluded(house_at: HouseAt) -> None:
    house = house_at("resolution")
    first = cast(house, "tv1", YES, reason=" Gut so. ")
    assert (first.choice, first.reason, first.version) == (YES, "Gut so.", 1)

    changed = cast(house, "tv1", NO, version=1)
    assert changed is first
    assert (first.choice, first.reason, first.version) == (NO, "", 2)
    with pytest.raises(Stale) as stale:
        cast(house, "tv1", YES, version=1)
    assert (stale.value.mine["choice"], stale.value.theirs["choice"]) == (YES, NO)

    for number in range(2, 7):
        cast(house, f"tv{number}", NO)
    house.step("conclude", "tv1")
    with pytest.raises(StepNotPossible):
        cast(house, "tv1", YES, version=2)
    with pytest.raises(VotingClosed, match="Die Abstimmung ist beendet"):
        cast_vote(
            house.session,
            house.programme,
            house.people["tv1"],
            choice=YES,
            reason="",
            version=2,
            deed=house.deed("tv1"),
        )
    assert ballot(house).no == 6


def test_a_first_vote_twice_is_one(house_at: HouseAt) -> None:
    house = house_at("resolution")
    cast(house, "tv1", YES)

    with pytest.raises(Stale):
        cast(house, "tv1", NO, version=0)
    with pytest.raises(NotFound):
        cast(house, "tv2", NO, version=1)

    assert [one.choice for one in votes_of(house.session, ballot(house)).values()] == [YES]


def test_the_database_holds_one_vote_and_one_open_ballot(house_at: HouseAt) -> None:
    house = house_at("resolution")
    cast(house, "tv1", YES)
    seat = ballots.elector(house.session, ballot(house), house.people["tv1"])
    own = {"jobcenter_id": house.jobcenter.id, "programme_id": house.programme.id}

    second = Vote(**own, elector_id=seat.id, choice=NO, at=house.at, given_on=house.today)
    with pytest.raises(IntegrityError), house.session.begin_nested():
        record(house.session, second, house.deed("tv1"))
    open_one = ballot(house)
    other = Ballot(
        **own,
        version_id=open_one.version_id,
        version_sha256=open_one.version_sha256,
        opened_at=house.at,
        closes_on=house.today,
        seats_agency=3,
        seats_municipality=3,
    )
    with pytest.raises(IntegrityError), house.session.begin_nested():
        record(house.session, other, house.deed("gf"))
    twice = Elector(**own, ballot_id=open_one.id, person_id=seat.person_id, carrier=Carrier.AGENCY, chair=False)
    with pytest.raises(IntegrityError), house.session.begin_nested():
        record(house.session, twice, house.deed("gf"))


def test_a_reason_has_its_length(house_at: HouseAt) -> None:
    house = house_at("resolution")

    with pytest.raises(BadInput, match=r"höchstens 5\.000 Zeichen"):
        cast(house, "tv1", reason="x" * 5_001)


def test_a_vote_of_another_programme_is_none(house_at: HouseAt) -> None:
    house = house_at("resolution")
    given_one = cast(house, "tv1")

    assert vote(house.session, house.programme, given_one.id) is given_one
    with pytest.raises(NotFound):
        vote(house.session, house.programme, house.programme.id)


def test_an_entered_vote_counts_once_a_second_person_confirmed_it(house_at: HouseAt) -> None:
    house = house_at("resolution")
    entered = enter(house, "tv2", NO)
    assert (entered.counts, entered.entered_by) == (False, house.people["buero"])
    assert turnout(house.session, ballot(house)).voted == frozenset()

    with (
        pytest.raises(BadInput, match="Bestätigen muss eine zweite Person"),
        house.acting("buero", "confirm_vote") as deed,
    ):
        confirm_vote(house.session, house.programme, entered, deed)
    with house.acting("tv2", "confirm_vote", on_behalf_of=house.people["tv2"]) as deed:
        confirm_vote(house.session, house.programme, entered, deed)

    assert (entered.counts, entered.confirmed_by) == (True, house.people["tv2"])
    assert len(turnout(house.session, ballot(house)).voted) == 1
    with pytest.raises(BadInput, match="nichts zu bestätigen"), house.acting("tv3", "confirm_vote") as deed:
        confirm_vote(house.session, house.programme, entered, deed)


def test_an_entry_neither_replaces_a_vote_given_in_person_nor_a_confirmed_one(house_at: HouseAt) -> None:
    house = house_at("resolution")
    cast(house, "tv1", YES)
    entered = enter(house, "tv2", NO)
    with house.acting("tv2", "confirm_vote") as deed:
        confirm_vote(house.session, house.programme, entered, deed)

    for account in ("tv1", "tv2"):
        with pytest.raises(BadInput, match="hat schon abgestimmt"):
            enter(house, account, ABSTAIN)

    assert sorted(one.choice for one in votes_of(house.session, ballot(house)).values()) == [NO, YES]


def test_an_entry_that_waits_may_be_entered_anew_or_replaced_in_person(house_at: HouseAt) -> None:
    house = house_at("resolution")
    enter(house, "tv2", NO)
    with pytest.raises(Stale, match="Die Eintragung"):
        enter(house, "tv2", ABSTAIN)
    again = enter(house, "tv2", ABSTAIN, version=1)
    assert (again.choice, again.counts) == (ABSTAIN, False)

    own = cast(house, "tv2", YES, version=again.version)

    assert (own.choice, own.counts, own.entered_by) == (YES, True, None)


@pytest.mark.parametrize("days_ago", [-1, 1, 30])
def test_a_vote_was_given_between_the_opening_and_today(house_at: HouseAt, days_ago: int) -> None:
    house = house_at("resolution")

    with pytest.raises(BadInput) as refused:
        enter(house, "tv2", days_ago=days_ago)

    assert set(refused.value.problems) == {"given_on"}


def test_a_recalled_ballot_is_void_and_its_votes_count_for_nothing(house_at: HouseAt) -> None:
    house = house_at("resolution")
    vote_all(house, "no no no no - -")
    void = ballot(house)

    house.step("recall", "tv1", reason=REASON)

    assert (void.state, void.result, house.programme.state) == (BallotState.VOID, None, "disposition")
    assert ballots.current_ballot(house.session, house.programme) is None
    with pytest.raises(VotingClosed):
        ballots.lock_ballot(house.session, house.programme)
    house.advance("resolution")
    assert votes_of(house.session, ballot(house)) == {}
    vote_all(house, "yes yes yes yes yes yes")
    house.step("conclude", "tv1")
    assert (ballot(house).yes, ballot(house).no) == (6, 0)
    assert len(votes_of(house.session, void)) == 4


def test_a_recall_needs_a_reason(house_at: HouseAt) -> None:
    house = house_at("resolution")

    with pytest.raises(BadInput):
        house.step("recall", "tv1", reason="nein")


def elector_of(house: House, account: str) -> Elector:
    """A person's seat in the electorate."""
    return ballots.elector(house.session, ballot(house), house.people[account])


def tie(house: House, chairs: str) -> None:
    """Bring the ballot to a tie in which the chair votes so; `-`: not at all."""
    house.advance("resolution")
    words = {"yes": "yes no yes no yes no", "no": "no yes yes no yes no", "abstain": "abstain abstain yes no yes no"}
    vote_all(house, words.get(chairs, "- yes no yes no abstain"))
    if chairs == "-":
        house.tick(days=15)
    house.step("conclude", "tv1")
    assert (house.programme.state, ballot(house).result) == ("tied", Result.TIED)


@pytest.mark.parametrize("chairs", ["yes", "no"])
@pytest.mark.parametrize("said", [None, YES, NO])
def test_in_a_tie_the_chairs_vote_decides_whatever_is_said_now(house: House, chairs: str, said: Choice | None) -> None:
    tie(house, chairs)
    assert chairs_vote(house.session, ballot(house), house.people["tv1"]) == chairs

    house.step("cast", "tv1", facts=Facts(casting_vote=said))

    one = ballot(house)
    assert (one.casting_vote, one.result) == (chairs, Result.ADOPTED if chairs == "yes" else Result.REJECTED)
    assert (one.yes, one.no, one.abstain) == (3, 3, 0)
    assert house.programme.state == "awaiting_record"


@pytest.mark.parametrize("chairs", ["abstain", "-"])
def test_a_chair_without_a_yes_or_no_must_choose(house: House, chairs: str) -> None:
    tie(house, chairs)
    assert chairs_vote(house.session, ballot(house), house.people["tv1"]) is None

    for said in (None, ABSTAIN):
        with pytest.raises(BadInput, match="Ihre Stimme gibt den Ausschlag"), house.session.begin_nested():
            house.step("cast", "tv1", facts=Facts(casting_vote=said))
    house.step("cast", "tv1", facts=Facts(casting_vote=NO))

    assert (ballot(house).casting_vote, ballot(house).result) == (NO, Result.REJECTED)


def test_a_tie_is_decided_by_whoever_has_the_chair_then(house: House) -> None:
    tie(house, "yes")
    for account in ("tv1", "tv4"):
        end_membership(house.session, house.member(account), house.today, house.deed("admin"))
    leader = Membership(
        jobcenter_id=house.jobcenter.id,
        person_id=house.people["tv4"],
        role=Role.ASSEMBLY_MEMBER,
        carrier=Carrier.MUNICIPALITY,
        chair=True,
        valid_from=house.today,
    )
    add_membership(house.session, house.jobcenter, leader, house.deed("admin"))
    given = votes_of(house.session, ballot(house))[elector_of(house, "tv4").id].choice

    house.step("cast", "tv4", facts=Facts(casting_vote=YES if given is NO else NO))

    assert ballot(house).casting_vote is given


def test_only_a_tie_is_decided_by_the_chair(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")

    with pytest.raises(BadInput, match="Es gibt keine Stimmengleichheit"):
        decide_tie(house.session, ballot(house), YES, house.deed("tv1"))


def record_step(house: House, text: str = WORDING, days: int = 0) -> Record:
    """The chair sets the record down."""
    house.step("record", "tv1", facts=Facts(resolution=Resolution(text, house.today + timedelta(days))))
    found = records.record_of(house.session, ballot(house))
    assert found is not None
    return found


def test_the_record_says_the_rule_and_the_law(house_at: HouseAt) -> None:
    house = house_at("resolution")
    vote_all(house, "yes yes yes yes no abstain")
    house.step("conclude", "tv1")

    written = record_step(house)

    assert written.rule == "Mit der Mehrheit der Stimmen angenommen (4 Ja, 1 Nein, 1 Enthaltung)."
    assert (written.law, LAW) == (LAW, "§ 44c Abs. 1 Satz 7 SGB II")
    assert (written.text, written.chair_id, written.counts) == (WORDING, house.people["tv1"], True)
    assert house.programme.state == "in_force"


def test_the_record_of_a_refusal_leads_to_rejected(house_at: HouseAt) -> None:
    house = house_at("resolution")
    vote_all(house, "no no no no yes abstain")
    house.step("conclude", "tv1")

    written = record_step(house)

    assert written.rule == "Mit der Mehrheit der Stimmen abgelehnt (1 Ja, 4 Nein, 1 Enthaltung)."
    assert (written.result, house.programme.state) == (Result.REJECTED, "rejected")


@pytest.mark.parametrize(("chairs", "said"), [("yes", "Ja"), ("no", "Nein")])
def test_the_record_of_a_tie_names_the_casting_vote(house: House, chairs: str, said: str) -> None:
    tie(house, chairs)
    house.step("cast", "tv1")

    written = record_step(house)

    assert written.rule == (
        f"Stimmengleichheit (3 Ja, 3 Nein, 0 Enthaltungen). Die Stimme des Vorsitzes gab den Ausschlag: {said}."
    )
    assert (written.law, LAW_TIE) == (LAW_TIE, "§ 44c Abs. 1 Satz 7 und 8 SGB II")


@pytest.mark.parametrize(
    ("text", "days", "field"),
    [
        ("", 0, "text"),
        ("zu kurz", 0, "text"),
        ("x" * 20_001, 0, "text"),
        (WORDING, 1, "decided_on"),
        (WORDING, -30, "decided_on"),
    ],
)
def test_a_record_has_its_wording_and_its_day(house_at: HouseAt, text: str, days: int, field: str) -> None:
    house = house_at("awaiting_record")

    with pytest.raises(BadInput) as refused:
        record_step(house, text, days)

    assert set(refused.value.problems) == {field}


def test_a_record_needs_a_wording_at_all(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")

    with pytest.raises(BadInput, match="Schreiben Sie den Wortlaut"):
        house.step("record", "tv1")


def enter_record(house: House, text: str = WORDING) -> Record:
    """The office enters a record signed on paper."""
    chair = house.people["tv1"]
    with house.acting("buero", "enter_record", on_behalf_of=chair) as deed:
        return records.set_down(
            house.session,
            house.programme,
            ballot(house),
            text=text,
            decided_on=house.today,
            chair_id=chair,
            deed=deed,
            entered_by=house.people["buero"],
        )


def test_a_record_from_paper_stands_once_a_second_person_confirmed_it(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")
    written = enter_record(house)
    assert (written.counts, house.programme.state) == (False, "awaiting_record")

    with pytest.raises(BadInput, match="zweite Person"), house.session.begin_nested():
        confirm_record(house.session, house.programme, written, actor=house.actor("buero"), at=house.tick())
    with pytest.raises(NotAllowed):
        confirm_record(house.session, house.programme, written, actor=house.actor("gf"), at=house.tick())
    taken = confirm_record(house.session, house.programme, written, actor=house.actor("tv4"), at=house.tick())

    assert (written.counts, written.entered_by, written.confirmed_by) == (
        True,
        house.people["buero"],
        house.people["tv4"],
    )
    assert (taken.trigger, taken.target, taken.person_id) == ("record", "in_force", house.people["tv1"])
    assert house.programme.state == "in_force"


def test_an_entry_that_waits_may_be_entered_anew_or_replaced_by_the_chair(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")
    enter_record(house, "Ein erster Wortlaut vom Papier.")
    again = enter_record(house, "Ein zweiter Wortlaut vom Papier.")
    assert again.version == 2

    own = record_step(house)

    assert own.id == again.id
    assert (own.text, own.entered_by, own.counts) == (WORDING, None, True)


def test_a_record_that_stands_is_not_replaced(house: House) -> None:
    house.advance("in_force")

    with pytest.raises(BadInput, match="Die Niederschrift liegt schon vor"):
        records.set_down(
            house.session,
            house.programme,
            ballot(house),
            text="Ein ganz anderer Beschluss.",
            decided_on=house.today,
            chair_id=house.people["tv1"],
            deed=house.deed("buero"),
            entered_by=house.people["buero"],
        )


def sitting(house: House, outcome: str, **facts: object) -> Facts:
    """A council body's result."""
    values: dict[str, object] = {
        "met_on": house.today,
        "reference": " 12/2027 ",
        "yes": 3 if outcome == "rejected" else 10,
        "no": 10 if outcome == "rejected" else 3,
        "abstain": 1,
        "excluded": 1,
        **facts,
    }
    return Facts(sitting=Sitting(outcome=outcome, **values))  # type: ignore[arg-type]


OUTCOMES = [
    (state, outcome, target)
    for state in ("committee", "council")
    for step in [known()["zkt-programme", 1].step(state, "enter_result")]
    if step is not None
    for outcome, target in step.targets.items()
]


@pytest.mark.parametrize(("state", "outcome", "target"), OUTCOMES)
def test_a_council_bodys_result_leads_on(council_house: House, state: str, outcome: str, target: str) -> None:
    house = council_house
    house.advance(state)

    taken = house.step("enter_result", "buero", facts=sitting(house, outcome))

    version = newest_version(house.session, house.programme)
    entered = records.results_of(house.session, house.programme)[0]
    assert version is not None
    assert (taken.outcome, house.programme.state) == (outcome, target)
    assert (entered.body, entered.outcome, entered.reference) == (state, outcome, "12/2027")
    assert {entered.yes, entered.no} == {10, 3}
    assert (entered.yes > entered.no, entered.abstain, entered.excluded) == (outcome != "rejected", 1, 1)
    assert (entered.version_id, entered.person_id) == (version.id, house.people["buero"])


def test_a_changed_programme_comes_back_and_goes_again(house_at: HouseAt) -> None:
    house = house_at("council")
    house.step("enter_result", "buero", facts=sitting(house, "changed"))
    assert house.programme.state == "disposition"

    house.advance("council")
    house.step("enter_result", "buero", facts=sitting(house, "deferred"))
    house.advance("in_force")

    assert [r.outcome for r in records.results_of(house.session, house.programme)] == [
        *("adopted", "deferred", "recommended", "changed", "recommended"),
    ]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"reference": "  "}, "reference"),
        ({"reference": "x" * 201}, "reference"),
        ({"yes": -1}, "yes"),
        ({"excluded": 1_000}, "excluded"),
    ],
)
def test_a_result_has_its_reference_and_its_votes(house_at: HouseAt, facts: dict[str, object], field: str) -> None:
    house = house_at("committee")

    with pytest.raises(BadInput) as refused:
        house.step("enter_result", "buero", facts=sitting(house, "recommended", **facts))

    assert set(refused.value.problems) == {field}


def test_a_sitting_of_tomorrow_has_no_result(house_at: HouseAt) -> None:
    house = house_at("committee")

    with pytest.raises(BadInput, match="liegt in der Zukunft"):
        house.step("enter_result", "buero", facts=sitting(house, "recommended", met_on=house.today + timedelta(1)))


def test_a_body_cannot_have_met_before_it_had_the_version_or_before_the_other_one(house_at: HouseAt) -> None:
    house = house_at("committee")
    put_on = house.today
    house.tick(days=3)
    with pytest.raises(BadInput, match=r"Vor dem 10\.3\.2026"):
        house.step("enter_result", "buero", facts=sitting(house, "recommended", met_on=put_on - timedelta(1)))

    house.step("enter_result", "buero", facts=sitting(house, "recommended", met_on=put_on + timedelta(1)))
    with pytest.raises(BadInput, match=r"Vor dem 11\.3\.2026"):
        house.step("enter_result", "buero", facts=sitting(house, "adopted", met_on=put_on))
    house.step("enter_result", "buero", facts=sitting(house, "adopted", met_on=put_on + timedelta(2)))

    assert house.programme.state == "in_force"


@pytest.mark.parametrize("facts", [Facts(), None])
def test_a_result_must_be_chosen(house_at: HouseAt, facts: Facts | None) -> None:
    house = house_at("committee")

    with pytest.raises(BadInput, match="Wählen Sie das Ergebnis aus"):
        house.step("enter_result", "buero", facts=facts)
    with pytest.raises(BadInput, match="Wählen Sie das Ergebnis aus"):
        house.step("enter_result", "buero", facts=sitting(house, "adopted"))


def test_each_vote_names_a_seat_of_its_ballot(house_at: HouseAt) -> None:
    house = house_at("resolution")
    vote_all(house, "yes no abstain - - -")

    seats: dict[UUID, UUID] = {e.id: e.person_id for e in ballots.electors_of(house.session, ballot(house))}

    assert {seats[elector_id] for elector_id in votes_of(house.session, ballot(house))} == {
        house.people[account] for account in ("tv1", "tv2", "tv3")
    }
