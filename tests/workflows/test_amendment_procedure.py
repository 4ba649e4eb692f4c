"""`workflows/budget-amendment.yaml` says what the process table says, and its loader refuses what is unsound."""

from __future__ import annotations

from pathlib import Path

import pytest

from jcflow import procedure
from jcflow.errors import BadFile
from jcflow.procedure import Due, Phase, Procedure, Role, Subject

WORKFLOWS = Path(__file__).parents[2] / "workflows"
FILE = WORKFLOWS / "budget-amendment.yaml"
GUARDS = {
    *("other_than_proposer", "other_than_checker", "proposer_or_director", "competent"),
    *("year_open", "amount_available", "lines_present", "receiver_committed"),
}
EFFECTS = {"state_opinion", "take_decision", "restore_budget", "block_amount", "enter_booking", "enter_release"}
OUTCOMES = {"decision": {"approved", "settled", "rejected"}, "remainder": {"rest", "settled"}}
BOOKERS = ("managing_director", "editor", "budget_officer")
DECIDERS = ("managing_director", "assembly_chair", "staff")
ALLOWED = {
    ("proposed", "check", "budget_officer"),
    ("proposed", "refuse", "budget_officer"),
    ("checked", "put", "managing_director"),
    *(("decision_pending", "decide", role) for role in DECIDERS),
    *(("approved", "revoke", role) for role in DECIDERS),
    ("approved", "block", "budget_officer"),
    *((state, "book", role) for state in ("blocked", "booked", "released") for role in BOOKERS),
    *((state, "release", "budget_officer") for state in ("blocked", "booked", "released")),
    *((state, "cancel", role) for state in ("proposed", "checked", "decision_pending") for role in BOOKERS),
}
"""State, step and role, by hand: nobody else may."""


def _load(path: Path) -> Procedure:
    return procedure.load(path, guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES)


SHIPPED = _load(FILE)


def test_exactly_these_roles_may_take_these_steps() -> None:
    said = {(source, step.trigger, role) for step in SHIPPED.steps for source in step.sources for role in step.by}

    assert said == ALLOWED


def test_an_amendment_goes_from_the_proposal_to_the_booking() -> None:
    ways = {(source, step.trigger): set(step.reachable) for step in SHIPPED.steps for source in step.sources}

    assert ways["proposed", "check"] == {"checked"}
    assert ways["checked", "put"] == {"decision_pending"}
    assert ways["decision_pending", "decide"] == {"approved", "closed", "rejected"}
    assert ways["approved", "block"] == {"blocked"}
    assert ways["blocked", "book"] == ways["released", "book"] == {"booked", "closed"}
    assert ways["blocked", "release"] == ways["booked", "release"] == {"released", "closed"}
    assert {key for key, state in SHIPPED.states.items() if state.final} == {
        *("closed", "refused", "rejected", "cancelled")
    }


def test_the_check_has_three_working_days_and_the_block_two() -> None:
    due = {(rule.state, rule.step): rule.due for rule in SHIPPED.tasks}

    assert due["proposed", "check"] == Due(3, working=True)
    assert due["approved", "block"] == Due(2, working=True)


def test_people_are_kept_apart_and_a_booking_waits_for_the_declaration() -> None:
    guards = {step.trigger: set(step.guards) for step in SHIPPED.steps}

    assert "other_than_proposer" in guards["check"]
    assert {"other_than_proposer", "other_than_checker"} <= guards["decide"]
    assert {"other_than_proposer", "other_than_checker", "receiver_committed"} <= guards["book"]
    assert all(rule.after == ("declare",) for rule in SHIPPED.tasks if (rule.state, rule.step) == ("blocked", "book"))


def test_every_name_of_the_whitelist_is_used() -> None:
    assert {guard for step in SHIPPED.steps for guard in step.guards} == GUARDS
    assert {effect for step in SHIPPED.steps for effect in step.effects} == EFFECTS
    assert {step.outcome for step in SHIPPED.steps} - {None} == set(OUTCOMES)


def test_what_lets_go_or_goes_back_needs_a_reason() -> None:
    assert {step.trigger for step in SHIPPED.steps if step.needs_reason} == {"refuse", "release", "cancel", "revoke"}


def test_nobody_outside_the_house_and_no_administrator_has_a_part() -> None:
    roles = {role for step in SHIPPED.steps for role in step.by} | {role for act in SHIPPED.acts for role in act.by}

    assert not roles & {Role.ADMIN, Role.AUDITOR, Role.BOARD_MEMBER, Role.ASSEMBLY_MEMBER}


def test_its_states_lie_in_the_time_in_force_and_open_nothing() -> None:
    assert SHIPPED.subject is Subject.AMENDMENT
    assert SHIPPED.form == ""
    assert all(state.phase is Phase.IN_FORCE and not state.edit for state in SHIPPED.states.values())


def test_the_procedures_of_programmes_are_loaded_without_it() -> None:
    only = procedure.load_all(WORKFLOWS, guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES, subject=Subject.AMENDMENT)

    assert set(only) == {("budget-amendment", 1)}


@pytest.mark.parametrize(
    ("sound", "unsound", "reason"),
    [
        ("subject: amendment", "subject: budget", "Den Gegenstand „budget“ gibt es nicht."),
        ("version: 1", "version: 1\nform: gE", "Den Eintrag „form“ gibt es hier nicht."),
        ("{label: Geprüft}", "{phase: draft, label: Geprüft}", "Den Eintrag „phase“ gibt es hier nicht."),
        ("{label: Geprüft}", "{label: Geprüft, edit: [budgets]}", "Den Eintrag „edit“ gibt es hier nicht."),
        ("guards: [other_than_proposer, year_open, amount", "guards: [open_door, amount", "Die Bedingung „open_door“"),
        ("effects: [block_amount]", "effects: [move_money]", "Die Wirkung „move_money“ gibt es nicht."),
        ("to: {rest: booked, settled: closed}", "to: {rest: booked}", "Für das Ergebnis „settled“ fehlt das Ziel."),
        ("from: approved, to: blocked", "from: approved, to: closed", "Der Stand „blocked“ ist nicht erreichbar."),
        ("{in: checked, for: managing_director, step: put", "{in: approved, for: staff, step: revoke", "„checked“"),
    ],
)
def test_an_unsound_file_is_refused(tmp_path: Path, sound: str, unsound: str, reason: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert sound in text
    changed = tmp_path / "falsch.yaml"
    changed.write_text(text.replace(sound, unsound, 1), encoding="utf-8")

    with pytest.raises(BadFile) as refused:
        _load(changed)

    assert reason in str(refused.value)
