"""What budget lines and their parts are called, and which part a label speaks of: an offer, never set by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from jcflow.programmes.kinds import LinePart, LineRole

_P = LinePart

ROLE_WORDS = {LineRole.LINE: "Zeile", LineRole.TOTAL: "Summe", LineRole.MEMO: "nachrichtlich"}
SIGN_WORDS = {"+": "wird addiert", "-": "wird abgezogen"}
PART_NAMES: Mapping[LinePart, str] = MappingProxyType(
    {
        _P.INTEGRATION_BUDGET: "Zuteilung für den Eingliederungstitel insgesamt",
        _P.REGULAR: "davon reguläre Eingliederungsmittel",
        _P.RUNOFF_FUNDING: "davon Ausfinanzierung nach § 16e SGB II alter Fassung",
        _P.REIMBURSEMENT: "davon gesonderte Erstattung des Bundes",
        _P.INTEGRATION_TRANSFER_OUT: "Umschichtung aus dem Eingliederungstitel, dort abgezogen",
        _P.INTEGRATION_TRANSFER_IN: "Umschichtung in den Eingliederungstitel, dort hinzugezählt",
        _P.AVAILABLE: "Verfügbare Eingliederungsmittel nach Umschichtung",
        _P.COMMITMENT: "Vorbindungen",
        _P.NEW_BUSINESS: "Neugeschäft",
        _P.ADMIN_BUDGET: "Zuteilung des Bundes für Verwaltungskosten",
        _P.ADMIN_TRANSFER_IN: "Umschichtung in das Verwaltungskostenbudget, dort hinzugezählt",
        _P.ADMIN_TRANSFER_OUT: "Umschichtung aus dem Verwaltungskostenbudget, dort abgezogen",
        _P.MUNICIPAL_SHARE: "Kommunaler Finanzierungsanteil",
        _P.ADMIN_TOTAL: "Verwaltungskosten insgesamt",
        _P.OVERALL_BUDGET: "Globalbudget des Bundes",
        _P.AVAILABLE_TOTAL: "Budget insgesamt mit kommunalem Anteil",
        _P.PASSIVE_ACTIVE_TRANSFER: "Passiv-Aktiv-Transfer, nachrichtlich",
        _P.REPAID: "Einnahmen aus Rückforderungen, nachrichtlich",
        _P.MUNICIPAL_INTEGRATION: "Kommunale Eingliederungsmittel, nachrichtlich",
    }
)
"""German names, as lists on the screen show them, in their order."""

BESIDE_THE_BUDGET = frozenset({_P.PASSIVE_ACTIVE_TRANSFER, _P.REPAID, _P.MUNICIPAL_INTEGRATION})
"""Parts that enter no sum, whatever the role of their line."""

_ADMIN = r"verwaltung|vwt|vkb|vk-budget"
_SPEAKS_OF: tuple[tuple[LinePart, str], ...] = (
    (_P.PASSIVE_ACTIVE_TRANSFER, r"passiv-aktiv|\bpat\b"),
    (_P.REPAID, r"rückforderung"),
    (_P.MUNICIPAL_INTEGRATION, r"kommunale eingliederung"),
    (_P.ADMIN_BUDGET, rf"(?:{_ADMIN}).*ohne kommunale"),
    (_P.REGULAR, r"eingliederungsmittel ohne|reguläre eingliederung"),
    (_P.MUNICIPAL_SHARE, r"\bkfa\b|kommunale[rn]? (?:finanzierungs)?anteil"),
    (_P.RUNOFF_FUNDING, r"16e.*a\. ?f\.|jobperspektive|ausfinanzierung|beschäftigungszuschuss"),
    (_P.REIMBURSEMENT, r"erstattung"),
    (_P.NEW_BUSINESS, r"neugeschäft"),
    (_P.COMMITMENT, r"vorbindung|verpflichtungen aus vorjahren"),
    (_P.OVERALL_BUDGET, r"globalbudget"),
    (_P.AVAILABLE, r"eingliederung.*verfügung|verfügung.*eingliederung|verfügbare eingliederung"),
    (_P.ADMIN_TOTAL, rf"(?:{_ADMIN}).*(?:insgesamt|gesamt)"),
    (_P.AVAILABLE_TOTAL, r"budget insgesamt|gesamtbudget"),
    (_P.ADMIN_BUDGET, rf"{_ADMIN}"),
    (_P.INTEGRATION_BUDGET, r"eingliederung|\begt\b"),
)


def suggested_part(label: str, table_title: str = "") -> LinePart | None:
    """The part a line's words speak of, None where they leave it open; the table's title tells the side of a transfer.

    The narrower reading wins: "Ausfinanzierung" over "Eingliederung", what is available over the new business in it.
    """
    words = " ".join(label.lower().split())
    if "verfügung" in words and "eingliederung" in words:
        return LinePart.AVAILABLE
    if "umschicht" in words:
        return _transfer(words, table_title.lower())
    return next((part for part, pattern in _SPEAKS_OF if re.search(pattern, words)), None)


def _transfer(words: str, title: str) -> LinePart | None:
    leaves, comes = words.startswith("abzgl"), words.startswith("zzgl")
    from_integration = re.search(r"aus de[mnr] (?:egt|eingliederung)|zu lasten des e", words) is not None
    from_admin = re.search(rf"aus de[mnr] (?:{_ADMIN})|zu lasten des v", words) is not None
    if from_integration != from_admin and leaves != comes:
        out, into = (
            (LinePart.INTEGRATION_TRANSFER_OUT, LinePart.ADMIN_TRANSFER_IN)
            if from_integration
            else (LinePart.ADMIN_TRANSFER_OUT, LinePart.INTEGRATION_TRANSFER_IN)
        )
        return out if leaves else into
    within_admin = re.search(_ADMIN, title) is not None
    within_integration = "eingliederung" in title or "ausgabemittel" in title
    if within_admin == within_integration:
        return None
    if within_admin:
        return LinePart.ADMIN_TRANSFER_OUT if leaves or from_admin else LinePart.ADMIN_TRANSFER_IN
    return LinePart.INTEGRATION_TRANSFER_IN if comes or from_admin else LinePart.INTEGRATION_TRANSFER_OUT
