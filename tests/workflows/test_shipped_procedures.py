"""The two procedures in `workflows/` say what the tables of the design say."""

from __future__ import annotations

from pathlib import Path

import pytest

from jcflow import procedure
from jcflow.procedure import Area, Due, Procedure, Role
from tests.workflows.allowed import ALLOWED_GE, ALLOWED_ZKT
from tests.workflows.whitelist import EFFECTS, GUARDS, OUTCOMES

WORKFLOWS = Path(__file__).parents[2] / "workflows"
SHIPPED = procedure.load_all(WORKFLOWS, guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES)
GE, ZKT = SHIPPED["ge-programme", 1], SHIPPED["zkt-programme", 1]
BOTH = pytest.mark.parametrize("shipped", [GE, ZKT], ids=lambda shipped: shipped.key)


def _cells(shipped: Procedure) -> list[tuple[str, str, Role]]:
    triggers = sorted({step.trigger for step in (*GE.steps, *ZKT.steps)})
    return [(state, trigger, role) for state in shipped.states for trigger in triggers for role in Role]


def _may(shipped: Procedure, state: str, trigger: str, role: Role) -> bool:
    step = shipped.step(state, trigger)
    return step is not None and role in step.by


@pytest.mark.parametrize(("state", "trigger", "role"), _cells(GE))
def test_ge_allows_exactly_the_steps_of_the_hand_written_list(state: str, trigger: str, role: Role) -> None:
    assert _may(GE, state, trigger, role) == ((state, trigger, role) in ALLOWED_GE)


@pytest.mark.parametrize(("state", "trigger", "role"), _cells(ZKT))
def test_zkt_allows_exactly_the_steps_of_the_hand_written_list(state: str, trigger: str, role: Role) -> None:
    assert _may(ZKT, state, trigger, role) == ((state, trigger, role) in ALLOWED_ZKT)


@pytest.mark.parametrize(("shipped", "allowed"), [(GE, ALLOWED_GE), (ZKT, ALLOWED_ZKT)])
def test_the_hand_written_list_names_only_what_exists(shipped: Procedure, allowed: set[tuple[str, str, str]]) -> None:
    cells = {(state, trigger, role.value) for state, trigger, role in _cells(shipped)}

    assert allowed <= cells


def test_ge_leads_where_the_design_says() -> None:
    ways = {(source, step.trigger): step.reachable for step in GE.steps for source in step.sources}

    assert ways == {
        ("opened", "start"): ("drafting",),
        ("drafting", "submit"): ("internal_check",),
        ("internal_check", "return"): ("drafting",),
        ("internal_check", "release"): ("first_reading",),
        ("internal_check", "release_to_board"): ("consultation",),
        ("first_reading", "refer"): ("consultation",),
        ("first_reading", "return"): ("drafting",),
        ("consultation", "close"): ("disposition",),
        ("disposition", "rework"): ("internal_check",),
        ("disposition", "dispose"): ("resolution",),
        ("resolution", "recall"): ("disposition",),
        ("resolution", "conclude"): ("awaiting_record", "tied"),
        ("tied", "cast"): ("awaiting_record",),
        ("awaiting_record", "record"): ("in_force", "rejected"),
        ("rejected", "revise"): ("drafting",),
        ("opened", "withdraw"): ("withdrawn",),
        ("drafting", "withdraw"): ("withdrawn",),
        ("internal_check", "withdraw"): ("withdrawn",),
        ("first_reading", "withdraw"): ("withdrawn",),
        ("consultation", "withdraw"): ("withdrawn",),
        ("disposition", "withdraw"): ("withdrawn",),
    }


def test_zkt_leads_where_the_design_says_after_the_consultation() -> None:
    committee, council = ZKT.step("committee", "enter_result"), ZKT.step("council", "enter_result")

    assert committee is not None
    assert council is not None
    assert committee.targets == {"recommended": "council", "changed": "disposition", "deferred": "committee"}
    assert council.targets == {
        "adopted": "in_force",
        "changed": "disposition",
        "rejected": "rejected",
        "deferred": "council",
    }


@pytest.mark.parametrize(
    ("shipped", "freezing"),
    [
        (GE, {"submit", "refer", "release_to_board", "rework", "dispose"}),
        (ZKT, {"submit", "release", "rework", "dispose"}),
    ],
)
def test_a_version_is_frozen_when_the_programme_leaves_a_hand(shipped: Procedure, freezing: set[str]) -> None:
    assert {step.trigger for step in shipped.steps if step.freeze} == freezing


