"""Two change one password at the same time: one counts, the other is told so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import Engine

from jcflow import database
from jcflow.accounts import sign_in
from jcflow.errors import BadInput
from tests.factories import AT, found_house, small_document

FIRST = "das erste lange Passwort"


def test_of_two_changes_at_once_one_counts(engine: Engine) -> None:
    with database.writing(engine) as session:
        house = found_house(session, small_document(name="Jobcenter Musterstadt"))
        person_id = house.people["gf"]
        sign_in.set_password(session, person_id, FIRST)
        before = sign_in.credential_of(session, person_id).epoch
        jobcenter_id = house.jobcenter.id
    gate = Barrier(2)

    def change(new: str) -> bool:
        gate.wait()
        try:
            with database.writing(engine) as session:
                database.serve(session, jobcenter_id)
                sign_in.change_password(session, person_id, old=FIRST, new=new, at=AT)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        counted = list(pool.map(change, ["eines von zwei langen", "zwei von zwei langen"]))

    assert sorted(counted) == [False, True]
    with database.writing(engine) as session:
        database.serve(session, jobcenter_id)
        assert sign_in.credential_of(session, person_id).epoch == before + 1
