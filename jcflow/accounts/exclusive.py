"""Roles that do not go together, whether they are held or acted in for somebody else."""

from __future__ import annotations

from collections.abc import Collection

from jcflow.procedure import Role

EXCLUSIVE = (
    {Role.MANAGING_DIRECTOR, Role.ASSEMBLY_MEMBER},
    {Role.MANAGING_DIRECTOR, Role.BUDGET_OFFICER},
)
"""Pairs of roles nobody may have at once. Source: § 44d Abs. 1 Satz 3, § 44f Abs. 2 SGB II, § 9 BHO."""


def is_excluded(role: Role, others: Collection[Role]) -> bool:
    """Whether a role excludes one of the others, or is excluded by it."""
    return any({role, other} in EXCLUSIVE for other in others)
