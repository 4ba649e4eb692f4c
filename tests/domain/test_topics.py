"""Topic sets: choosing, ordering and reasoning."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jcflow.audit.trail import record
from jcflow.errors import BadInput, NotFound, Stale
from jcflow.procedure import Area
from jcflow.programmes import topics
from jcflow.programmes.completeness import topic_obstacles
from jcflow.programmes.live import document_of
from jcflow.programmes.topics import Choice, Topic, TopicSet
from tests.factories import House

REASON = "Der Beirat hat darum gebeten."


def katalog(house: House) -> TopicSet:
    """The catalogue: choose one of two."""
    return topics.topic_set(house.session, house.programme, "katalog")


def rows(house: House, within: TopicSet | None = None) -> list[Topic]:
    """The topics of a set in their order."""
    one = within or katalog(house)
    return topics.topics_of(house.session, house.programme).get(one.id, [])


def choices(house: House, within: TopicSet | None = None) -> list[Choice]:
    """The topics as a form shows them."""
    return [Choice(t.key, t.version, t.selected, t.rank) for t in rows(house, within)]


def save(house: House, typed: list[Choice], reason: str = "", within: TopicSet | None = None) -> int:
    """Save the form."""
    deed = house.editing(Area.TOPICS, reason=reason)
    return topics.save_choices(house.session, house.programme, within or katalog(house), typed, deed)


def free_set(house: House) -> TopicSet:
    """A free list with three topics, in the order they were ranked."""
    made = topics.add_set(house.session, house.programme, " Eigene   Themen ", house.editing(Area.TOPICS))
    typed = [Choice(None, 0, True, rank, title) for rank, title in enumerate(["Digitales", "Wohnen", "Gesundheit"], 1)]
    save(house, typed, within=made)
    return made


def test_a_choice_sent_back_unchanged_changes_nothing(house: House) -> None:
    assert save(house, choices(house)) == 0


def test_another_topic_is_chosen(house: House) -> None:
    first, second = choices(house)

    changed = save(house, [replace(first, selected=False), replace(second, selected=True, rank=1)])

    assert changed == 2
    assert [(t.key, t.selected, t.rank) for t in rows(house)] == [("jugend", False, None), ("sprache", True, 1)]


def test_a_topic_that_is_not_chosen_has_no_rank(house: House) -> None:
    first, second = choices(house)

    save(house, [replace(first, selected=False, rank=5), second])

    assert rows(house)[0].rank is None


def test_more_than_the_set_allows_are_refused(house: House) -> None:
    first, second = choices(house)

    with pytest.raises(BadInput, match="Wählen Sie genau 1 Themen, gewählt sind 2") as refused:
        save(house, [first, replace(second, selected=True)])

    assert set(refused.value.problems) == {"topics"}


def test_fewer_may_be_saved_but_not_submitted(house: House) -> None:
    first, second = choices(house)
    save(house, [replace(first, selected=False), second])

    problems = topic_obstacles(document_of(house.session, house.programme))

    assert problems == [
        "Wählen Sie genau 1 von 2 Themen, gewählt sind 0.",
        "Es ist noch kein Schwerpunktthema gewählt.",
    ]


def test_a_fixed_catalogue_neither_grows_nor_shrinks(house: House) -> None:
    first, second = choices(house)

    with pytest.raises(BadInput, match="Dieser Katalog ist fest"):
        save(house, [first, second, Choice(None, 0, False, None, "Neu")])
    with pytest.raises(BadInput, match="Dieser Katalog ist fest"):
        save(house, [first, replace(second, removed=True)])

    assert len(rows(house)) == 2


def test_a_free_list_grows_and_shrinks(house: House) -> None:
    own = free_set(house)
    first, *others = choices(house, own)

    save(house, [*others, replace(first, removed=True), Choice(None, 0, False, None, "Digitales")], within=own)

    assert own.title == "Eigene Themen"
    assert [t.key for t in rows(house, own)] == ["wohnen", "gesundheit", "digitales-2"]


@pytest.mark.parametrize("title", ["", "   ", "x" * 301])
def test_topics_and_sets_need_a_title(house: House, title: str) -> None:
    own = free_set(house)

    with pytest.raises(BadInput, match="Titel"):
        save(house, [Choice(None, 0, False, None, title)], within=own)
    with pytest.raises(BadInput, match="Titel"):
        topics.add_set(house.session, house.programme, title, house.editing(Area.TOPICS))


def test_topics_are_ranked(house: House) -> None:
    own = free_set(house)

    save(house, [replace(c, rank=4 - (c.rank or 0)) for c in choices(house, own)], within=own)

    assert {t.key: t.rank for t in rows(house, own)} == {"digitales": 3, "wohnen": 2, "gesundheit": 1}


def test_a_topic_of_another_set_or_named_twice_is_none(house: House) -> None:
    first, second = choices(house)

    with pytest.raises(NotFound):
        save(house, [first, replace(second, key="fremd")])
    with pytest.raises(NotFound):
        save(house, [first, second, replace(second, selected=True)])
    with pytest.raises(NotFound):
        topics.topic_set(house.session, house.programme, "fremd")
    with pytest.raises(NotFound):
        topics.topic(house.session, katalog(house), "fremd")


def test_what_another_chose_since_is_refused(house: House) -> None:
    first, second = choices(house)
    save(house, [replace(first, selected=False), second])

    with pytest.raises(Stale) as stale:
        save(house, [replace(first, rank=2), second])

    assert str(stale.value) == "Das Thema „Jugend“ wurde inzwischen von jemand anderem geändert."
    assert (stale.value.mine["selected"], stale.value.theirs["selected"]) == (True, False)


def test_a_topic_gets_its_own_words(house: House) -> None:
    one = rows(house)[1]

    topics.save_topic(
        house.session,
        house.programme,
        one,
        local_title="Sprache und Beruf",
        reason="Weil es fehlt.",
        approach="",
        deed=house.editing(Area.TOPICS),
    )

    assert (one.local_title, one.reason, one.approach) == ("Sprache und Beruf", "Weil es fehlt.", None)


def test_after_the_first_submission_a_change_needs_a_reason(house: House) -> None:
    house.advance("disposition")
    first, second = choices(house)
    other = [replace(first, selected=False), replace(second, selected=True, rank=1)]

    with pytest.raises(BadInput, match="Begründen Sie die Änderung"):
        save(house, other, "zu kurz")
    with pytest.raises(BadInput, match="Begründen Sie die Änderung"):
        topics.save_topic(
            house.session,
            house.programme,
            rows(house)[0],
            local_title=None,
            reason="Anders.",
            approach=None,
            deed=house.editing(Area.TOPICS),
        )
    assert save(house, choices(house)) == 0
    assert save(house, other, REASON) == 2


def test_a_proposal_that_is_chosen_or_edited_is_none_any_more(house: House) -> None:
    own = free_set(house)
    proposed = rows(house, own)
    for one in proposed:
        record(house.session, one, house.deed(), proposed=True, selected=False, rank=None)

    first, *_ = choices(house, own)
    save(house, [replace(first, selected=True, rank=1)], within=own)
    topics.save_topic(
        house.session,
        house.programme,
        proposed[1],
        local_title=None,
        reason="Neu begründet.",
        approach=None,
        deed=house.editing(Area.TOPICS),
    )

    assert [t.proposed for t in rows(house, own)] == [False, False, True]
