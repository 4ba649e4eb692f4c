"""Who is writing at the blocks of a programme besides the visitor, in words."""

from __future__ import annotations

from uuid import UUID

from jcflow.programmes.presence import writers
from jcflow.programmes.programme import Programme
from jcflow.web.database import db
from jcflow.web.formats import clock_time
from jcflow.web.visitors import me, moment


def writers_of(programme: Programme) -> dict[UUID, list[str]]:
    """Block id to "NAME, seit 14:05 Uhr" for each of the others who is there, the longest first."""
    found = writers(db.session(), programme, besides=me().person.id, at=moment())
    return {
        block_id: [f"{one.name}, seit {clock_time(one.since)}" for one in there] for block_id, there in found.items()
    }
