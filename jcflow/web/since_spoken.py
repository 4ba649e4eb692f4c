"""What has changed since the visitor voted or gave an opinion, from the very version that was about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for

from jcflow.decisions.casting import last_vote
from jcflow.opinions.board import Stance, opinions_of
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import visible_versions
from jcflow.web.compare_sides import NOW, Side, readable
from jcflow.web.database import db
from jcflow.web.formats import day
from jcflow.web.programme_pages import is_insider
from jcflow.web.visitors import me


@dataclass(frozen=True)
class Since:
    """A sentence about what was said last; `href` leads to what has changed, None: nothing has."""

    sentence: str
    href: str | None


def since_spoken(programme: Programme) -> list[Since]:
    """What the visitor said, the vote first; nothing for who has not spoken."""
    return [*since_vote(programme), *since_opinion(programme)]


def since_vote(programme: Programme) -> list[Since]:
    """From the version of the last ballot the visitor has voted in."""
    if Role.ASSEMBLY_MEMBER not in me().roles:
        return []
    found = last_vote(db.session(), programme, me().acting_as(Role.ASSEMBLY_MEMBER))
    if found is None:
        return []
    vote, ballot = found
    return _since(programme, ballot.version_id, vote.given_on, "Ihrer Stimme", "abgestimmt haben")


def since_opinion(programme: Programme) -> list[Since]:
    """From the version of the visitor's last opinion."""
    if Role.BOARD_MEMBER not in me().roles:
        return []
    own = me().acting_as(Role.BOARD_MEMBER)
    given = [
        o
        for o in opinions_of(db.session(), programme)
        if o.person_id == own and o.counts and o.stance is not Stance.SILENT
    ]
    if not given:
        return []
    return _since(programme, given[-1].version_id, given[-1].given_on, "Ihrer Stellungnahme", "Stellung genommen haben")


def _since(programme: Programme, version_id: UUID, on: date, what: str, done: str) -> list[Since]:
    """From this version to the newest state the visitor may read."""
    seen = visible_versions(db.session(), programme, me().roles)
    then = next((v for v in seen if v.id == version_id), None)
    if then is None:
        return []
    newest = Side(NOW, programme, None) if is_insider() else Side(str(seen[0].number), programme, seen[0])
    if newest.version is then or readable(then) == newest.document:
        return [Since(f"Seit {what} vom {day(on)} hat sich nichts geändert.", None)]
    sides: dict[str, Any] = {"from": then.number, "to": newest.value}
    question = f"Was hat sich geändert, seit Sie am {day(on)} {done}?"
    return [Since(question, url_for("compare.show", slug=programme.slug, **sides))]
