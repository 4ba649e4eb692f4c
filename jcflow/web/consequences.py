"""What a step or act will cause, in sentences, said before it is done."""

from __future__ import annotations

from jcflow.procedure import Procedure, Role, Step
from jcflow.programmes.programme import Programme
from jcflow.web.labels import ROLE_LABELS

SPECIFIC = {
    "start": ["Danach können Geschäftsführung und Team Kapitel, Budgets und Themen bearbeiten."],
    "submit": [
        "Der Inhalt wird als Version festgehalten und ist bis zu einer Rückgabe gesperrt.",
        "Chancengleichheit und Haushalt prüfen den Entwurf.",
    ],
    "return": ["Der Entwurf kann wieder bearbeitet werden.", "Ihre Begründung steht im Verlauf."],
    "release": ["Die Mitglieder der Trägerversammlung können die Version lesen."],
    "refer": ["Die Mitglieder des Beirats können die Version lesen und sich äußern."],
    "close": [
        "Stellungnahmen sind danach nicht mehr möglich.",
        "Für Mitglieder ohne Äußerung wird „Nicht geäußert“ festgehalten.",
        "Die Geschäftsführung antwortet auf jeden Punkt.",
    ],
    "rework": ["Chancengleichheit und Haushalt prüfen den Entwurf noch einmal."],
    "dispose": [
        "Der Inhalt wird als Version festgehalten, über die abgestimmt wird.",
        "Die Mitglieder von heute stimmen ab. Wer später dazukommt, stimmt nicht mit.",
    ],
    "recall": [
        "Die Abstimmung ist dann ungültig. Schon abgegebene Stimmen bleiben im Verlauf.",
        "Es kann neu vorgelegt werden.",
    ],
    "revise": ["Das Programm kann wieder bearbeitet und neu vorgelegt werden."],
    "withdraw": [
        "Das Verfahren endet. Das lässt sich nicht zurücknehmen.",
        "Für den Zeitraum kann ein neues Programm eröffnet werden.",
    ],
}


def of_step(programme: Programme, step: Step) -> list[str]:
    """What a step will cause: what happens, who is on turn then, and that it is on record."""
    said = list(_specific(programme.procedure, step))
    if step.target is not None:
        said += _on_turn(programme.procedure, step.target)
    return [*said, "Name, Rolle und Zeitpunkt stehen dauerhaft im Verlauf."]


def _specific(procedure: Procedure, step: Step) -> list[str]:
    """What happens, by where the step leads: a licensed municipal provider has no carrier assembly."""
    if step.target is not None and procedure.act(step.target, "opinion") is not None:
        return SPECIFIC["refer"]
    sittings = [s.label for s in procedure.states.values() if procedure.step(s.key, "enter_result") is not None]
    if step.trigger == "dispose" and sittings:
        return [
            "Der Inhalt wird als Version festgehalten, über die beraten und beschlossen wird.",
            f"Das Gremienbüro trägt ein, was die Sitzungen ergeben: {', dann '.join(sittings)}.",
        ]
    return SPECIFIC.get(step.trigger, [])


def _on_turn(procedure: Procedure, state: str) -> list[str]:
    roles = list(dict.fromkeys(rule.role for rule in procedure.tasks_in(state) if not rule.after))
    if not roles:
        return []
    who = " und ".join(ROLE_LABELS[Role(role)] for role in roles)
    return [f"Der Stand ist danach „{procedure.states[state].label}“. Am Zug: {who}."]
