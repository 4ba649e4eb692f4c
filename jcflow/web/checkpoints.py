"""What pages show of the checkpoints of a result and of a record."""

from __future__ import annotations

from dataclasses import dataclass

from jcflow.audit.checkpoints import Cause, Checkpoint
from jcflow.process.anchoring import checkpoint_of, mailboxes
from jcflow.programmes.programme import Programme
from jcflow.web.database import db
from jcflow.web.visitors import me

LABELS = {Cause.CONCLUDE: "Ergebnis", Cause.RECORD: "Beschluss"}


@dataclass(frozen=True)
class Proof:
    """The checkpoints of a programme's decision, and where they went."""

    made: tuple[tuple[str, Checkpoint], ...]
    """What each is of, and itself."""
    boxes: tuple[tuple[str, str], ...]
    """Name and mailbox of each carrier."""


def proof_of(programme: Programme, *causes: Cause) -> Proof:
    """Those of these kinds that there are."""
    found = [(LABELS[cause], checkpoint_of(db.session(), programme, cause)) for cause in causes]
    boxes = [(name, box or "noch nicht hinterlegt") for _, name, box in mailboxes(me().house, me().setting)]
    return Proof(tuple((label, one) for label, one in found if one is not None), tuple(boxes))
