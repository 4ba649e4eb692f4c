"""The page group of amendments, and who reads it."""

from __future__ import annotations

from flask import Blueprint

from jcflow.procedure import Role
from jcflow.programmes.programme import INSIDERS

pages = Blueprint("amendments", __name__)

READERS = (*sorted(INSIDERS), Role.ASSEMBLY_MEMBER, Role.ASSEMBLY_CHAIR)
"""The house, and the assembly that decides on what is above the limit."""
ACTORS = tuple(role for role in READERS if role is not Role.AUDITOR)
