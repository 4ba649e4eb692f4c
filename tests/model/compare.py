"""What the events come to against the model, row by row."""

from __future__ import annotations

from typing import Any

from jcflow.audit.canonical import plain
from tests.model.house import House, Programme
from tests.model.trail import Trail


def compare(house: House, trail: Trail) -> None:
    """What the events come to against the model, row by row."""
    _compare_seats(house, trail)
    numbers = {"programme": len(house.programmes), "person": len(house.people), "setting": 1}
    for table, number in numbers.items():
        assert len(trail.rows(table)) == number, f"another number of rows in {table}"
    for programme in house.programmes:
        _compare_head(programme, trail)
        _compare_path(house, programme, trail)
        _compare_content(programme, trail)
        _compare_opinions(house, programme, trail)
        _compare_ballots(house, programme, trail)


def _compare_seats(house: House, trail: Trail) -> None:
    accounts = {str(person_id): account for account, person_id in house.people.items()}
    stored = {
        row_id: (accounts[m["person_id"]], m["role"], m["valid_from"], m.get("valid_until"), m["chair"], m["version"])
        for row_id, m in trail.rows("membership").items()
    }
    assert stored == {
        str(s.id): (s.account, s.role, s.since.isoformat(), plain(s.until), s.chair, s.version) for s in house.seats
    }, "other memberships"
    (setting,) = trail.rows("setting").values()
    own = (setting["seats_agency"], setting["seats_municipality"], setting["first_reading_waived"], setting["version"])
    assert own == (house.agency, house.municipality, house.waived, house.setting_version), "other settings"


def _compare_head(programme: Programme, trail: Trail) -> None:
    row = trail.rows("programme")[str(programme.id)]
    stored = (row["slug"], row["state"], row["entered_on"], row["version"], row["submitted_once"], "basis" in row)
    expected = (programme.slug, programme.state, programme.entered_on.isoformat(), programme.version)
    assert stored == (*expected, programme.submitted, programme.basis), "1/4: the programme stands elsewhere"
    assert ("published_version_id" in row) == (programme.published is not None), "it is published or it is not"


def _compare_path(house: House, programme: Programme, trail: Trail) -> None:
    steps = sorted((row for _, row in trail.of("step_taken", programme.id)), key=lambda row: row["ordinal"])
    stored = [
        (s["trigger"], s.get("source"), s["target"], s.get("outcome"), s.get("person_id"), s["role"]) for s in steps
    ]
    expected = [
        (s.trigger, s.source, s.target, s.outcome, str(house.people[s.account]) if s.account else None, s.role)
        for s in programme.path
    ]
    assert stored == expected, "2: another path"
    assert [plain(s.at) for s in programme.path] == [s["at"] for s in steps], "2: steps at other times"


def _compare_content(programme: Programme, trail: Trail) -> None:
    chapters = {row_id: row["key"] for row_id, row in trail.of("chapter", programme.id)}
    blocks = [row for _, row in trail.of("block", programme.id) if row["kind"] == "text"]
    texts = {
        f"{chapters[b['chapter_id']]}/{b['position']}": (b["content"]["markdown"], b["version"], b["unreviewed"])
        for b in blocks
    }
    lines = {
        row["key"]: (row.get("amount"), row.get("prior_amount"), row["version"])
        for _, row in trail.of("budget_line", programme.id)
    }
    topics = {
        row["key"]: (row["selected"], row.get("rank"), row.get("reason"), row["version"])
        for _, row in trail.of("topic", programme.id)
    }
    content = programme.content
    assert texts == {k: (t.words, t.version, t.unreviewed) for k, t in content.texts.items()}, "4: other texts"
    assert lines == {k: (x.amount, x.prior, x.version) for k, x in content.lines.items()}, "4: other figures"
    assert topics == {k: (t.selected, t.rank, t.words, t.version) for k, t in content.topics.items()}, "4: other topics"


def _compare_opinions(house: House, programme: Programme, trail: Trail) -> None:
    points: dict[str, list[dict[str, Any]]] = {}
    for row_id, row in trail.of("opinion_point", programme.id):
        points.setdefault(row["opinion_id"], []).append({**row, "id": row_id})
    answers = {row["point_id"]: row for _, row in trail.of("answer", programme.id)}
    stored = sorted(
        (
            (o["person_id"], o["at"], o["stance"], o["withdrawn"], o["version"]),
            [
                (p["text"], p["removed"], p["version"], answers.get(p["id"], {}).get("version", 0))
                for p in sorted(points.get(row_id, []), key=lambda p: p["number"])
            ],
        )
        for row_id, o in trail.of("opinion", programme.id)
    )
    assert stored == sorted(
        (
            (str(house.people[o.account]), str(plain(o.at)), o.stance, o.withdrawn, o.version),
            [(p.text, p.removed, p.version, p.answer_version) for p in o.points],
        )
        for o in programme.opinions
    ), "other opinions or answers"


def _compare_ballots(house: House, programme: Programme, trail: Trail) -> None:
    electors = dict(trail.of("elector", programme.id))
    votes = [row for _, row in trail.of("vote", programme.id)]
    stored = sorted(trail.of("ballot", programme.id), key=lambda found: found[1]["opened_at"])
    assert len(stored) == len(programme.ballots), "another number of ballots"
    for (row_id, row), ballot in zip(stored, programme.ballots, strict=True):
        seats = {key: e for key, e in electors.items() if e["ballot_id"] == row_id}
        roll = {e["person_id"]: (e["carrier"], e["chair"]) for e in seats.values()}
        assert roll == {str(house.people[a]): seat for a, seat in ballot.electors.items()}, "11: another electorate"
        given = [
            (seats[v["elector_id"]]["person_id"], v["choice"], v["version"]) for v in votes if v["elector_id"] in seats
        ]
        assert len({person for person, *_ in given}) == len(given), "11: two votes of one seat"
        expected = [(str(house.people[a]), v.choice, v.version) for a, v in ballot.votes.items()]
        assert sorted(given) == sorted(expected), "11: other votes"
        counts = (row["yes"], row["no"], row["abstain"]) if "yes" in row else None
        said = (row["state"], row.get("result"), row.get("casting_vote"), counts, row["closes_on"], row["version"])
        assert said == (
            ballot.state,
            ballot.result,
            ballot.casting,
            ballot.counts,
            ballot.closes_on.isoformat(),
            ballot.version,
        ), "12: another result"
        sums = [sum(choice == word for _, choice, _ in given) for word in ("yes", "no", "abstain")]
        assert counts is None or list(counts) == sums, "12: the votes come to another result"
