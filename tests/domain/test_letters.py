"""The words of every mail: short, with one place to go, alike as text and HTML, and safe whatever a fact holds."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from sqlalchemy import select

from jcflow.mail.outbox import Letter, Mail, Occasion, queue
from jcflow.process import notices
from jcflow.programmes.programme import Programme
from jcflow.reminders.composing import Sender, composed
from jcflow.tasks import Task
from tests.factories import House, HouseAt
from tests.post import BASE_URL, Post, Sent

EVIL = 'Karin\r\nBcc: wer@anders.example\n\n# "><script>alert(1)</script> [Weg](/logout) <b>'
DUE, UUID = "2026-11-20", "11111111-1111-4111-8111-111111111111"
ITEM = {
    "task_id": UUID,
    "label": EVIL,
    "programme": EVIL,
    "due_on": DUE,
    "because": "Sie etwas zu tun haben",
    "remind_on": [DUE],
    "in_place_of": "",
    "is_mine": True,
    "whose": EVIL,
    "thing": EVIL,
    "heading": EVIL,
    "button": "Zur Aufgabe",
    "help": "Das dauert nicht lange.",
    "consequence": "geht es nicht weiter.",
    "is_late": False,
    "left": "noch 6 Tage",
}
FACTS = ITEM | {
    "items": [ITEM, {**ITEM, "is_mine": False}],
    "late": [],
    "ended": False,
    "soon": [ITEM],
    "today": DUE,
    "place": "/tasks",
    "period": "Programm 2027",
    "programme_id": UUID,
    "opinion_id": UUID,
    "on": DUE,
    "at": "2026-11-20T10:00:00+00:00",
    "until": "2026-11-20T10:00:00+00:00",
    "points": 2,
    "no_opinion": False,
    "who": EVIL,
    "to": EVIL,
    "subject": EVIL,
    "problem": EVIL,
    "outcome": "angenommen",
    "in_force": True,
    "reason": EVIL,
    "state": "Entwurf",
    "old_on": DUE,
    "new_on": DUE,
    "first_on": DUE,
    "last_on": DUE,
    "absent": EVIL,
    "substitute": EVIL,
    "is_substitute": True,
    "roles": "Beirat",
    "seat": False,
    "house": "Jobcenter Musterstadt",
    "path": "/reset/abc",
    "device": EVIL,
    "what": "factor_reset",
    "complete": True,
    "cause": "conclude",
    "seq": 412,
    "note": ["jcflow/haus", "412", "", "— jcflow/haus YWJj"],
}
SENDER = Sender("Jobcenter Musterstadt", "Lena Fuchs, Telefon 0123 456-789, planung@musterstadt.example", BASE_URL)


class Read(HTMLParser):
    """The words, links and tags of an HTML part."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.links, self.tags, self.outside = "", set[str](), list[str](), list[str]()
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._hidden = tag in {"style", "title"}
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.add(values["href"])
        self.outside += [v for n, v in values.items() if n in {"src", "background"} or (n == "style" and "url(" in v)]

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += f" {data}"


def test_several_tasks_wait_for_the_reader_only_if_all_are_the_readers() -> None:
    said = [
        composed("reminder", FACTS | {"late": 0, "items": items}, "Guten Tag,", SENDER)[0]
        for items in ([ITEM, ITEM], [ITEM, {**ITEM, "is_mine": False}])
    ]

    assert said == ["2 Aufgaben warten auf Sie", "2 Aufgaben sind noch offen"]


