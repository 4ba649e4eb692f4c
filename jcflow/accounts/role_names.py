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
ROLE_LABELS = {
    Role.MANAGING_DIRECTOR: "Geschäftsführung",
    Role.EDITOR: "Team",
    Role.EQUAL_OPPORTUNITY_OFFICER: "Chancengleichheit",
    Role.BUDGET_OFFICER: "Haushalt",
    Role.BOARD_MEMBER: "Beirat",
    Role.ASSEMBLY_MEMBER: "Trägerversammlung",
    Role.ASSEMBLY_CHAIR: "Vorsitz",
    Role.STAFF: "Gremienbüro",
    Role.AUDITOR: "Revision",
    Role.ADMIN: "Verwaltung der Anwendung",
}
"""Role to the one or two words it is called in lists."""


def named(roles: Iterable[Role]) -> str:
    """German names of roles, as in "nur für … oder …"."""
    return " oder ".join(ROLE_NAMES[role] for role in roles)
