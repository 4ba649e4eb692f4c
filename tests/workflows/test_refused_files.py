"""One unsound file per rule: each is refused with the line, the place and the reason, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcflow import procedure
from jcflow.errors import BadFile, Fault
from jcflow.procedure import Due, Escalation, Procedure, Role
from tests.workflows.whitelist import EFFECTS, GUARDS, OUTCOMES

SOUND = """\
key: small
version: 1
form: gE
label: Kleines Verfahren
states:
  drafting: {phase: draft, label: Entwurf, edit: [chapters]}
  voting: {phase: resolution, label: Abstimmung}
  done: {phase: in_force, label: Fertig, final: true}
steps:
  - {trigger: submit, label: Vorlegen, from: drafting, to: voting, by: managing_director, guards: [chapters_filled]}
  - {trigger: back, label: Zurückgeben, from: voting, to: drafting, by: staff, effects: [void_ballot], reason: true}
  - trigger: record
    label: Abschließen
    from: [voting]
    to: {adopted: done, rejected: drafting}
    outcome: recorded_result
    by: [assembly_chair, staff]
acts:
  - {act: vote, label: Abstimmen, in: voting, by: assembly_member}
tasks:
  - {in: drafting, for: managing_director, step: submit, due: {after_entry: 1 day}}
  - {in: voting, for: assembly_member, each: true, act: vote, due: {after_entry: 14 days}, remind: [-7d, -2wd, 0d]}
  - in: voting
    for: assembly_chair
    step: record
    after: vote
    due: {after_entry: 1 working day}
    escalate: {after: 3wd, to: staff}