@pytest.mark.parametrize("occasion", list(Occasion))
def test_a_mail_is_short_safe_and_the_same_in_text_and_html(occasion: Occasion) -> None:
    late = [ITEM] if occasion is Occasion.WEEKLY else 1
    subject, text, html = composed(occasion.value, FACTS | {"late": late}, f"Guten Tag {EVIL},", SENDER)
    read = Read(html)

    assert 10 <= len(subject) <= 60
    assert "\n" not in subject
    assert "\r" not in subject
    assert read.tags.count("h1") == 1
    assert {"script", "b", "img", "link", "iframe"} & set(read.tags) == set()
    assert read.outside == []
    assert 'lang="de"' in html
    assert all(link.startswith(f"{BASE_URL}/") for link in read.links)
    assert len(read.links - {f"{BASE_URL}/account/notifications"}) == 1
    assert set(re.findall(r"https?://\S+", text)) == read.links
    assert "/logout" not in {link.removeprefix(BASE_URL) for link in read.links}
    assert not re.search(r"^Bcc:", text, re.M)
    assert "Guten Tag" in text
    assert "Sie erhalten diese E-Mail" in text
    shown = " ".join(read.words.split())
    for line in text.split("\n\n"):
        words = " ".join(line.split("\nhttps")[0].removeprefix("- ").split())
        assert words.rstrip(":")[:40] in shown or "- " in line or "Benachrichtigungen" in line, words


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("mine", [True, False])
def test_a_reminder_of_one_task_names_it_in_its_subject(late: bool, mine: bool) -> None:
    item = {**ITEM, "is_late": late, "is_mine": mine, "thing": "Ihre Stellungnahme", "label": "Stellungnahme absenden"}
    item |= {"whose": "Karin Noll", "heading": "Ihre Stellungnahme fehlt noch"}

    subject, _, html = composed("reminder", FACTS | {"items": [item], "late": int(late)}, "Guten Tag,", SENDER)

    assert "Stellungnahme" in subject
    assert ("Karin Noll" in subject) is not mine
    assert subject.startswith("Frist abgelaufen") is late
    assert Read(html).tags.count("h1") == 1


def sent_by(house: House) -> list[Sent]:
    return Post(house.session, house.jobcenter.id).tick(house.tick())


def test_who_did_something_gets_a_receipt_and_who_has_to_know_hears_of_it(house_at: HouseAt) -> None:
    house = house_at("disposition")
    sent_by(house)

    house.advance("resolution")
    sent = sent_by(house)

    assert {m.account for m in sent if m.occasion == "answer"} <= {f"beirat{n}" for n in range(1, 6)}
    assert [m for m in sent if m.occasion == "answer"]
    assert {m.account for m in sent if m.occasion == "ballot"} == {f"tv{n}" for n in range(1, 7)}


def test_everybody_hears_of_the_result(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")
    sent_by(house)

    house.advance("in_force")
    told = [m for m in sent_by(house) if m.occasion == "result"]

    assert {m.account for m in told} >= {"gf", "redaktion", "bca", "haushalt", "tv1", "tv6", "beirat1", "buero"}
    assert len({m.account for m in told}) == len(told)
    assert {m.subject for m in told} == {"Beschluss zum Programm 2027: angenommen"}


def test_the_director_hears_why_the_programme_came_back(house_at: HouseAt) -> None:
    house = house_at("internal_check")
    sent_by(house)

    house.step("return", "haushalt", reason="Die Summe für Beratung passt nicht zum Bescheid.")
    told = [m for m in sent_by(house) if m.occasion == "sent_back"]

    assert [m.account for m in told] == ["gf"]
    assert "passt nicht zum Bescheid" in told[0].text.replace("\n", " ")


def test_who_is_to_vote_again_hears_that_the_earlier_vote_does_not_count(house_at: HouseAt) -> None:
    house = house_at("resolution")
    sent_by(house)
    house.step("recall", "tv1", reason="Die Zahlen haben sich noch einmal geändert.")
    sent_by(house)

    house.advance("resolution")
    told = [m for m in sent_by(house) if m.occasion in {"ballot", "ballot_changed"}]

    assert {m.occasion for m in told} == {"ballot_changed"}


def test_a_deadline_that_moved_again_is_not_told_of_twice(house: House) -> None:
    task = house.session.scalars(select(Task).where(Task.programme_id == house.programme.id)).one()
    facts = {"old_on": DUE, "new_on": "2026-12-04", "reason": "Die Sitzung ist später.", "label": task.label}
    letter = Letter(Occasion.DEADLINE_MOVED, house.people["gf"], f"moved/{uuid4()}", facts, house.programme.id, task.id)
    queue(house.session, letter, at=house.tick())

    assert [m for m in sent_by(house) if m.occasion == "deadline_moved"] == []


def test_everybody_hears_of_the_publication_once(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")
    house.advance("in_force")
    sent_by(house)

    for _ in range(2):
        notices.published(house.session, house.session.get_one(Programme, house.programme.id), house.deed())
        house.tick(minutes=1)
    told = [m for m in sent_by(house) if m.occasion == "published"]

    assert len(told) == len({m.account for m in told}) >= 14


def test_no_mail_keeps_a_reason_that_has_gone(house_at: HouseAt) -> None:
    house = house_at("resolution")
    post = Post(house.session, house.jobcenter.id)
    post.tick(house.at)
    house.tick(hours=1)

    post.tick(house.at + timedelta(days=1))

    waiting = house.session.scalars(select(Mail).where(Mail.state == "waiting")).all()
    assert waiting == []
