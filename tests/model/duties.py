"""Somebody does what is due next, with words that fit."""

from __future__ import annotations

from tests.model.play import REASON, Play
from tests.model.tasks import next_duties

WORDING = "Die Trägerversammlung hat über das Programm beschlossen."
STANCES = (
    ("agree", ()),
    ("concerns", ("Der Ansatz ist zu knapp.",)),
    ("agree_with_points", ("Bitte nennen Sie Ziele.", "Bitte kürzen Sie den Text.")),
    ("no_opinion", ()),
)
CHOICES = ("yes", "no", "abstain")
RESULTS = {
    "committee": ("recommended", "deferred", "changed"),
    "council": ("adopted", "rejected", "deferred", "changed"),
}


def do_next(play: Play, which: int, how: int) -> bool:
    """Let somebody on turn act: `which` of the duties, and `how` where there is a choice. False: nobody is on turn."""
    duties = next_duties(play.house, play.one, play.day) if play.programme else []
    if not duties:
        return False
    what, account = duties[which % len(duties)]
    _do(play, what, account, how)
    return True


def _do(play: Play, what: str, account: str, how: int) -> None:
    match what:
        case "set_basis":
            play.set_basis(account)
        case "choose":
            play.choose(frozenset({("jugend", "sprache")[how % 2]}), account, fresh=True, reason=REASON)
        case "sign_off" | "state_budget" | "set_targets":
            play.sign(what, account)
        case "accept_difference":
            play.accept(account, REASON)
        case "opinion":
            stance, points = STANCES[how % len(STANCES)]
            play.opine(account, stance, list(points), fresh=True)
        case "answer":
            play.answer(play.one.open_points()[0], account, "Das nehmen wir auf.", fresh=True)
        case "vote":
            play.vote(account, CHOICES[how % len(CHOICES)], fresh=True)
        case "publish":
            play.publish("publish", account, fresh=True)
        case _:
            step(play, what, account, how)


def step(play: Play, trigger: str, account: str, how: int, *, fresh: bool = True, reason: str = REASON) -> bool:
    """Take a step with everything it needs, unless told otherwise."""
    results = RESULTS.get(play.one.state, ("",))
    return play.step(
        trigger,
        account,
        fresh=fresh,
        reason=reason,
        choice=CHOICES[how % 2],
        wording=WORDING,
        outcome=results[how % len(results)] or None,
    )
