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


class LinePart(StrEnum):
    """Which figure of the integration and administration budget a line states. Source: § 46 Abs. 1 bis 3 SGB II."""

    INTEGRATION_BUDGET = "integration_budget"
    """The federal allocation for integration as a whole, before any transfer."""
    REGULAR = "regular"
    """Of it, what is for present instruments."""
    RUNOFF_FUNDING = "runoff_funding"
    """Of it, what runs off under § 16e SGB II in its old wording; allotted by itself."""
    REIMBURSEMENT = "reimbursement"
    """Of it, what the Federation refunds by itself, since 2025 for training and rehabilitation that run off."""
    INTEGRATION_TRANSFER_OUT = "integration_transfer_out"
    """What the integration budget gives to administration, as the integration budget shows it."""
    INTEGRATION_TRANSFER_IN = "integration_transfer_in"
    """What the integration budget gets from administration, as the integration budget shows it."""
    AVAILABLE = "available"
    """What is left for integration after transfers."""
    COMMITMENT = "commitment"
    """Of what is left, what earlier years have bound."""
    NEW_BUSINESS = "new_business"
    """Of what is left, what may still be spent anew."""
    ADMIN_BUDGET = "admin_budget"
    """The federal allocation for administration, before any transfer and without the municipal share."""
    ADMIN_TRANSFER_IN = "admin_transfer_in"
    """What administration gets from the integration budget, as the administration budget shows it."""
    ADMIN_TRANSFER_OUT = "admin_transfer_out"
    """What administration gives to the integration budget, as the administration budget shows it."""
    MUNICIPAL_SHARE = "municipal_share"
    ADMIN_TOTAL = "admin_total"
    """All administrative cost, the municipal share included."""
    OVERALL_BUDGET = "overall_budget"
    """Both federal allocations together."""
    AVAILABLE_TOTAL = "available_total"
    """Both federal allocations and the municipal share."""
    PASSIVE_ACTIVE_TRANSFER = "passive_active_transfer"
    """Money beside the budget for § 16i SGB II; no sum counts it."""
    REPAID = "repaid"
    """Money paid back to the Jobcenter, stated for information; no sum counts it."""
    MUNICIPAL_INTEGRATION = "municipal_integration"
    """What the municipality spends on integration by itself; no sum counts it."""
