"""Workflow files, read into procedures."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import yaml

from jcflow.errors import BadFile, Fault
from jcflow.procedure import soundness
from jcflow.procedure.definition import Act, Area, Phase, Procedure, Role, State, Step, Subject
from jcflow.procedure.sheet import Sheet
from jcflow.procedure.task_rows import read_tasks

_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")
_FORMS = ("gE", "zkT")
_AREAS = {area.value for area in Area}
_PHASES = {phase.value for phase in Phase}
_ROLES = {role.value for role in Role}
_SUBJECTS = {subject.value for subject in Subject}
_SAYS_SUBJECT = re.compile(r"^subject: *[\"']?([a-z_]+)[\"']? *(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Whitelist:
    guards: Collection[str]
    effects: Collection[str]
    outcomes: Mapping[str, Collection[str]]


def load(
    path: Path, *, guards: Collection[str], effects: Collection[str], outcomes: Mapping[str, Collection[str]]
) -> Procedure:
    """Read a workflow file whose names are all among those given.

    Args:
        outcomes: For each name of an outcome, the values it can give.

    Raises:
        BadFile: The file is unsound; every fault with its line (`Zeile 14, steps/3`), in the order of the lines.
        OSError: The file cannot be opened.
    """
    sheet, subject = Sheet(path), subject_of(path)
    of_a_house = ("form",) if subject is Subject.PROGRAMME else ()
    required = ("key", "version", *of_a_house, "label", "states", "steps", "tasks")
    entries = sheet.fields(sheet.root, "", required=required, optional=("acts", "subject"))
    sheet.names(entries.get("subject"), "subject", _SUBJECTS, "Den Gegenstand", one=True)
    rows = soundness.Rows(
        states=_states(sheet, entries.get("states"), subject),
        steps=_steps(sheet, entries.get("steps"), _Whitelist(guards, effects, outcomes)),
        acts={place: _act(sheet, node, place) for place, node in sheet.rows(entries.get("acts"), "acts").items()},
        tasks=read_tasks(sheet, entries.get("tasks")),
    )
    key = _key(sheet, entries.get("key"))
    version = sheet.number(entries.get("version"), "version")
    form = "".join(sheet.names(entries.get("form"), "form", _FORMS, "Die Organisationsform", one=True))
    label = sheet.text(entries.get("label"), "label")
    soundness.check(sheet, rows)
    sheet.raise_faults()
    return Procedure(
        key=key,
        version=version,
        form=form,
        label=label,
        states=MappingProxyType(dict(rows.states)),
        steps=tuple(rows.steps.values()),
        acts=tuple(rows.acts.values()),
        tasks=tuple(rows.tasks.values()),
        subject=subject,
    )


def _key(sheet: Sheet, node: yaml.Node | None) -> str:
    key = sheet.text(node, "key")
    if key and not _KEY.fullmatch(key):
        sheet.refuse("key", f"„{key}“ ist kein Schlüssel aus kleinen Buchstaben, Ziffern und „-“.")
    return key


def subject_of(path: Path) -> Subject:
    """What the procedure of a file moves: a programme unless the file says otherwise, or says what cannot be.

    Raises:
        OSError: The file cannot be opened.
    """
    said = _SAYS_SUBJECT.search(path.read_text(encoding="utf-8", errors="replace"))
    return Subject(said[1]) if said and said[1] in _SUBJECTS else Subject.PROGRAMME


def load_all(
    directory: Path,
    *,
    guards: Collection[str],
    effects: Collection[str],
    outcomes: Mapping[str, Collection[str]],
    subject: Subject = Subject.PROGRAMME,
) -> dict[tuple[str, int], Procedure]:
    """Every `*.yaml` of a directory about one subject by key and version, in the order of the file names.

    Raises:
        BadFile: The first unsound file, or one with the key and version of another.
    """
    procedures: dict[tuple[str, int], Procedure] = {}
    for path in sorted(one for one in directory.glob("*.yaml") if subject_of(one) is subject):
        procedure = load(path, guards=guards, effects=effects, outcomes=outcomes)
        pinned = (procedure.key, procedure.version)
        if pinned in procedures:
            reason = f"„{procedure.key}“ in Fassung {procedure.version} steht schon in einer anderen Datei."
            raise BadFile(path.name, [Fault("key", reason)])
        procedures[pinned] = procedure
    return procedures


def _states(sheet: Sheet, node: yaml.Node | None, subject: Subject) -> dict[str, State]:
    if node is None:
        return {}
    entries = sheet.entries(node, "states")
    if isinstance(node, yaml.MappingNode) and not entries:
        sheet.refuse("states", "Ein Verfahren hat mindestens einen Stand.")
    return {key: _state(sheet, entry, key, subject) for key, entry in entries.items()}


def _state(sheet: Sheet, node: yaml.Node, key: str, subject: Subject) -> State:
    """A state; those of an amendment lie in the time in force and open nothing for editing."""
    place = f"states/{key}"
    sheet.identifier(key, place)
    if subject is Subject.AMENDMENT:
        plain = sheet.fields(node, place, required=("label",), optional=("final",))
        label, final = (
            sheet.text(plain.get("label"), f"{place}/label"),
            sheet.flag(plain.get("final"), f"{place}/final"),
        )
        return State(key, Phase.IN_FORCE, label, final=final)
    entries = sheet.fields(node, place, required=("phase", "label"), optional=("edit", "final"))
    phase = sheet.names(entries.get("phase"), f"{place}/phase", _PHASES, "Die Phase", one=True)
    areas = sheet.names(entries.get("edit"), f"{place}/edit", _AREAS, "Den Bereich")
    return State(
        key=key,
        phase=Phase(phase[0]) if phase else Phase.DRAFT,
        label=sheet.text(entries.get("label"), f"{place}/label"),
        edit=frozenset(Area(area) for area in areas),
        final=sheet.flag(entries.get("final"), f"{place}/final"),
    )


def _steps(sheet: Sheet, node: yaml.Node | None, known: _Whitelist) -> dict[str, Step]:
    return {place: _step(sheet, row, place, known) for place, row in sheet.rows(node, "steps").items()}


def _step(sheet: Sheet, node: yaml.Node, place: str, known: _Whitelist) -> Step:
    required = ("trigger", "label", "from", "to", "by")
    optional = ("guards", "effects", "freeze", "outcome", "reason", "law")
    entries = sheet.fields(node, place, required=required, optional=optional)
    trigger = sheet.text(entries.get("trigger"), f"{place}/trigger")
    sheet.identifier(trigger, f"{place}/trigger")
    target, targets = _targets(sheet, entries.get("to"), f"{place}/to")
    outcome = "".join(
        sheet.names(entries.get("outcome"), f"{place}/outcome", known.outcomes, "Die Ergebnisregel", one=True)
    )
    _check_outcome(sheet, place, entries, known.outcomes.get(outcome), targets)
    return Step(
        trigger=trigger,
        label=sheet.text(entries.get("label"), f"{place}/label"),
        sources=sheet.some_texts(entries.get("from"), f"{place}/from"),
        by=_roles(sheet, entries.get("by"), f"{place}/by"),
        target=target,
        targets=MappingProxyType(targets),
        guards=sheet.names(entries.get("guards"), f"{place}/guards", known.guards, "Die Bedingung"),
        effects=sheet.names(entries.get("effects"), f"{place}/effects", known.effects, "Die Wirkung"),
        freeze=sheet.flag(entries.get("freeze"), f"{place}/freeze"),
        outcome=outcome or None,
        needs_reason=sheet.flag(entries.get("reason"), f"{place}/reason"),
        law=sheet.text(entries.get("law"), f"{place}/law") or None,
    )


def _targets(sheet: Sheet, node: yaml.Node | None, place: str) -> tuple[str | None, dict[str, str]]:
    if not isinstance(node, yaml.MappingNode):
        return sheet.text(node, place) or None, {}
    targets = {value: sheet.text(entry, f"{place}/{value}") for value, entry in sheet.entries(node, place).items()}
    return None, {value: target for value, target in targets.items() if target}


def _check_outcome(
    sheet: Sheet,
    place: str,
    entries: Mapping[str, yaml.Node],
    values: Collection[str] | None,
    targets: Mapping[str, str],
) -> None:
    """The outcome's values and the targets must be the same set; a single target has no outcome."""
    if "to" not in entries:
        return
    if not isinstance(entries["to"], yaml.MappingNode):
        if "outcome" in entries:
            sheet.refuse(f"{place}/outcome", "Eine Ergebnisregel braucht ein Ziel je Ergebnis.")
        return
    if "outcome" not in entries:
        sheet.refuse(f"{place}/outcome", "Mehrere Ziele brauchen eine Ergebnisregel (outcome).")
    if values is None:
        return
    for value in sorted(set(values) - set(targets)):
        if not sheet.is_refused(f"{re.escape(place)}/to/{re.escape(value)}"):
            sheet.refuse(f"{place}/to", f"Für das Ergebnis „{value}“ fehlt das Ziel.")
    for value in targets:
        if value not in values:
            sheet.refuse(f"{place}/to/{value}", f"Das Ergebnis „{value}“ gibt es nicht.")


def _act(sheet: Sheet, node: yaml.Node, place: str) -> Act:
    entries = sheet.fields(node, place, required=("act", "label", "in", "by"), optional=("law",))
    name = sheet.text(entries.get("act"), f"{place}/act")
    sheet.identifier(name, f"{place}/act")
    return Act(
        name=name,
        label=sheet.text(entries.get("label"), f"{place}/label"),
        states=sheet.some_texts(entries.get("in"), f"{place}/in"),
        by=_roles(sheet, entries.get("by"), f"{place}/by"),
        law=sheet.text(entries.get("law"), f"{place}/law") or None,
    )


def _roles(sheet: Sheet, node: yaml.Node | None, place: str) -> tuple[Role, ...]:
    if isinstance(node, yaml.SequenceNode) and not node.value:
        sheet.refuse(place, "Die Liste ist leer.")
    return tuple(Role(name) for name in sheet.names(node, place, _ROLES, "Die Rolle"))
