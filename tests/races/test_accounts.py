"""Races about accounts: passwords, invitations, and whoever administers the house while the own role ends."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from jcflow import clock
from jcflow.accounts import sign_in
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import Membership, add_membership
from jcflow.accounts.sign_in import Credential, invite
from jcflow.audit.trail import Deed
from jcflow.cli import cast
from jcflow.procedure import Role
from tests.races.conftest import Races
from tests.races.starting import Track, statuses

ONE, OTHER = "eines von zwei langen Passwörtern", "das andere von zwei Passwörtern"
DEPUTY = "revision"
"""Who administers the house as well for a while."""


@pytest.fixture(autouse=True)
def quick_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost nothing here: a hash that takes its time would keep the two apart that are to meet."""
    monkeypatch.setattr(sign_in, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def _credential(track: Track, account: str) -> Credential:
    person_id = track.person_id(account)
    with track.session() as session:
        return session.scalars(select(Credential).where(Credential.person_id == person_id)).one()


def _opens(credential: Credential, password: str) -> bool:
    return sign_in._fits(credential.password_hash, password)


def test_of_two_changes_of_a_password_one_counts(track: Track, races: Races) -> None:
    for _ in races(track, "drafting"):
        before = _credential(track, "redaktion").epoch
        sheet = track.form("redaktion", "/account", action="/account/password")
        change = sheet.sent({"old": cast.PASSWORD, "password": ONE, "again": ONE})

        answers = track.start(*change.twice(password=OTHER, again=OTHER))

        after = _credential(track, "redaktion")
        counted = [answer.location == "/account" and answer.status_code == 303 for answer in answers]
        assert sorted(counted) == [False, True], [(a.status_code, a.location) for a in answers]
        # The later one no longer knows the password that counts, or is signed out by then.
        assert {answers[counted.index(False)].status_code} <= {401, 422}
        assert [_opens(after, word) for word in (ONE, OTHER)] == counted
        assert after.epoch == before + 1


def test_an_invitation_taken_up_by_two_gives_the_account_to_one(track: Track, races: Races) -> None:
    for _ in races(track, "drafting"):
        with track.writing() as (session, _programme):
            token = invite(session, track.person_id("beirat1"), clock.now())
        sheet = track.form("", f"/invitation/{token}", fresh=True)

        answers = track.start(*sheet.sent({"password": ONE, "again": ONE}).twice(password=OTHER, again=OTHER))

        assert statuses(answers) == [303, 404]
        after = _credential(track, "beirat1")
        assert [_opens(after, word) for word in (ONE, OTHER)] == [a.status_code == 303 for a in answers]
        assert after.invitation_hash is None


def test_what_an_administrator_does_while_the_own_role_ends_came_before_or_is_refused(
    track: Track, races: Races
) -> None:
    for _ in races(track, "drafting"):
        deputy, guest = track.person_id(DEPUTY), track.person_id("buero")
        with track.writing() as (session, programme):
            since = clock.today()
            role = Membership(jobcenter_id=programme.jobcenter_id, person_id=deputy, role=Role.ADMIN, valid_from=since)
            deed = Deed(None, "command_line", clock.now())
            house = session.get_one(Jobcenter, programme.jobcenter_id)
            given = add_membership(session, house, role, deed).id
        page = f"/admin/people/{guest}"
        act = track.form(DEPUTY, page, action=f"{page}/roles", fresh=True)
        ending = track.form("admin", f"/admin/roles/{given}/end", fresh=True)

        ended, done = track.start(
            ending.sent({"on": clock.today().isoformat()}), act.sent({"role": "board_member", "board_group": "other"})
        )

        assert ended.status_code == 303, ended.text
        assert done.status_code in {303, 409}, done.text
        with track.session() as session:
            gave = select(Membership).where(Membership.person_id == guest, Membership.role == Role.BOARD_MEMBER)
            found = session.scalars(gave).all()
            assert len(found) == (done.status_code == 303)
            assert all(member.audit_seq < session.get_one(Membership, given).audit_seq for member in found)
