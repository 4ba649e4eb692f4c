"""One topic with everything that ever happened to it."""

from __future__ import annotations

from functools import partial

from flask import Blueprint
from flask.typing import ResponseReturnValue

from jcflow.procedure import Area
from jcflow.programmes import topics
from jcflow.programmes.exchange import document as doc
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import INSIDERS, may_edit
from jcflow.programmes.wording.references import Figures
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.markdown import render
from jcflow.web.programme_pages import load, page
from jcflow.web.stories import about_topic, held, story
from jcflow.web.visitors import me

pages = Blueprint("topic_story", __name__)


@pages.get("/programmes/<slug>/topics/<key>/<topic>")
@open_to(*sorted(INSIDERS))
def show(slug: str, key: str, topic: str) -> ResponseReturnValue:
    """The topic as it stands, as each version holds it, and its story."""
    programme, session = load(slug), db.session()
    within = topics.topic_set(session, programme, key)
    one = topics.topic(session, within, topic)

    def pick(document: doc.Document) -> doc.Topic | None:
        mine = (t for chosen in document.topic_sets if chosen.key == key for t in chosen.topics)
        return next((t for t in mine if t.key == topic), None)

    return page(
        "topics/story.html",
        programme,
        "Thema",
        within=within,
        one=one,
        versions=held(session, programme, pick),
        days=story(session, programme, about_topic(session, programme, within, one)),
        may_edit=may_edit(programme, Area.TOPICS, me().actor),
        render=partial(render, figures=Figures(document_of(session, programme), inside=True)),
    )