"""


def _load(directory: Path, text: str) -> Procedure:
    path = directory / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return procedure.load(path, guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES)


def _faults(directory: Path, text: str) -> tuple[Fault, ...]:
    with pytest.raises(BadFile) as refused:
        _load(directory, text)
    return refused.value.faults


def _changed(*changes: tuple[str, str]) -> str:
    text = SOUND
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def test_the_file_that_the_rules_below_break_is_sound(tmp_path: Path) -> None:
    small = _load(tmp_path, SOUND)

    record = small.step("voting", "record")
    assert record is not None
    assert (record.target, record.targets) == (None, {"adopted": "done", "rejected": "drafting"})
    assert small.tasks_in("voting")[1].due == Due(1, working=True)
    assert small.tasks_in("voting")[1].escalate == Escalation(Due(3, working=True), Role.STAFF)


RULES = {
    # names that do not exist
    "unknown key of the file": (
        ("form: gE", "form: gE\ncolour: red"),
        "Zeile 4, colour",
        "Den Eintrag „colour“ gibt es hier nicht.",
    ),
    "unknown key of a state": (
        ("final: true", "final: true, colour: red"),
        "Zeile 8, states/done/colour",
        "Den Eintrag „colour“ gibt es hier nicht.",
    ),
    "unknown key of a step": (
        ("label: Abschließen", "label: Abschließen\n    import: os"),
        "Zeile 14, steps/3/import",
        "Den Eintrag „import“ gibt es hier nicht.",
    ),
    "unknown key of an act": (
        ("by: assembly_member}", "by: assembly_member, to: done}"),
        "Zeile 19, acts/1/to",
        "Den Eintrag „to“ gibt es hier nicht.",
    ),
    "unknown key of a task": (
        ("after: vote", "after: vote\n    before: vote"),
        "Zeile 27, tasks/3/before",
        "Den Eintrag „before“ gibt es hier nicht.",
    ),
    "unknown key of a deadline": (
        ("{after_entry: 1 day}", "{after_entry: 1 day, before_meeting: 3 days}"),
        "Zeile 21, tasks/1/due/before_meeting",
        "Den Eintrag „before_meeting“ gibt es hier nicht.",
    ),
    "unknown meeting": (
        ("{after_entry: 1 day}", "{after_entry: 1 day, of_meeting: senate}"),
        "Zeile 21, tasks/1/due/of_meeting",
        "Die Sitzung „senate“ gibt es nicht.",
    ),
    "meeting without a fallback": (
        ("{after_entry: 1 day}", "{of_meeting: assembly}"),
        "Zeile 21, tasks/1/due/after_entry",
        "Der Eintrag „after_entry“ fehlt.",
    ),
    "deadline of both period and meeting": (
        ("{after_entry: 1 day}", "{after_entry: 1 day, of_meeting: assembly, of_period: 31 Oct}"),
        "Zeile 21, tasks/1/due",
        "Eine Frist hängt am Zeitraum (of_period) oder an einer Sitzung (of_meeting), nicht an beiden.",
    ),
    "day that not every year has": (
        ("{after_entry: 1 day}", "{of_period: 29 Feb}"),
        "Zeile 21, tasks/1/due/of_period",
        "„29 Feb“ ist kein Tag, den jedes Jahr hat; möglich ist „31 Oct“.",
    ),
    "day that is none": (
        ("{after_entry: 1 day}", "{of_period: 31 Okt}"),
        "Zeile 21, tasks/1/due/of_period",
        "„31 Okt“ ist kein Tag, den jedes Jahr hat; möglich ist „31 Oct“.",
    ),
    "year too far from the period": (
        ("{after_entry: 1 day}", "{of_period: 31 Oct, years: -3}"),
        "Zeile 21, tasks/1/due/years",
        "Hier steht eine der Zahlen -2, -1, 0 und 1.",
    ),
    "years without a period": (
        ("{after_entry: 1 day}", "{after_entry: 1 day, years: -1}"),
        "Zeile 21, tasks/1/due/years",
        "Den Eintrag „years“ gibt es nur mit „of_period“.",
    ),
    "distance from a meeting without a meeting": (
        ("{after_entry: 1 day}", "{after_entry: 1 day, before: 3 days}"),
        "Zeile 21, tasks/1/due/before",
        "Den Eintrag „before“ gibt es nur mit „of_meeting“.",
    ),
    "distance from a meeting that is none": (
        ("{after_entry: 1 day}", "{after_entry: 1 day, of_meeting: assembly, before: soon}"),
        "Zeile 21, tasks/1/due/before",
        "Aus „soon“ lässt sich keine Frist berechnen; möglich sind „21 days“ und „5 working days“.",
    ),
    "rolling that is no yes or no": (
        ("{after_entry: 1 day}", "{after_entry: 1 day, roll: never}"),
        "Zeile 21, tasks/1/due/roll",
        "Hier steht „true“ oder „false“.",
    ),
    "key given twice": (
        ("form: gE", "form: gE\nform: zkT"),
        "Zeile 4, form",
        "„form“ steht doppelt.",
    ),
    "state given twice": (
        ("  done: {", "  voting: {phase: draft, label: Doppelt}\n  done: {"),
        "Zeile 8, states/voting",
        "„voting“ steht doppelt.",
    ),
    "merge key": (
        ("  voting: {phase: resolution", "  voting: {<<: {final: true}, phase: resolution"),
        "Zeile 7, states/voting/<<",
        "Den Eintrag „<<“ gibt es hier nicht.",
    ),
    "unknown role of a step": (
        ("by: [assembly_chair, staff]", "by: [assembly_chair, mayor]"),
        "Zeile 17, steps/3/by/2",
        "Die Rolle „mayor“ gibt es nicht.",
    ),
    "unknown role of an act": (
        ("in: voting, by: assembly_member", "in: voting, by: mayor"),
        "Zeile 19, acts/1/by",
        "Die Rolle „mayor“ gibt es nicht.",
    ),
    "unknown role of a task": (
        ("for: assembly_chair", "for: mayor"),
        "Zeile 24, tasks/3/for",
        "Die Rolle „mayor“ gibt es nicht.",
    ),
    "unknown role of an escalation": (
        ("to: staff}", "to: mayor}"),
        "Zeile 28, tasks/3/escalate/to",
        "Die Rolle „mayor“ gibt es nicht.",
    ),
    "unknown guard": (
        ("[chapters_filled]", "[chapters_filled, os.getpid]"),
        "Zeile 10, steps/1/guards/2",
        "Die Bedingung „os.getpid“ gibt es nicht.",
    ),
    "unknown effect": (
        ("[void_ballot]", "[burn_ballot]"),
        "Zeile 11, steps/2/effects/1",
        "Die Wirkung „burn_ballot“ gibt es nicht.",
    ),
    "unknown outcome": (
        ("outcome: recorded_result", "outcome: lottery"),
        "Zeile 16, steps/3/outcome",
        "Die Ergebnisregel „lottery“ gibt es nicht.",
    ),
    "outcome without a target": (
        ("{adopted: done, rejected: drafting}", "{adopted: done}"),
        "Zeile 15, steps/3/to",
        "Für das Ergebnis „rejected“ fehlt das Ziel.",
    ),
    "target without an outcome of that name": (
        ("rejected: drafting}", "rejected: drafting, tied: voting}"),
        "Zeile 15, steps/3/to/tied",
        "Das Ergebnis „tied“ gibt es nicht.",
    ),
    "targets without an outcome": (
        ("    outcome: recorded_result\n", ""),
        "Zeile 12, steps/3/outcome",
        "Mehrere Ziele brauchen eine Ergebnisregel (outcome).",
    ),
    "outcome with a single target": (
        ("to: {adopted: done, rejected: drafting}", "to: done"),
        "Zeile 16, steps/3/outcome",
        "Eine Ergebnisregel braucht ein Ziel je Ergebnis.",
    ),
    "unknown area": (
        ("[chapters]}", "[chapters, votes]}"),
        "Zeile 6, states/drafting/edit/2",
        "Den Bereich „votes“ gibt es nicht.",
    ),
    "unknown phase": (
        ("phase: resolution", "phase: party"),
        "Zeile 7, states/voting/phase",
        "Die Phase „party“ gibt es nicht.",
    ),
    "unknown form": (("form: gE", "form: GmbH"), "Zeile 3, form", "Die Organisationsform „GmbH“ gibt es nicht."),
    "unknown state in from": (
        ("from: [voting]", "from: [voting, moon]"),
        "Zeile 14, steps/3/from",
        "Den Stand „moon“ gibt es nicht.",
    ),
    "unknown state in to": (
        ("to: voting, by", "to: moon, by"),
        "Zeile 10, steps/1/to",
        "Den Stand „moon“ gibt es nicht.",
    ),
    "unknown state in a map of targets": (
        ("adopted: done", "adopted: moon"),
        "Zeile 15, steps/3/to/adopted",
        "Den Stand „moon“ gibt es nicht.",
    ),
    "unknown state of an act": (
        ("in: voting, by", "in: [voting, moon], by"),
        "Zeile 19, acts/1/in",
        "Den Stand „moon“ gibt es nicht.",
    ),
    "unknown state of a task": (
        ("{in: drafting, for", "{in: moon, for"),
        "Zeile 21, tasks/1/in",
        "Den Stand „moon“ gibt es nicht.",
    ),
    # what is missing
    "missing key": (("key: small\n", ""), "Zeile 1, key", "Der Eintrag „key“ fehlt."),
    "missing version": (("version: 1\n", ""), "Zeile 1, version", "Der Eintrag „version“ fehlt."),
    "missing form": (("form: gE\n", ""), "Zeile 1, form", "Der Eintrag „form“ fehlt."),
    "missing label of a step": (
        ("    label: Abschließen\n", ""),
        "Zeile 12, steps/3/label",
        "Der Eintrag „label“ fehlt.",
    ),
    "missing role of a step": (
        ("    by: [assembly_chair, staff]\n", ""),
        "Zeile 12, steps/3/by",
        "Der Eintrag „by“ fehlt.",
    ),
    "step without a role": (("by: [assembly_chair, staff]", "by: []"), "Zeile 17, steps/3/by", "Die Liste ist leer."),
    "step from nowhere": (("from: drafting", "from: []"), "Zeile 10, steps/1/from", "Die Liste ist leer."),
    "missing deadline": (
        ("    due: {after_entry: 1 working day}\n", ""),
        "Zeile 23, tasks/3/due",
        "Der Eintrag „due“ fehlt.",
    ),
    # the way as a whole
    "unreachable state": (
        ("  done: {", "  lost: {phase: draft, label: Vergessen, final: true}\n  done: {"),
        "Zeile 8, states/lost",
        "Der Stand „lost“ ist nicht erreichbar.",
    ),
    "state without an exit": (
        (", final: true}", "}"),
        ("tasks:", "tasks:\n  - {in: done, for: staff, act: vote, due: {after_entry: 3 days}}"),
        ("in: voting, by", "in: [voting, done], by"),
        ("by: assembly_member", "by: [assembly_member, staff]"),
        "Zeile 8, states/done",
        "Aus „done“ führt kein Schritt heraus, und der Stand ist kein Ende (final).",
    ),
    "state whose only exit leads back to it": (
        (", final: true}", "}"),
        ("acts:", "  - {trigger: again, label: Noch einmal, from: done, to: done, by: staff}\nacts:"),
        ("tasks:", "tasks:\n  - {in: done, for: staff, step: again, due: {after_entry: 3 days}}"),
        "Zeile 8, states/done",
        "Aus „done“ führt kein Schritt heraus, und der Stand ist kein Ende (final).",
    ),
    "state in which nobody has a task": (
        ("  - {in: drafting, for: managing_director, step: submit, due: {after_entry: 1 day}}\n", ""),
        "Zeile 6, states/drafting",
        "In „drafting“ hat niemand eine Aufgabe.",
    ),
    "state in which every task waits": (
        ("{in: voting, for: assembly_member, each", "{in: voting, after: cast, for: assembly_member, each"),
        ("acts:", "acts:\n  - {act: cast, label: Entscheiden, in: voting, by: staff}"),
        "Zeile 7, states/voting",
        "In „voting“ wartet jede Aufgabe auf eine andere; niemand ist am Zug.",
    ),
    "two steps of one state and trigger": (
        ("trigger: back", "trigger: record"),
        "Zeile 12, steps/3",
        "Aus „voting“ gibt es den Schritt „record“ schon.",
    ),
    "two acts of one state and name": (
        ("tasks:", "  - {act: vote, label: Zustimmen, in: [drafting, voting], by: staff}\ntasks:"),
        "Zeile 20, acts/2",
        "In „voting“ gibt es die Handlung „vote“ schon.",
    ),
    # tasks and deadlines
    "deadline in words": (
        ("after_entry: 14 days", "after_entry: two weeks"),
        "Zeile 22, tasks/2/due/after_entry",
        "Aus „two weeks“ lässt sich keine Frist berechnen; möglich sind „21 days“ und „5 working days“.",
    ),
    "deadline of no days": (
        ("after_entry: 14 days", "after_entry: 0 days"),
        "Zeile 22, tasks/2/due/after_entry",
        "Aus „0 days“ lässt sich keine Frist berechnen; möglich sind „21 days“ und „5 working days“.",
    ),
    "deadline without a unit": (
        ("after_entry: 14 days", "after_entry: 14"),
        "Zeile 22, tasks/2/due/after_entry",
        "Hier steht ein Text.",
    ),
    "deadline counted from nothing": (
        ("due: {after_entry: 14 days}", "due: {}"),
        "Zeile 22, tasks/2/due/after_entry",
        "Der Eintrag „after_entry“ fehlt.",
    ),
    "reminder that cannot be computed": (
        ("-2wd", "-2 weeks"),
        "Zeile 22, tasks/2/remind/2",
        "Aus „-2 weeks“ lässt sich kein Tag berechnen; möglich sind „-7d“ und „-2wd“.",
    ),
    "escalation before the deadline": (
        ("after: 3wd", "after: -3wd"),
        "Zeile 28, tasks/3/escalate/after",
        "Wer nach Ablauf der Frist davon hört, hört es nicht vorher.",
    ),
    "task for an act of another state": (
        ("for: managing_director, step: submit", "for: assembly_member, act: vote"),
        "Zeile 21, tasks/1/act",
        "In „drafting“ gibt es die Handlung „vote“ nicht.",
    ),
    "task for a step of another state": (
        ("for: managing_director, step: submit", "for: staff, step: back"),
        "Zeile 21, tasks/1/step",
        "In „drafting“ gibt es den Schritt „back“ nicht.",
    ),
    "task for a role that may not act": (
        ("for: assembly_member, each", "for: board_member, each"),
        "Zeile 22, tasks/2/act",
        "Die Rolle „board_member“ darf „vote“ nicht.",
    ),
    "task for a role that may not take the step": (
        ("for: assembly_chair", "for: auditor"),
        "Zeile 25, tasks/3/step",
        "Die Rolle „auditor“ darf „record“ nicht.",
    ),
    "task that closes with nothing": (
        ("    step: record\n", ""),
        "Zeile 23, tasks/3",
        "Eine Aufgabe hat entweder eine Handlung (act) oder einen Schritt (step).",
    ),
    "task that closes with two things": (
        ("each: true, act: vote", "act: vote, step: back"),
        ("to: drafting, by: staff", "to: drafting, by: assembly_member"),
        "Zeile 22, tasks/2",
        "Eine Aufgabe hat entweder eine Handlung (act) oder einen Schritt (step).",
    ),
    "task after an unknown act": (
        ("after: vote", "after: [vote, sing]"),
        "Zeile 26, tasks/3/after",
        "In „voting“ gibt es die Handlung „sing“ nicht.",
    ),
    "task that waits for itself": (
        ("{in: voting, for: assembly_member, each", "{in: voting, after: vote, for: assembly_member, each"),
        ("acts:", "acts:\n  - {act: count, label: Zählen, in: voting, by: staff}"),
        ("tasks:", "tasks:\n  - {in: voting, for: staff, act: count, due: {after_entry: 1 day}}"),
        "Zeile 24, tasks/3/after",
        "Eine Aufgabe kann nicht auf sich selbst warten.",
    ),
    # wrong types
    "version in words": (("version: 1", "version: eins"), "Zeile 2, version", "Hier steht eine ganze Zahl ab 1."),
    "version zero": (("version: 1", "version: 0"), "Zeile 2, version", "Hier steht eine ganze Zahl ab 1."),
    "version as a truth": (("version: 1", "version: true"), "Zeile 2, version", "Hier steht eine ganze Zahl ab 1."),
    "key that is no key": (
        ("key: small", "key: Klein & Fein"),
        "Zeile 1, key",
        "„Klein & Fein“ ist kein Schlüssel aus kleinen Buchstaben, Ziffern und „-“.",
    ),
    "trigger that is no name": (
        ("trigger: back", "trigger: __class__"),
        "Zeile 11, steps/2/trigger",
        "„__class__“ ist kein Name aus kleinen Buchstaben, Ziffern und „_“ (höchstens 40 Zeichen).",
    ),
    "label as a number": (("label: Entwurf", "label: 2022"), "Zeile 6, states/drafting/label", "Hier steht ein Text."),
    "label left empty": (("label: Entwurf", "label:"), "Zeile 6, states/drafting/label", "Hier steht ein Text."),
    "label of two lines": (
        ("label: Entwurf", r'label: "Ent\nwurf"'),
        "Zeile 6, states/drafting/label",
        "Der Text steht in einer Zeile, ist nicht leer und hat keine Leerzeichen am Rand.",
    ),
    "flag in words": (("final: true", "final: maybe"), "Zeile 8, states/done/final", "Hier steht „true“ oder „false“."),
    "guard as a mapping": (
        ("guards: [chapters_filled]", "guards: {chapters_filled: true}"),
        "Zeile 10, steps/1/guards",
        "Hier steht ein Text.",
    ),
    "guard given twice": (
        ("[chapters_filled]", "[chapters_filled, chapters_filled]"),
        "Zeile 10, steps/1/guards/2",
        "„chapters_filled“ steht doppelt.",
    ),
    "state as a text": (
        ("{phase: resolution, label: Abstimmung}", "Abstimmung"),
        "Zeile 7, states/voting",
        "Hier stehen Einträge der Form „Name: Wert“.",
    ),
    "target as a list": (("to: voting, by", "to: [voting], by"), "Zeile 10, steps/1/to", "Hier steht ein Text."),
    "acts as a mapping": (
        ("  - {act: vote, label: Abstimmen, in: voting, by: assembly_member}", "  vote: {label: Abstimmen}"),
        ("each: true, act: vote", "step: record"),
        ("for: assembly_member", "for: staff"),
        ("    after: vote\n", ""),
        "Zeile 18, acts",
        "Hier steht eine Liste.",
    ),
    "key that is a list": (
        ("form: gE", "form: gE\n? [a, b]\n: c"),
        "Zeile 1",
        "In Zeile 4 ist ein Name keine einfache Zeichenkette.",
    ),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.replace(" ", "-"))
def test_a_file_that_breaks_one_rule_is_refused_with_line_and_reason(tmp_path: Path, rule: str) -> None:
    *changes, place, reason = RULES[rule]

    faults = _faults(tmp_path, _changed(*changes))

    assert faults == (Fault(place, reason),)


def test_all_faults_of_a_file_are_named_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = _changed(
        ("version: 1\n", ""),
        ("[chapters_filled]", "[luck]"),
        ("by: assembly_member", "by: mayor"),
        ("after_entry: 14 days", "after_entry: soon"),
        ("  done: {", "  lost: {phase: draft, label: Vergessen}\n  done: {"),
    )

    faults = _faults(tmp_path, text)

    assert [fault.place for fault in faults] == [
        "Zeile 1, version",
        "Zeile 7, states/lost",
        "Zeile 7, states/lost",
        "Zeile 7, states/lost",
        "Zeile 10, steps/1/guards/1",
        "Zeile 19, acts/1/by",
        "Zeile 22, tasks/2/due/after_entry",
    ]


def test_the_refusal_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"^small\.yaml: Zeile 3, form: Die Organisationsform „GmbH“ gibt es nicht\.$"):
        _load(tmp_path, _changed(("form: gE", "form: GmbH")))


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        (b"", "Zeile 1", "Die Datei ist leer."),
        (b"key: small\nstates: [a\nsteps: b", "Zeile 3", "Die Datei ist kein gültiges YAML."),
        (b"key: a\n---\nkey: b\n", "Zeile 2", "Die Datei ist kein gültiges YAML."),
        (b"key: *unknown\n", "Zeile 1", "Die Datei ist kein gültiges YAML."),
        (b"label: Gr\xfc\xdfe\n", "Zeile 1", "Die Datei ist kein Text in UTF-8."),
        (b"label: a\x00b\n", "Zeile 1", "Die Datei ist kein Text in UTF-8."),
        (b"[" * 5000, "Zeile 1", "Die Datei ist zu tief verschachtelt."),
        (b"- a\n- b\n", "Zeile 1", "Hier stehen Einträge der Form „Name: Wert“."),
    ],
    ids=["empty", "broken", "two-documents", "alias", "latin-1", "binary", "deep", "list"],
)
def test_what_is_no_workflow_at_all_is_refused(tmp_path: Path, content: bytes, place: str, reason: str) -> None:
    path = tmp_path / "strange.yaml"
    path.write_bytes(content)

    with pytest.raises(BadFile) as refused:
        procedure.load(path, guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES)

    assert refused.value.faults == (Fault(place, reason),)


@given(
    start=st.integers(0, len(SOUND)),
    length=st.integers(0, 60),
    instead=st.sampled_from(["", "x", "[]", "{}", "[[a]]", "{a: {b: c}}", "~", "1", "&a [*a]", "\n", ": ", "states:"]),
)
def test_a_damaged_file_is_read_or_refused_but_never_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, start: int, length: int, instead: str
) -> None:
    damaged = SOUND[:start] + instead + SOUND[start + length :]

    try:
        places = list(_load(tmp_path_factory.getbasetemp(), damaged).states)
    except BadFile as refused:
        places = [fault.place for fault in refused.faults]

    assert places


def test_two_files_of_one_key_and_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(SOUND, encoding="utf-8")

    with pytest.raises(BadFile, match=r"^b\.yaml: key: „small“ in Fassung 1 steht schon in einer anderen Datei\.$"):
        procedure.load_all(tmp_path, guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES)


def test_two_versions_of_one_key_stand_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(_changed(("version: 1", "version: 2")), encoding="utf-8")

    loaded = procedure.load_all(tmp_path, guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES)

    assert list(loaded) == [("small", 1), ("small", 2)]


def test_signs_that_mermaid_reads_are_written_as_entities(tmp_path: Path) -> None:
    small = _load(tmp_path, _changed(("label: Entwurf", "label: 'Ent\"wurf; #1'")))

    assert '    state "Ent#quot;wurf#59; #35;1" as drafting\n' in procedure.draw(small)
