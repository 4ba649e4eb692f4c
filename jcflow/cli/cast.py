"""The people of the demo: one account for every part somebody plays in a Jobcenter, all of them invented."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.accounts import people as accounts
from jcflow.accounts.jobcenters import ASSEMBLY_ROLES, Jobcenter
from jcflow.accounts.people import BoardGroup, Carrier, Membership, Person
from jcflow.accounts.sign_in import store_hash
from jcflow.audit.trail import Deed
from jcflow.clock import local_day
from jcflow.database import serve
from jcflow.procedure import Role

PASSWORD = "demo"
"""What every account of the demo opens with; far too short for any other."""


@dataclass(frozen=True)
class Part:
    """One account of the demo."""

    account: str
    """The e-mail address before the @, the same in each Jobcenter."""
    surname: str
    role: Role
    carrier: Carrier | None = None
    board_group: BoardGroup | None = None
    organisation: str = ""
    chair: bool = False


PARTS = (
    Part("gf", "Ahornfeld", Role.MANAGING_DIRECTOR),
    Part("redaktion", "Birkentor", Role.EDITOR),
    Part("bca", "Distelkamm", Role.EQUAL_OPPORTUNITY_OFFICER),
    Part("haushalt", "Eichenpfad", Role.BUDGET_OFFICER),
    Part("tv1", "Farnhügel", Role.ASSEMBLY_MEMBER, Carrier.AGENCY, chair=True),
    Part("tv2", "Ginsterau", Role.ASSEMBLY_MEMBER, Carrier.AGENCY),
    Part("tv3", "Holunderweg", Role.ASSEMBLY_MEMBER, Carrier.AGENCY),
    Part("tv4", "Ilextal", Role.ASSEMBLY_MEMBER, Carrier.MUNICIPALITY),
    Part("tv5", "Jasminbach", Role.ASSEMBLY_MEMBER, Carrier.MUNICIPALITY),
    Part("tv6", "Kieferngrund", Role.ASSEMBLY_MEMBER, Carrier.MUNICIPALITY),
    Part("beirat1", "Lindenweiler", Role.BOARD_MEMBER, None, BoardGroup.EMPLOYER, "Verband der Betriebe im Kreis"),
    Part("beirat2", "Mohnwiese", Role.BOARD_MEMBER, None, BoardGroup.EMPLOYEE, "Bund der Beschäftigten im Kreis"),
    Part("beirat3", "Nelkenhof", Role.BOARD_MEMBER, None, BoardGroup.WELFARE, "Runder Tisch Soziales"),
    Part("beirat4", "Ölbaumer", Role.BOARD_MEMBER, None, BoardGroup.CHAMBER, "Kammer für Handel und Handwerk"),
    Part("beirat5", "Pappelstein", Role.BOARD_MEMBER, None, BoardGroup.MUNICIPAL, "Sozialamt des Kreises"),
    Part("buero", "Quittengarten", Role.STAFF),
    Part("revision", "Rosenschlag", Role.AUDITOR),
    Part("admin", "Schlehdorner", Role.ADMIN),
)
FIRST_NAMES = (
    *("Anke", "Bernd", "Clara", "Dieter", "Elke", "Frank", "Gerda", "Heiko", "Ines", "Jens", "Karin", "Lutz"),
    *("Martina", "Norbert", "Petra", "Rainer", "Silke", "Thomas", "Ulrike", "Volker", "Wiebke"),
)


def address(house: Jobcenter, account: str) -> str:
    """The e-mail address of an account, at a domain that exists nowhere: `gf@paderborn.example`."""
    return f"{account}@{house.key}.example"


def parts_in(house: Jobcenter) -> tuple[Part, ...]:
    """The parts there are in a house; without a carrier assembly in a licensed municipal provider."""
    return tuple(part for part in PARTS if house.form == "gE" or part.role not in ASSEMBLY_ROLES)


def people(session: Session, house: Jobcenter, deed: Deed, password_hash: str) -> dict[str, Person]:
    """Make the demo's people known in a house that the session serves; account (`gf`, `tv1` …) to person.

    They hold their roles from 1 January of the year before the deed. The same account has another name in each house.
    """
    since = local_day(deed.at).replace(month=1, day=1)
    since = since.replace(year=since.year - 1)
    made = {}
    for number, part in enumerate(parts_in(house), len(house.key)):
        name = f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {part.surname}"
        somebody = accounts.add_person(session, house, name=name, email=address(house, part.account), deed=deed)
        member = Membership(
            jobcenter_id=house.id,
            person_id=somebody.id,
            role=part.role,
            carrier=part.carrier,
            board_group=part.board_group,
            organisation=part.organisation,
            chair=part.chair,
            valid_from=since,
        )
        accounts.add_membership(session, house, member, deed)
        store_hash(session, somebody.id, password_hash)
        made[part.account] = somebody
    return made


def known(session: Session, house: Jobcenter) -> dict[str, UUID]:
    """Account to person id, for the accounts of the demo that the house has; the session serves it."""
    accounts_of = {address(house, part.account): part.account for part in PARTS}
    return {accounts_of[p.email]: p.id for p in accounts.people(session) if p.email in accounts_of}


def plays_in(session: Session, house: Jobcenter) -> bool:
    """Whether a house has the people of the demo; the session serves it from then on."""
    serve(session, house.id)
    return bool(known(session, house))
