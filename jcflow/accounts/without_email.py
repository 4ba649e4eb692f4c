"""People without an e-mail address: they sign in with a name, and their mails become letters."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import Person
from jcflow.audit.trail import Deed, record
from jcflow.database import EVERY_JOBCENTER
from jcflow.errors import BadInput

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def add_person_without_email(session: Session, house: Jobcenter, *, name: str, deed: Deed) -> Person:
    """Make somebody known who has no e-mail address; what stands in its place is made from the name and has no @.

    Raises:
        BadInput: The name is missing or too long.
    """
    name = name.strip()
    if not 1 <= len(name) <= 200:
        raise BadInput({"name": "Geben Sie den Namen ein, höchstens 200 Zeichen."})
    somebody = Person(jobcenter_id=house.id, name=name, email=_free(session, sign_in_name(name)))
    record(session, somebody, deed)
    return somebody


def sign_in_name(name: str) -> str:
    """Small letters of the English alphabet with dots between the words, e.g. `gudrun.weiss`."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_GERMAN)).encode("ascii", "ignore").decode()
    return ".".join(re.findall(r"[a-z0-9]+", plain))[:60].strip(".") or "person"


def _free(session: Session, wanted: str) -> str:
    question = select(Person.email).where(Person.email.startswith(wanted, autoescape=True))
    taken = set(session.scalars(question, execution_options=EVERY_JOBCENTER))
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}{number}"
    return free
