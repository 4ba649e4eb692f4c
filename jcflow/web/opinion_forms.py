"""An opinion as a form carries it: stance and numbered points, kept as typed until they can be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request

from jcflow.errors import BadInput, Stale
from jcflow.opinions.board import Opinion, OpinionPoint, Point, Stance
from jcflow.opinions.references import references
from jcflow.programmes.milestones import seen_by
from jcflow.programmes.versions import Version
from jcflow.web.labels import STANCE_LABELS
from jcflow.web.programme_pages import allowed_visibility

MOST_POINTS = 20
MEANINGS = {
    Stance.AGREE: "Ich habe keine Einwände.",
    Stance.AGREE_WITH_POINTS: "Ich stimme zu, möchte aber etwas sagen.",
    Stance.CONCERNS: "Ich sehe Punkte kritisch.",
    Stance.NO_OPINION: "Ich habe das Programm gelesen und verzichte auf eine Stellungnahme.",
}
STANCES = [(stance.value, STANCE_LABELS[stance], meaning) for stance, meaning in MEANINGS.items()]
"""The cards of the form: value, label, one line of meaning."""


@dataclass(frozen=True)
class TypedPoint:
    """A point as typed."""

    about: str = ""
    text: str = ""


@dataclass(frozen=True)
class TypedOpinion:
    """An opinion as typed; there is always room for one point."""

    stance: str = ""
    points: tuple[TypedPoint, ...] = (TypedPoint(),)

    def with_another(self) -> TypedOpinion:
        """The same with room for one more point, up to 20."""
        return replace(self, points=(*self.points, TypedPoint())[:MOST_POINTS])

    def written(self) -> TypedOpinion:
        """The same without empty points in between, so that the numbers are those the points will have."""
        kept = tuple(p for p in self.points if p.text.strip())
        return replace(self, points=kept or self.points[:1])

    def said(self, known: Mapping[str, str]) -> tuple[Stance, list[Point]]:
        """Stance and points; `known` are the references of the version.

        Raises:
            BadInput: No stance, a reference to nothing, or one without a text.
        """
        problems = {}
        if self.stance not in MEANINGS:
            problems["stance"] = "Wählen Sie Ihre Haltung aus."
        for number, point in enumerate(self.points, 1):
            if point.about not in known:
                problems[f"about-{number}"] = f"Wählen Sie aus, worauf sich Punkt {number} bezieht."
        if problems:
            raise BadInput(problems)
        return Stance(self.stance), [Point(p.text, p.about, known[p.about]) for p in self.points]


def typed_opinion() -> TypedOpinion:
    """What the posted form carries."""
    points = [_point(n) for n in range(1, MOST_POINTS + 1) if f"text-{n}" in request.form]
    return TypedOpinion(request.form.get("stance", ""), tuple(points) or (TypedPoint(),))


def _point(number: int) -> TypedPoint:
    text = request.form[f"text-{number}"].replace("\r\n", "\n")
    return TypedPoint(request.form.get(f"about-{number}", ""), text)


def opinion_as_typed(given: Opinion | None, points: Sequence[OpinionPoint]) -> TypedOpinion:
    """An opinion given before, as the form shows it; nothing of a withdrawn one."""
    if given is None or given.withdrawn:
        return TypedOpinion()
    said = tuple(TypedPoint(p.about, p.text) for p in points)
    return TypedOpinion(given.stance.value, said or (TypedPoint(),))


def both_in_words(stale: Stale, typed: TypedOpinion, given: Opinion, points: Sequence[OpinionPoint]) -> Stale:
    """The opinion typed here and the one given meanwhile, for the page that shows both."""
    theirs = "zurückgezogen" if given.withdrawn else STANCE_LABELS[given.stance]
    return stale.put(
        {"stance": STANCE_LABELS[Stance(typed.stance)], "points": [p.text for p in typed.points]},
        {"stance": theirs, "points": [p.text for p in points]},
    )


def references_of(version: Version) -> dict[str, str]:
    """What the visitor's points may be about."""
    return references(seen_by(version.document, allowed_visibility()))


def field_order() -> list[str]:
    """The fields of the form from top to bottom, for the error summary."""
    points = [f"{name}-{n}" for n in range(1, MOST_POINTS + 1) for name in ("about", "text")]
    return ["member", "given_on", "scan", "stance", *points, "file"]
