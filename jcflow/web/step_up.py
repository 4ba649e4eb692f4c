"""Where a second factor has to be shown once more before something counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from flask import session

from jcflow.accounts.second_factor import factor_of
from jcflow.errors import JcflowError
from jcflow.web.database import db
from jcflow.web.visitors import Visitor, moment

FRESH = timedelta(minutes=5)
"""How long a code counts for what needs one (§ 2.4 T36)."""
_SHOWN = "factor"
"""Where the cookie says when a code was shown last."""


class Demand(StrEnum):
    """Why a code is asked for."""

    VOTES = "votes"
    ADMIN = "admin"
    OWN = "own"
    """To change the second factor itself."""


class FactorNeeded(JcflowError):
    """A code has to be shown first, or a second factor to be set up; what was typed is kept meanwhile."""

    status = 401

    def __init__(self, demand: Demand, *, has_factor: bool) -> None:
        super().__init__(demand)
        self.demand, self.has_factor = demand, has_factor

    def __str__(self) -> str:
        return "Zeigen Sie erst Ihren zweiten Faktor."


def check_factor(somebody: Visitor, demand: Demand | None) -> None:
    """Make sure that a code was shown a moment ago, where one is demanded.

    Raises:
        FactorNeeded: None was.
    """
    if demand is None or not _is_demanded(somebody, demand) or _is_fresh(moment()):
        return
    has_factor = factor_of(db.session(), somebody.person.id) is not None
    if has_factor or demand is not Demand.OWN:
        raise FactorNeeded(demand, has_factor=has_factor)


def _is_demanded(somebody: Visitor, demand: Demand) -> bool:
    if demand is Demand.OWN:
        return True
    chosen = somebody.setting.factor_for_votes if demand is Demand.VOTES else somebody.setting.factor_for_admin
    return bool(chosen)


def shown() -> None:
    """Note that the visitor has just shown a code."""
    session[_SHOWN] = int(moment().timestamp())


def when_shown() -> int | None:
    """When the visitor has shown a code last, in seconds; to be put back where the session begins anew."""
    at = session.get(_SHOWN)
    return at if isinstance(at, int) else None


def put_back(at: int | None) -> None:
    """Put back what `when_shown` told."""
    if at is not None:
        session[_SHOWN] = at


def _is_fresh(now: datetime) -> bool:
    at = when_shown()
    return at is not None and 0 <= now.timestamp() - at <= FRESH.total_seconds()
