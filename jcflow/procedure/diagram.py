"""The picture of a procedure."""

from __future__ import annotations

from jcflow.procedure.definition import Procedure

_ENTITIES = str.maketrans({"#": "#35;", '"': "#quot;", ";": "#59;"})


def draw(procedure: Procedure) -> str:
    """A Mermaid `stateDiagram-v2` with the German labels: the same text for the same file, ending in a newline.

    Steps of one trigger between the same two states are one arrow.
    """
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{_text(state.label)}" as {state.key}' for state in procedure.states.values()]
    lines.append(f"    [*] --> {procedure.initial.key}")
    for step in procedure.steps:
        for source in step.sources:
            lines += [f"    {source} --> {target}: {_text(step.label)}" for target in step.reachable]
    lines += [f"    {state.key} --> [*]" for state in procedure.states.values() if state.final]
    return "\n".join(lines) + "\n"


def _text(label: str) -> str:
    return label.translate(_ENTITIES)