@pytest.mark.parametrize(
    ("shipped", "reasoned"), [(GE, {"return", "recall", "withdraw"}), (ZKT, {"return", "withdraw"})]
)
def test_going_back_needs_a_reason(shipped: Procedure, reasoned: set[str]) -> None:
    assert {step.trigger for step in shipped.steps if step.needs_reason} == reasoned


@BOTH
def test_everything_may_be_edited_in_the_draft_and_while_the_board_is_answered(shipped: Procedure) -> None:
    assert {key: state.edit for key, state in shipped.states.items() if state.edit} == {
        "drafting": frozenset(Area),
        "disposition": frozenset(Area),
    }


@BOTH
def test_only_in_force_and_withdrawn_are_final(shipped: Procedure) -> None:
    assert {key for key, state in shipped.states.items() if state.final} == {"in_force", "withdrawn"}


@BOTH
def test_the_managing_director_never_votes(shipped: Procedure) -> None:
    votes = [act for act in shipped.acts if act.name in {"vote", "enter_vote", "confirm_vote"}]
    rulings = [step for step in shipped.steps if step.trigger in {"conclude", "cast", "record", "recall"}]

    assert not any(Role.MANAGING_DIRECTOR in vote.by for vote in votes)
    assert not any(Role.MANAGING_DIRECTOR in ruling.by for ruling in rulings)


@BOTH
def test_administrators_and_auditors_have_no_business_rights(shipped: Procedure) -> None:
    roles = {role for step in shipped.steps for role in step.by} | {role for act in shipped.acts for role in act.by}

    assert not roles & {Role.ADMIN, Role.AUDITOR}


def test_every_guard_effect_and_outcome_of_the_whitelist_is_used() -> None:
    steps = [*GE.steps, *ZKT.steps]

    assert {guard for step in steps for guard in step.guards} == GUARDS
    assert {effect for step in steps for effect in step.effects} == EFFECTS
    assert {step.outcome for step in steps} - {None} == set(OUTCOMES)


def test_the_release_waits_for_the_signatures_and_the_targets() -> None:
    release = next(rule for rule in GE.tasks_in("internal_check") if rule.step == "release")

    assert release.role is Role.MANAGING_DIRECTOR
    assert release.after == ("sign_off", "state_budget", "set_targets")
    assert release.due == Due(5, working=True)


def test_each_board_member_has_an_opinion_to_give_within_three_weeks() -> None:
    opinion = GE.tasks_in("consultation")[0]

    assert (opinion.role, opinion.each, opinion.act) == (Role.BOARD_MEMBER, True, "opinion")
    assert opinion.due == Due(21, working=False)
    before, after = (Due(-7, working=False), Due(-2, working=True), Due(0, working=False)), Due(1, working=True)
    assert opinion.remind == (*before, after)
    assert opinion.escalate == procedure.Escalation(Due(3, working=True), Role.STAFF)


def test_the_land_receives_the_programme_from_the_consultation_on() -> None:
    states = {state for state in ZKT.states if ZKT.act(state, "hand_to_land")}

    assert states == {"consultation", "disposition", "committee", "council", "in_force"}


@BOTH
def test_a_question_for_what_a_state_does_not_have_is_answered_with_none(shipped: Procedure) -> None:
    assert shipped.step("in_force", "start") is None
    assert shipped.act("opened", "publish") is None
    assert shipped.steps_from("withdrawn") == ()


@BOTH
def test_a_programme_is_opened_in_the_first_state(shipped: Procedure) -> None:
    assert shipped.initial.key == "opened"


@BOTH
def test_the_drawing_names_every_state_and_step_in_german(shipped: Procedure) -> None:
    drawing = procedure.draw(shipped)

    assert drawing.startswith("stateDiagram-v2\n")
    assert all(f'state "{state.label}" as {key}\n' in drawing for key, state in shipped.states.items())
    for step in shipped.steps:
        for source in step.sources:
            assert all(f"    {source} --> {target}: {step.label}\n" in drawing for target in step.reachable)


@BOTH
def test_the_drawing_of_one_file_is_always_the_same(shipped: Procedure) -> None:
    again = procedure.load_all(WORKFLOWS, guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES)

    assert procedure.draw(again[shipped.key, shipped.version]) == procedure.draw(shipped)
