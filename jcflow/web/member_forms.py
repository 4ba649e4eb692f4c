"""What an administrator types about people, roles and the house, read into values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from jcflow import money
from jcflow.accounts.jobcenters import ASSEMBLY_ROLES, Jobcenter
from jcflow.accounts.people import BoardGroup, Carrier, Membership, Person
from jcflow.errors import BadInput
from jcflow.mail.message import is_deliverable
from jcflow.procedure import Role
from jcflow.web.labels import CARRIER_LABELS, GROUP_LABELS, ROLE_LABELS
from jcflow.web.typed import day_of

MEMBER_FIELDS = ("role", "carrier", "board_group", "organisation", "chair", "valid_from", "valid_until")
ERROR_ORDER = ["name", "email", *MEMBER_FIELDS]
LONGEST_LINE = 200
NO_DAY = "Geben Sie einen Tag ein, zum Beispiel 01.01.2027."


def choices(house: Jobcenter) -> dict[str, list[tuple[str, str]]]:
    """Field to its options, value and label; only roles this form of Jobcenter has, the chair not among them."""
    missing = ASSEMBLY_ROLES if house.form == "zkT" else {Role.ASSEMBLY_CHAIR}
    return {
        "role": [("", "Bitte wählen"), *((r.value, label) for r, label in ROLE_LABELS.items() if r not in missing)],
        "carrier": [("", "Keiner"), *((c.value, label) for c, label in CARRIER_LABELS.items())],
        "board_group": [("", "Keine"), *((g.value, label) for g, label in GROUP_LABELS.items())],
    }


def blank(today: date) -> dict[str, str]:
    """The form for a new role as it opens."""
    return {**dict.fromkeys((*MEMBER_FIELDS, "name", "email", "no_email"), ""), "valid_from": today.isoformat()}


def typed_in(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed, every field present."""
    return {name: form.get(name, "") for name in ("name", "email", "no_email", *MEMBER_FIELDS)}


def problems_of(typed: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the form of a role as typed, by field."""
    problems = {} if typed["role"] in set(Role) else {"role": "Wählen Sie eine Rolle aus."}
    for name in ("valid_from", "valid_until"):
        if (typed[name] or name == "valid_from") and _day(typed[name]) is None:
            problems[name] = NO_DAY
    if len(typed["organisation"]) > LONGEST_LINE:
        problems["organisation"] = f"Kürzen Sie den Namen auf {LONGEST_LINE} Zeichen."
    return problems


def read_member(somebody: Person, typed: Mapping[str, str]) -> Membership:
    """The role as typed, not yet given.

    Raises:
        BadInput: Something is missing or is no day.
    """
    problems, first = problems_of(typed), _day(typed["valid_from"])
    if problems or first is None:
        raise BadInput(problems)
    return Membership(
        jobcenter_id=somebody.jobcenter_id,
        person_id=somebody.id,
        role=Role(typed["role"]),
        carrier=Carrier(typed["carrier"]) if typed["carrier"] in set(Carrier) else None,
        board_group=BoardGroup(typed["board_group"]) if typed["board_group"] in set(BoardGroup) else None,
        organisation=typed["organisation"].strip(),
        chair=bool(typed["chair"]),
        valid_from=first,
        valid_until=_day(typed["valid_until"]),
    )


def read_day(text: str, name: str) -> date:
    """A day as a date field sends it.

    Raises:
        BadInput: It is none.
    """
    found = _day(text)
    if found is None:
        raise BadInput({name: NO_DAY})
    return found


def _day(text: str) -> date | None:
    found = day_of(text)
    return found if found is not None and 2000 <= found.year <= 2199 else None


SETTING_LABELS = {
    "seats_agency": "Sitze der Agentur für Arbeit",
    "seats_municipality": "Sitze der Kommune",
    "first_reading_waived": "Erste Beratung entfällt",
    "office_phone": "Telefon des Gremienbüros",
    "office_hours": "Sprechzeiten",
    "office_email": "E-Mail-Adresse des Gremienbüros",
    "checkpoint_email_agency": "Postfach der Agentur für Arbeit",
    "checkpoint_email_municipality": "Postfach der Kommune",
    "amendment_limit": "Grenze für Budgetänderungen der Geschäftsführung",
    "factor_for_votes": "Zweiter Faktor zum Abstimmen",
    "factor_for_admin": "Zweiter Faktor für die Verwaltung",
}


def mailbox_fields(house: Jobcenter) -> list[str]:
    """The settings that name the mailboxes of a house's carriers."""
    return [f"checkpoint_email_{carrier['kind']}" for carrier in house.carriers]


def read_setting(house: Jobcenter, typed: Mapping[str, str]) -> dict[str, object]:
    """Settings as typed; a licensed municipal provider has no seats and no first reading.

    Raises:
        BadInput: A number of seats is no number, an amount is none, or a line too long.
    """
    problems, found = {}, dict[str, object]()
    for name in ("office_phone", "office_hours"):
        found[name] = typed[name].strip()
        if len(typed[name]) > LONGEST_LINE:
            problems[name] = f"Kürzen Sie die Angabe auf {LONGEST_LINE} Zeichen."
    for name in ("office_email", *mailbox_fields(house)):
        found[name] = typed[name].strip() or None
        if found[name] and not is_deliverable(typed[name].strip()):
            problems[name] = "Geben Sie eine E-Mail-Adresse ein, zum Beispiel buero@jobcenter.de."
    for name in ("seats_agency", "seats_municipality") if house.form == "gE" else ():
        if typed[name].isascii() and typed[name].isdigit() and len(typed[name]) < 4:
            found[name] = int(typed[name])
        else:
            problems[name] = "Geben Sie eine Zahl zwischen 1 und 20 ein."
    try:
        limit = typed["amendment_limit"].strip()
        found["amendment_limit"] = money.parse_amount(limit) if limit else None
    except money.NotAnAmount as error:
        problems["amendment_limit"] = str(error)
    for name in ("factor_for_votes", "factor_for_admin"):
        found[name] = True if typed[name] else None
    if problems:
        raise BadInput(problems)
    return found | ({"first_reading_waived": bool(typed["first_reading_waived"])} if house.form == "gE" else {})
