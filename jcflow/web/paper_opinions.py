"""Opinions on paper: the Gremienbüro enters them, a second person confirms them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import tasks
from jcflow.accounts.people import Membership, holders, names
from jcflow.audit.reading import entry_of
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotAllowed, NotFound, Stale, TooLarge
from jcflow.opinions import board
from jcflow.opinions.board import OnPaper, Opinion, Stance
from jcflow.opinions.rounds import begun_at, consulted_version
from jcflow.procedure import Role
from jcflow.process import notices
from jcflow.process.acts import acting, check_act
from jcflow.programmes.files import files_of, store
from jcflow.programmes.programme import Programme, check_version
from jcflow.programmes.versions import Version
from jcflow.web.conflicts import conflict_page
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.labels import GROUP_LABELS, STANCE_LABELS
from jcflow.web.on_turn import open_tasks
from jcflow.web.opinion_forms import (
    MOST_POINTS,
    STANCES,
    TypedOpinion,
    both_in_words,
    field_order,
    opinion_as_typed,
    references_of,
    typed_opinion,
)
from jcflow.web.programme_pages import is_insider, load, page
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed
from jcflow.web.undo import undone
from jcflow.web.visitors import me, moment

pages = Blueprint("opinions", __name__)
"""The room of the opinions; what board members do themselves stands in `opinions`."""

CONFIRMING = (Role.STAFF, Role.MANAGING_DIRECTOR, Role.BOARD_MEMBER)


@dataclass(frozen=True)
class Seat:
    """A board member for whom an opinion on paper may be entered; `known` is what stands on the version."""

    member: Membership
    name: str
    known: Opinion | None
    entry: Opinion | None
    """What was entered in this round and not withdrawn."""

    @property
    def key(self) -> str:
        """The member in the form."""
        return str(self.member.person_id)

    @property
    def version(self) -> int:
        """Row version of the opinion, 0 without one."""
        return self.known.version if self.known else 0


def _seats(programme: Programme, version: Version) -> dict[str, Seat]:
    """The members who have not spoken for themselves in this round, by their key."""
    session = db.session()
    members = {m.person_id: m for m in holders(session, Role.BOARD_MEMBER, local_day(moment()))}
    people = names(session, list(members))
    since = begun_at(session, programme)
    free = []
    for person_id, member in members.items():
        known = board.opinion_by(session, version, person_id)
        said = known if known and not known.withdrawn and known.stance is not Stance.SILENT else None
        present = said if said and (since is None or said.at >= since) else None
        if present is None or present.entered_by is not None:
            free.append(Seat(member, people[person_id], known, present))
    return {seat.key: seat for seat in sorted(free, key=lambda s: s.name)}


def _version(programme: Programme) -> Version:
    check_act(programme, "enter_opinion", me().actor)
    version = consulted_version(db.session(), programme)
    assert version is not None
    return version


@pages.get("/programmes/<slug>/opinions/enter")
@open_to(Role.STAFF)
def enter(slug: str) -> ResponseReturnValue:
    """Enter an opinion that came on paper, or correct an entry."""
    programme, session = load(slug), db.session()
    seat = _seats(programme, _version(programme)).get(request.args.get("member", ""))
    known = seat.entry if seat else None
    points = board.points_of(session, programme).get(known.id, []) if known else []
    fields = {"member": seat.key if seat else "", "given_on": known.given_on.isoformat() if known else ""}
    return _form(programme, fields, opinion_as_typed(known, points), {})


def _form(programme: Programme, fields: dict[str, str], typed: TypedOpinion, errors: dict[str, str]) -> str:
    version = _version(programme)
    seats = _seats(programme, version).values()
    return page(
        "opinions/enter.html",
        programme,
        "Stellungnahme auf Papier",
        version=version,
        seats=seats,
        groups=GROUP_LABELS,
        fields=fields,
        stances=STANCES,
        references=list(references_of(version).items()),
        typed=typed,
        most_points=MOST_POINTS,
        order=field_order(),
        errors=errors,
    )


@pages.post("/programmes/<slug>/opinions/enter/points")
@open_to(Role.STAFF, one_time=False)
def more_entered_points(slug: str) -> ResponseReturnValue:
    """Room for one more point; nothing is kept yet."""
    return _form(load(slug), Typed("member", "given_on").values, typed_opinion().with_another(), {})


@pages.post("/programmes/<slug>/opinions/enter")
@open_to(Role.STAFF)
def keep_entry(slug: str) -> ResponseReturnValue:
    """Keep the entry; it counts once a second person has confirmed it."""
    programme, fields, typed = load(slug), Typed("member", "given_on"), typed_opinion().written()
    try:
        given = _enter(programme, fields, typed)
    except (BadInput, TooLarge) as error:
        problems = {"scan" if name == "file" else name: text for name, text in undone(error).items()}
        return _form(programme, fields.values, typed, problems), error.status
    except Stale as stale:
        return _conflict(programme, fields.values["member"], typed, stale), 409
    return redirect(url_for("opinions.done", slug=slug, opinion_id=given.id), 303)


def _conflict(programme: Programme, member: str, typed: TypedOpinion, stale: Stale) -> str:
    known = _seats(programme, _version(programme))[member].known
    assert known is not None
    points = board.points_of(db.session(), programme).get(known.id, [])
    back = url_for("opinions.enter", slug=programme.slug, member=member)
    both = both_in_words(stale, typed, known, points)
    return conflict_page(both, back=back, version_field=f"version-{member}")


def _enter(programme: Programme, fields: Typed, typed: TypedOpinion) -> Opinion:
    session, version = db.session(), _version(programme)
    seat, given_on = _read(fields, _seats(programme, version), begun_at(session, programme) or version.frozen_at)
    known = seat.known
    scanned = seat.entry is not None
    scan = fields.upload("scan", None if scanned else "Laden Sie die unterschriebene Stellungnahme als Datei hoch.")
    fields.check()
    stance, points = typed.said(references_of(version))
    person_id, counted = seat.member.person_id, known is not None and known.counts
    paper = OnPaper(given_on, me().person.id)
    row_version = typed_version(f"version-{seat.key}")
    with acting(session, programme, "enter_opinion", actor=me().actor, at=moment(), on_behalf_of=person_id) as deed:
        given = board.give(
            session,
            programme,
            version,
            seat.member,
            stance=stance,
            points=points,
            version=row_version,
            deed=deed,
            paper=paper,
        )
        if scan:
            store(session, programme, scan, subject_type="opinion", subject_id=given.id, deed=deed, kind="scan")
    if counted:
        tasks.reopen(session, programme, act="opinion", person_id=person_id, at=deed.at)
    return given


def _read(fields: Typed, seats: dict[str, Seat], since: datetime) -> tuple[Seat, date]:
    fields.one_of(
        "member", seats, "Wählen Sie das Mitglied aus. Wer sich selbst geäußert hat, steht nicht in der Liste."
    )
    given_on = fields.day("given_on")
    if "given_on" not in fields.problems and not local_day(since) <= given_on <= local_day(moment()):
        fields.problems["given_on"] = "Der Tag liegt nicht zwischen der Vorlage an den Beirat und heute."
    if "member" in fields.problems:
        fields.check()
    return seats[fields.values["member"]], given_on


@pages.get("/programmes/<slug>/opinions/<uuid:opinion_id>/confirm")
@open_to(*CONFIRMING)
def entry(slug: str, opinion_id: UUID) -> ResponseReturnValue:
    """An entry beside its scan, for the second person."""
    programme, session = load(slug), db.session()
    given = _pending(programme, opinion_id)
    return page(
        "opinions/confirm.html",
        programme,
        "Eintragung bestätigen",
        opinion=given,
        stance=STANCE_LABELS[given.stance],
        group=GROUP_LABELS[given.board_group],
        points=board.points_of(session, programme).get(given.id, []),
        people=names(session, {given.person_id, given.entered_by}),
        scans=[f for f in files_of(session, programme, subjects=[given.id]) if f.kind == "scan"],
        own=given.entered_by == me().person.id,
    )


def _pending(programme: Programme, opinion_id: UUID) -> Opinion:
    """An entry that waits for its second person, who the visitor may be."""
    given = board.opinion(db.session(), programme, opinion_id)
    act = check_act(programme, "confirm_opinion", me().actor)
    if given.counts or given.withdrawn:
        raise NotFound
    if me().actor.role_among(act.by) is Role.BOARD_MEMBER and given.person_id != me().person.id:
        raise NotAllowed("das Gremienbüro, die Geschäftsführung oder das Mitglied selbst")
    return given


@pages.post("/programmes/<slug>/opinions/<uuid:opinion_id>/confirm")
@open_to(*CONFIRMING)
def confirm(slug: str, opinion_id: UUID) -> ResponseReturnValue:
    """Confirm that the entry agrees with the paper; from now on it counts."""
    programme, session = load(slug), db.session()
    given = _pending(programme, opinion_id)
    check_version(given, typed_version(), "Die Eintragung", {})
    person_id, fulfilled = given.person_id, ("opinion", given.person_id)
    with acting(
        session,
        programme,
        "confirm_opinion",
        actor=me().actor,
        at=moment(),
        on_behalf_of=person_id,
        completes=fulfilled,
    ) as deed:
        board.confirm(session, given, deed)
        points = board.points_of(session, programme).get(given.id, [])
        notices.opinion_given(session, programme, given, len(points), deed)
    return redirect(url_for("opinions.done", slug=slug, opinion_id=given.id), 303)


def receipt(programme: Programme, given: Opinion) -> str:
    """What happened to an opinion last, for whoever had to do with it.

    Raises:
        NotAllowed: Another member's opinion.
    """
    session, own = db.session(), given.person_id == me().person.id
    if not (own or is_insider()):
        raise NotAllowed("das Mitglied, das sich geäußert hat")
    last = entry_of(session, programme.jobcenter_id, programme.id, given.audit_seq)
    assert last is not None
    return page(
        "opinions/done.html",
        programme,
        "Bestätigung",
        title=_title(given),
        opinion=given,
        own=own,
        last=last,
        people=names(session, {given.person_id, given.entered_by, given.confirmed_by, last.actor_id}),
        stance=STANCE_LABELS[given.stance],
        due_on=tasks.due_of(session, programme, "opinion"),
        open_tasks=open_tasks(programme),
    )


def _title(given: Opinion) -> str:
    if given.withdrawn:
        return "Die Stellungnahme ist zurückgezogen"
    if given.entered_by is None:
        return "Die Stellungnahme ist eingegangen"
    return "Die Stellungnahme ist bestätigt" if given.counts else "Die Stellungnahme ist eingetragen"
