"""Who acts: a person with the roles of the day, the own ones and those of people away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from jcflow.audit.trail import Deed
from jcflow.procedure import Role


@dataclass(frozen=True)
class Actor:
    """Somebody about to act, with the roles of the day."""

    person_id: UUID | None
    roles: frozenset[Role]
    """Those held, and those of people who are away and in whose place the actor stands."""
    in_place_of: Mapping[Role, UUID] = field(default_factory=dict, hash=False)
    """Roles the actor has only in somebody's place, and in whose."""

    def acting_as(self, role: Role) -> UUID | None:
        """Whose seat or task it is when the actor acts in a role."""
        return self.in_place_of.get(role, self.person_id)

    def role_among(self, allowed: Iterable[Role]) -> Role | None:
        """The first of the allowed roles that the actor holds."""
        return next((role for role in allowed if role in self.roles), None)

    def own_deed(self, at: datetime) -> Deed:
        """What the actor does in a matter of the own person: in a role of the own, in nobody's place."""
        return Deed(self.person_id, min(self.roles - self.in_place_of.keys() or self.roles).value, at)

    def deed(self, role: Role, at: datetime, reason: str = "", on_behalf_of: UUID | None = None) -> Deed:
        """What the actor does in one of the roles; in somebody's place the deed names both."""
        return Deed(self.person_id, role.value, at, reason, on_behalf_of or self.in_place_of.get(role))
