"""What roles are called in German."""

from __future__ import annotations

from collections.abc import Iterable

from jcflow.procedure import Role

ROLE_NAMES = {
    Role.MANAGING_DIRECTOR: "die Geschäftsführung",
    Role.EDITOR: "das Team",
    Role.EQUAL_OPPORTUNITY_OFFICER: "die Beauftragte für Chancengleichheit",
    Role.BUDGET_OFFICER: "die Beauftragte für den Haushalt",
    Role.BOARD_MEMBER: "den Beirat",
    Role.ASSEMBLY_MEMBER: "die Trägerversammlung",
    Role.ASSEMBLY_CHAIR: "den Vorsitz der Trägerversammlung",
    Role.STAFF: "das Gremienbüro",
    Role.AUDITOR: "die Revision",
    Role.ADMIN: "die Verwaltung der Anwendung",
}
"""Role to its German name, as in "nur für …"."""


def named(roles: Iterable[Role]) -> str:
    """German names of roles, as in "nur für … oder …"."""
    return " oder ".join(ROLE_NAMES[role] for role in roles)
