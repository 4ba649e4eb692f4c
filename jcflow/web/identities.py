"""What the identities of a programme's figures came to, as pages show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from jcflow.programmes.checks import accepted_in
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.identities.checking import check
from jcflow.programmes.identities.results import Outcome, Result
from jcflow.web.grids import AcceptedReasons


@dataclass(frozen=True)
class Checked:
    """One result with the reason it was accepted for, if it was."""

    result: Result
    reason: str = ""

    @property
    def title(self) -> str:
        """What was checked, in words."""
        return f"{self.result.identity.name}, {self.result.about}"


@dataclass(frozen=True)
class IdentityView:
    """All results, by what they came to."""

    differing: tuple[Checked, ...]
    holding: tuple[Checked, ...]
    informing: tuple[Checked, ...]
    open: tuple[Checked, ...]
    """What cannot be checked."""

    @property
    def summary(self) -> str:
        """How many hold, differ and cannot be checked, in a sentence."""
        differ, unaccepted = len(self.differing), sum(not one.reason for one in self.differing)
        said = [_number(len(self.holding), "Prüfung stimmt", "Prüfungen stimmen")]
        said.append(_number(differ, "weicht ab", "weichen ab"))
        said.append(f"{len(self.open)} {'ist' if len(self.open) == 1 else 'sind'} nicht möglich")
        more = ""
        if differ:
            accepted = "Alle Abweichungen sind angenommen." if not unaccepted else ""
            more = accepted or _number(unaccepted, "Abweichung ist offen.", "Abweichungen sind offen.")
        return " ".join(filter(None, (f"{', '.join(said)}.", more)))


def _number(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def identity_view(document: Document, accepted: AcceptedReasons) -> IdentityView:
    """The results of a document as a page shows them."""
    found: dict[Outcome, list[Checked]] = {outcome: [] for outcome in Outcome}
    for result in _once(check(document)):
        one = result.difference
        found[result.outcome].append(Checked(result, (accepted_in(accepted, one) or "") if one else ""))
    kinds = (Outcome.DIFFERS, Outcome.HOLDS, Outcome.INFORMATION, Outcome.NOT_CHECKABLE)
    differing, holding, informing, left = (tuple(found[outcome]) for outcome in kinds)
    return IdentityView(differing, holding, informing, left)


def _once(results: Iterable[Result]) -> list[Result]:
    """The results; of several that share a difference the sum is left out, for the identity says more."""
    found = list(results)
    shared = Counter(result.difference.key for result in found if result.difference)
    return [
        result
        for result in found
        if not (result.identity.key == "I-7" and result.difference and shared[result.difference.key] > 1)
    ]
