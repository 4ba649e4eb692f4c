"""Focus topics: which are chosen, in what order, why, and how they are approached."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.errors import BadInput, Stale
from jcflow.procedure import Area
from jcflow.programmes import topics
from jcflow.programmes.checks import topic_problems
from jcflow.programmes.exchange import document as doc
from jcflow.programmes.live import document_of
from jcflow.programmes.ordering import restore
from jcflow.programmes.programme import EDITORS, Programme, check_columns, check_version, may_edit
from jcflow.programmes.topics import Topic, TopicSet
from jcflow.programmes.wording.references import Figures
from jcflow.web import topic_form
from jcflow.web.database import db
from jcflow.web.guard import READERS, open_to
from jcflow.web.markdown import render
from jcflow.web.programme_pages import gone, is_insider, load, page, readable_document
from jcflow.web.reasons import attach, editing
from jcflow.web.row_conflicts import conflict
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed
from jcflow.web.visitors import me

pages = Blueprint("topics", __name__)

LONGEST_TITLE, LONGEST_TEXT = 300, 50_000


@dataclass(frozen=True)
class SetView:
    """A set as it is read."""

    one: doc.TopicSet
    chosen: tuple[doc.Topic, ...]
    others: tuple[doc.Topic, ...]
    proposed: frozenset[str]
    """Keys of topics that are still only proposals from last year."""

    @property
    def rule(self) -> str:
        """How many topics are to be chosen and how many are."""
        chosen = f"{len(self.chosen)} von {len(self.one.topics)} gewählt"
        if self.one.choose is None:
            return f"Freie Liste, {chosen}."
        catalogue = f" von {self.one.of}" if self.one.of else ""
        return f"Zu wählen sind genau {self.one.choose}{catalogue} Themen, {chosen}."


@pages.get("/programmes/<slug>/topics")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """Every set with its chosen topics in their order, then the others."""
    programme = load(slug)
    document, version = readable_document(programme)
    is_open = version is None and may_edit(programme, Area.TOPICS, me().actor)
    return page(
        "topics/show.html",
        programme,
        "Themen",
        sets=[_view(programme, one) for one in document.topic_sets],
        problems=[fault.reason for fault in topic_problems(document)],
        removed=_removed(programme) if is_open else [],
        version=version,
        insider=is_insider(),
        render=partial(render, figures=Figures(document, inside=version is None)),
        may_edit=is_open,
    )


def _removed(programme: Programme) -> list[tuple[str, str]]:
    """Name and address of each topic that can be brought back."""
    gone_of = topics.topics_of(db.session(), programme, removed=True)
    return [
        (one.title, url_for("topics.confirm_return", slug=programme.slug, key=within.key, topic=one.key))
        for within in topics.sets_of(db.session(), programme)
        for one in gone_of.get(within.id, [])
    ]


def _view(programme: Programme, one: doc.TopicSet) -> SetView:
    ranked = sorted((t for t in one.topics if t.selected), key=lambda t: t.order or len(one.topics))
    rows = topics.topics_of(db.session(), programme) if is_insider() else {}
    within = next((s for s in topics.sets_of(db.session(), programme) if s.key == one.key), None)
    proposed = {t.key for t in rows.get(within.id, []) if t.proposed} if within else set()
    return SetView(one, tuple(ranked), tuple(t for t in one.topics if not t.selected), frozenset(proposed))


@pages.get("/programmes/<slug>/topics/new")
@open_to(*EDITORS)
def new(slug: str) -> ResponseReturnValue:
    """A further list of topics."""
    programme = load(slug)
    editing(programme, Area.TOPICS, reason_needed=False)
    return page("topics/new.html", programme, "Themenliste anlegen", title_typed="")


@pages.post("/programmes/<slug>/topics/new")
@open_to(*EDITORS)
def add(slug: str) -> ResponseReturnValue:
    """Add the list."""
    programme, title = load(slug), request.form.get("title", "")
    try:
        made = topics.add_set(db.session(), programme, title, editing(programme, Area.TOPICS, reason_needed=False))
    except BadInput as error:
        shown = page("topics/new.html", programme, "Themenliste anlegen", title_typed=title, errors=error.problems)
        return shown, 422
    return redirect(url_for("topics.edit", slug=slug, key=made.key), 303)


@pages.get("/programmes/<slug>/topics/<key>/edit")
@open_to(*EDITORS)
def edit(slug: str, key: str) -> ResponseReturnValue:
    """The whole set as one form."""
    programme = load(slug)
    editing(programme, Area.TOPICS, reason_needed=False)
    within = topics.topic_set(db.session(), programme, key)
    return _form(programme, within, topic_form.saved(topics.topics_of(db.session(), programme).get(within.id, [])))


def _form(
    programme: Programme, within: TopicSet, lines: list[topic_form.Typed], errors: dict[str, str] | None = None
) -> str:
    return page(
        "topics/edit.html",
        programme,
        "Themen wählen",
        within=within,
        lines=lines,
        errors=errors or {},
        reason=request.form.get("reason", ""),
    )


@pages.post("/programmes/<slug>/topics/<key>/edit/preview")
@open_to(*EDITORS, one_time=False)
def more(slug: str, key: str) -> ResponseReturnValue:
    """The form again with room for one topic more; nothing is saved."""
    programme = load(slug)
    editing(programme, Area.TOPICS, reason_needed=False)
    within = topics.topic_set(db.session(), programme, key)
    lines = topic_form.typed(topics.topics_in(db.session(), within), drop_blank=False)
    return _form(programme, within, [*lines, topic_form.Typed()])


@pages.post("/programmes/<slug>/topics/<key>/edit")
@open_to(*EDITORS)
def save(slug: str, key: str) -> ResponseReturnValue:
    """Save what is chosen and in what order, under one reason."""
    programme, session = load(slug), db.session()
    within = topics.topic_set(session, programme, key)
    present = topics.topics_in(session, within)
    lines = topic_form.typed(present)
    try:
        deed = editing(programme, Area.TOPICS, reason_needed=False)
        wanted = topic_form.settled(topic_form.choices(lines), present)
        changed = topics.save_choices(session, programme, within, wanted, deed)
        attach(programme, deed, changed)
    except BadInput as error:
        return _form(programme, within, lines, error.problems), 422
    except Stale:
        clashes, back = topic_form.clashes(wanted, present), url_for("topics.edit", slug=slug, key=key)
        return conflict(clashes, back=back, with_file=True), 409
    text = "Gespeichert. Die Änderungen stehen im Verlauf." if changed else "Es gab nichts zu speichern."
    flash(text, "success" if changed else "info")
    return redirect(url_for("topics.show", slug=slug), 303)


@pages.get("/programmes/<slug>/topics/<key>/<topic>/edit")
@open_to(*EDITORS)
def edit_topic(slug: str, key: str, topic: str) -> ResponseReturnValue:
    """The words of one topic."""
    programme, one = _topic(slug, key, topic)
    typed = {"local_title": one.local_title, "why": one.reason, "approach": one.approach, "reason": ""}
    return _topic_form(programme, one, key, {name: text or "" for name, text in typed.items()})


def _topic(slug: str, key: str, topic: str) -> tuple[Programme, Topic]:
    """The programme and the topic, if the visitor may change it now."""
    programme = load(slug)
    editing(programme, Area.TOPICS, reason_needed=False)
    found = topics.topic(db.session(), topics.topic_set(db.session(), programme, key), topic)
    if found.removed:
        raise gone("Das Thema", "Themen")
    return programme, found


def _topic_form(
    programme: Programme,
    one: Topic,
    key: str,
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
    *,
    preview: bool = False,
) -> str:
    shown = partial(render, figures=Figures(document_of(db.session(), programme), inside=True)) if preview else render
    facts = {"one": one, "key": key, "typed": typed, "errors": errors or {}, "preview": preview, "render": shown}
    return page("topics/topic.html", programme, "Thema bearbeiten", **facts)


@pages.post("/programmes/<slug>/topics/<key>/<topic>/edit/preview")
@open_to(*EDITORS, one_time=False)
def preview_topic(slug: str, key: str, topic: str) -> ResponseReturnValue:
    """The form again, with its texts as they will be read; nothing is saved."""
    programme, one = _topic(slug, key, topic)
    return _topic_form(programme, one, key, Typed("local_title", "why", "approach", "reason").values, preview=True)


@pages.post("/programmes/<slug>/topics/<key>/<topic>/edit")
@open_to(*EDITORS)
def save_topic(slug: str, key: str, topic: str) -> ResponseReturnValue:
    """Save the words."""
    programme, one = _topic(slug, key, topic)
    form = Typed("local_title", "why", "approach", "reason")
    title, why, approach = " ".join(form.values["local_title"].split()), form.values["why"], form.values["approach"]
    mine: dict[str, object] = {"local_title": title or None, "reason": why or None, "approach": approach or None}
    try:
        _check_lengths(form, title)
        check_columns(db.session(), one, typed_version(), f"Das Thema „{one.title}“", mine)
        deed = editing(programme, Area.TOPICS, reason_needed=False)
        topics.save_topic(db.session(), programme, one, local_title=title, reason=why, approach=approach, deed=deed)
        attach(programme, deed, 1)
    except BadInput as error:
        return _topic_form(programme, one, key, form.values, error.problems), 422
    flash("Gespeichert. Die Änderung steht im Verlauf.", "success")
    return redirect(url_for("topics.show", slug=slug), 303)


@pages.get("/programmes/<slug>/topics/<key>/<topic>/restore")
@open_to(*EDITORS)
def confirm_return(slug: str, key: str, topic: str) -> ResponseReturnValue:
    """What bringing the topic back means."""
    programme = load(slug)
    editing(programme, Area.TOPICS, reason_needed=False)
    return _return_form(programme, topics.topic(db.session(), topics.topic_set(db.session(), programme, key), topic))


def _return_form(programme: Programme, one: Topic, error: str | None = None) -> str:
    facts = {"one": one, "reason": request.form.get("reason", ""), "errors": {"reason": error} if error else {}}
    return page("topics/return.html", programme, "Wiederherstellen", **facts)


@pages.post("/programmes/<slug>/topics/<key>/<topic>/restore")
@open_to(*EDITORS)
def bring_back(slug: str, key: str, topic: str) -> ResponseReturnValue:
    """Bring a removed topic back."""
    programme = load(slug)
    one = topics.topic(db.session(), topics.topic_set(db.session(), programme, key), topic)
    check_version(one, typed_version(), f"Das Thema „{one.title}“", {})
    try:
        restore(db.session(), one, editing(programme, Area.TOPICS))
    except BadInput as error:
        return _return_form(programme, one, str(error)), 422
    flash("Wiederhergestellt.", "success")
    return redirect(url_for("topics.show", slug=slug), 303)


def _check_lengths(form: Typed, title: str) -> None:
    if len(title) > LONGEST_TITLE:
        form.problems["local_title"] = f"Kürzen Sie den Titel auf höchstens {LONGEST_TITLE} Zeichen."
    for name in ("why", "approach"):
        if len(form.values[name]) > LONGEST_TEXT:
            form.problems[name] = "Kürzen Sie den Text auf höchstens 50.000 Zeichen."
    form.check()
