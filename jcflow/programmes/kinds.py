"""The closed lists of words a programme's content is made of; the value is what files and the database hold."""

from __future__ import annotations

from enum import StrEnum


class ProgrammeKind(StrEnum):
    """What is planned: the yearly programme, a local planning document for the Land, or a strategy."""

    AMIP = "AMIP"
    LPD = "LPD"
    STRATEGY = "Strategie"


class BlockKind(StrEnum):
    """What a block of a chapter holds."""

    TEXT = "text"
    TABLE = "table"
    FIGURE = "figure"
    REGISTER = "register"


class LineRole(StrEnum):
    """How a line takes part in sums: `memo` counts nowhere, also where it has a parent."""

    LINE = "line"
    TOTAL = "total"
    MEMO = "memo"


class Visibility(StrEnum):
    """Who may see a block or register once the programme is published; `bodies` are assembly and board."""

    PUBLIC = "public"
    BODIES = "bodies"
    INTERNAL = "internal"
