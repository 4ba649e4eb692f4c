"""Everything that may go wrong for a reason its user can understand.

Each error carries an HTTP status and a German sentence made from facts. Whoever
raises one has written nothing that survives: the transaction around it is undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class JcflowError(Exception):
    """Base of all expected errors; `str(error)` is the German sentence for the screen."""

    status = 400


class SignInNeeded(JcflowError):
    """Bitte melden Sie sich an."""

    status = 401

    def __str__(self) -> str:
        return "Bitte melden Sie sich an."


class NotAllowed(JcflowError):
    """The person may see the thing but not do this to it."""

    status = 403

    def __init__(self, who: str) -> None:
        super().__init__(who)
        self.who = who
        """German name of those who may, e.g. "die Trägerversammlung"."""

    def __str__(self) -> str:
        return f"Das ist nur für {self.who}."


class NotFound(JcflowError):
    """It does not exist, or exists in another Jobcenter: both look the same."""

    status = 404

    def __str__(self) -> str:
        return "Diese Seite gibt es nicht."


class Conflict(JcflowError):
    """The facts of the moment forbid it: the state, the deadline, another act."""

    status = 409


class Taken(Conflict):
    """Somebody else has just made what may exist only once."""

    def __str__(self) -> str:
        return "Jemand anderes war gerade schneller: Das gibt es jetzt schon. Öffnen Sie die Seite neu."


class RoleEnded(Conflict):
    """A role has ended since the form was opened in which somebody wanted to act."""

    def __str__(self) -> str:
        return "Ihre Rolle ist beendet. Was Sie absenden wollten, ist nicht gespeichert."


class StepNotPossible(Conflict):
    """A step or act that the present state or its guards do not allow."""

    def __init__(self, label: str, state: str, obstacles: Sequence[str] = ()) -> None:
        super().__init__(label, state, obstacles)
        self.label, self.state, self.obstacles = label, state, tuple(obstacles)

    def __str__(self) -> str:
        if self.obstacles:
            return f"„{self.label}“ ist noch nicht möglich. {' '.join(self.obstacles)}"
        return f"„{self.label}“ ist im Stand „{self.state}“ nicht möglich."


class Stale(Conflict):
    """Somebody else changed the thing since the form was opened (§ 5.10 of the design: nothing typed is lost)."""

    def __init__(
        self,
        what: str,
        mine: Mapping[str, object],
        theirs: Mapping[str, object],
        version: int,
        seq: int | None = None,
    ) -> None:
        super().__init__(what)
        self.what, self.mine, self.theirs, self.version = what, mine, theirs, version
        self.seq = seq
        """Number of the event in the trail with which somebody else was faster."""

    def put(self, mine: Mapping[str, object], theirs: Mapping[str, object]) -> Stale:
        """The same with both sides in other words."""
        return Stale(self.what, mine, theirs, self.version, self.seq)

    def __str__(self) -> str:
        return f"{self.what} wurde inzwischen von jemand anderem geändert."


class Overtaken(Conflict):
    """A form speaks of something that is no longer before its writer: a version, a ballot."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class Removed(Conflict):
    """Somebody removed the thing while its form was open; it can be brought back."""

    def __init__(self, what: str, place: str) -> None:
        super().__init__(what, place)
        self.what, self.place = what, place

    def __str__(self) -> str:
        return f"{self.what} wurde inzwischen entfernt. Unter „{self.place}“ lässt sich das rückgängig machen."


class TooLarge(JcflowError):
    """An upload above the limit."""

    status = 413

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size, limit)
        self.size, self.limit = size, limit

    def __str__(self) -> str:
        return f"Die Datei hat {-(-self.size // 2**20)} MB. Erlaubt sind {self.limit // 2**20} MB."


class BadInput(JcflowError):
    """Input that cannot be taken as it is: one German sentence per field, each naming the mend."""

    status = 422

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(problems)
        self.problems = dict(problems)

    def __str__(self) -> str:
        return " ".join(self.problems.values())


class TooManyTries(JcflowError):
    """Sign-in is paused for this account or address."""

    status = 429

    def __str__(self) -> str:
        return "Zu viele Versuche. Bitte warten Sie 15 Minuten und versuchen Sie es dann noch einmal."


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a file: where, and what."""

    place: str
    """Path inside the file, e.g. `budget_tables/mittel/lines/3/amount`."""
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class BadFile(JcflowError):
    """A file that is refused whole, with every place and reason."""

    status = 422

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        super().__init__(name, faults)
        self.name, self.faults = name, tuple(faults)

    def __str__(self) -> str:
        return "\n".join(f"{self.name}: {fault}" for fault in self.faults)


class BadConfiguration(JcflowError):
    """The environment or an installed file keeps the program from starting (exit status 78)."""

    status = 500
