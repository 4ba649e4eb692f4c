"""Why amounts and topics change: the reason typed for all that is saved together, and the file that goes with it."""

from __future__ import annotations

from flask import request

from jcflow.audit.trail import Deed
from jcflow.errors import BadInput, TooLarge
from jcflow.procedure import Area
from jcflow.programmes import files
from jcflow.programmes import programme as programmes
from jcflow.programmes.budgets import check_reason
from jcflow.programmes.programme import Programme
from jcflow.web.database import db
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

LONGEST_REASON = 5_000


def editing(programme: Programme, area: Area, *, reason_needed: bool = True) -> Deed:
    """The deed of the visitor, with the reason the form carries.

    Args:
        reason_needed: Demand the reason here, where the verb does not.

    Raises:
        NotAllowed: The visitor writes nothing here.
        StepNotPossible: The state does not let this area be changed.
        BadInput: The reason is missing or too long.
    """
    reason = request.form.get("reason", "").strip()
    deed = programmes.editing(programme, area, me().actor, at=moment(), reason=reason)
    if len(reason) > LONGEST_REASON:
        raise BadInput(
            {"reason": f"Kürzen Sie die Begründung auf höchstens {LONGEST_REASON:,} Zeichen.".replace(",", ".")}
        )
    if reason_needed:
        check_reason(programme, deed)
    return deed


def attach(programme: Programme, deed: Deed, changed: int) -> None:
    """Keep the file that goes with the reason, if one was sent and something changed.

    Raises:
        BadInput: The file is of no kind that is taken, or too large.
    """
    upload = Typed().upload("file")
    if upload is None or not changed:
        return
    try:
        files.store(db.session(), programme, upload, subject_type="change", subject_id=deed.group, deed=deed)
    except TooLarge as error:
        raise BadInput({"file": str(error)}) from error
