"""Races about where a programme goes: steps, opinions and their answers, votes and their count."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow import clock
from jcflow.accounts.people import Membership
from jcflow.audit.chain import AuditEvent
from jcflow.decisions.ballots import Ballot
from jcflow.decisions.casting import Vote
from jcflow.opinions.answers import answers_of
from jcflow.opinions.board import Opinion, OpinionPoint, Stance
from jcflow.programmes.programme import Programme, StepTaken, steps_of
from tests.races.conftest import Races
from tests.races.starting import LATE, Sending, Track, statuses

REASON = "Das ist noch einmal gemeinsam zu beraten."


def _step(track: Track, account: str, trigger: str) -> Sending:
    sheet = track.form(account, f"{track.here}/{trigger}", action=f"{track.here}/steps/{trigger}")
    return sheet.sent({"reason": REASON})


def _conclude(track: Track) -> Sending:
    return track.form("tv1", f"{track.here}/conclude").sent()


def _vote(track: Track, choice: str) -> Sending:
    """The vote of the member who has not voted yet, as the page sends it on which one checks it once more."""
    page = f"{track.here}/vote"
    return Sending(LATE, page, track.form(LATE, page).sent({"choice": choice}).data)


def _last_step(session: Session, programme: Programme) -> StepTaken:
    return steps_of(session, programme)[-1]


def _events_about(session: Session, *ids: UUID) -> list[int]:
    mine = AuditEvent.object_id.in_(ids)
    return list(session.scalars(select(AuditEvent.seq).where(mine).order_by(AuditEvent.seq)))


def test_of_two_different_steps_the_first_is_taken(track: Track, races: Races) -> None:
    for number in races(track, "internal_check"):
        forth = "withdraw" if number % 2 else "release"

        moved, returned = track.start(_step(track, "gf", forth), _step(track, "haushalt", "return"))

        assert statuses([moved, returned]) == [303, 409]
        with track.session() as session:
            taken = _last_step(session, track.programme(session))
            assert taken.source == "internal_check"
            assert taken.trigger == (forth if moved.status_code == 303 else "return")


def test_of_one_person_s_two_votes_the_first_counts(track: Track, races: Races) -> None:
    for _ in races(track, "resolution"):
        yes, no = _vote(track, "yes").twice(choice="no")

        agreed, refused = track.start(yes, no)

        assert statuses([agreed, refused]) == [303, 409]
        with track.session() as session:
            choices = [vote.choice for vote in session.scalars(select(Vote))]
        assert len(choices) == 6
        assert choices.count("yes") == (3 if agreed.status_code == 303 else 2)


def test_a_vote_given_while_the_ballot_is_concluded_counts_or_is_refused(track: Track, races: Races) -> None:
    for _ in races(track, "resolution"):
        voted, concluded = track.start(_vote(track, "yes"), _conclude(track))

        assert concluded.status_code == 303, concluded.text
        assert voted.status_code in {303, 409}, voted.text
        is_in = voted.status_code == 303
        with track.session() as session:
            ballot = session.scalars(select(Ballot)).one()
            assert ballot.result == ("adopted" if is_in else "tied")
            assert len(session.scalars(select(Vote)).all()) == (6 if is_in else 5)


def test_a_ballot_concluded_twice_at_once_is_concluded_once(track: Track, races: Races) -> None:
    for _ in races(track, "resolution"):
        answers = track.start(*_conclude(track).twice())

        assert statuses(answers) == [303, 409]
        with track.session() as session:
            triggers = [taken.trigger for taken in steps_of(session, track.programme(session))]
        assert triggers.count("conclude") == 1


def test_an_opinion_sent_while_the_consultation_closes_is_heard_or_refused(track: Track, races: Races) -> None:
    for _ in races(track, "consultation"):
        sheet, member = track.form("beirat1", f"{track.here}/opinions/new"), track.person_id("beirat1")

        given, closed = track.start(sheet.sent({"stance": "agree"}), _step(track, "buero", "close"))

        assert closed.status_code == 303, closed.text
        assert given.status_code in {303, 409}, given.text
        with track.session() as session:
            opinion = session.scalars(select(Opinion).where(Opinion.person_id == member)).one()
            end = _last_step(session, track.programme(session)).audit_seq
            assert opinion.stance is (Stance.AGREE if given.status_code == 303 else Stance.SILENT)
            assert max(_events_about(session, opinion.id)) < end


def test_an_answer_changed_while_the_programme_is_put_to_the_vote_is_in_or_refused(track: Track, races: Races) -> None:
    for _ in races(track, "disposition"):
        with track.session() as session:
            point, opinion = session.execute(select(OpinionPoint.id, OpinionPoint.opinion_id).limit(1)).one()
        page = f"{track.here}/opinions/{opinion}/reply/{point}"
        reply = track.form("gf", page).sent({"reason": REASON})

        answered, disposed = track.start(reply, _step(track, "gf", "dispose"))

        assert disposed.status_code == 303, disposed.text
        assert answered.status_code in {303, 409}, answered.text
        with track.session() as session:
            known = answers_of(session, track.programme(session))[point]
            end = _last_step(session, track.programme(session)).audit_seq
            assert (known.reason == REASON) == (answered.status_code == 303)
            assert known.audit_seq < end


def test_a_vote_given_while_the_membership_ends_came_before_or_is_refused(track: Track, races: Races) -> None:
    for _ in races(track, "resolution"):
        with track.session() as session:
            mine = Membership.person_id == track.person_id(LATE)
            member = session.scalars(select(Membership.id).where(mine)).one()
        ending = track.form("admin", f"/admin/roles/{member}/end").sent({"on": clock.today().isoformat()})

        voted, ended = track.start(_vote(track, "yes"), ending)

        assert ended.status_code == 303, ended.text
        assert voted.status_code in {303, 409}, voted.text
        with track.session() as session:
            votes = session.scalars(select(Vote).where(Vote.audit_seq > _events_about(session, member)[-1])).all()
            assert not votes, "a vote came after its membership had ended"
            assert len(session.scalars(select(Vote)).all()) == (6 if voted.status_code == 303 else 5)
