"""From the wording of a mail to its subject, text and HTML.

A template below `templates/mail` holds the wording once, so that text and HTML say the same. It is made of paragraphs
with a blank line between them; how a paragraph begins says what it is:

    Betreff: subject                    Vorschau: what a list of mails shows below the subject
    # heading                           ## heading further down
    ! the deadline                      - one entry of a list (the next one on the next line)
    [Button](/path)                     Grund: why this person gets this mail
    | one line, kept as it is (the next one on the next line)

Every path is put behind the site's own address; no other address comes into a mail as a link (T8).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from jcflow.config import data_dir
from jcflow.reminders import wording

WIDTH = 72
"""Characters of a line of text; an address is never broken."""

_LINK = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<path>/[^\s)]*)\)")
_WORD_GAPS = re.compile(r"[ \t\n]+")


@dataclass(frozen=True)
class Part:
    """One paragraph of a mail."""

    kind: str
    """`paragraph`, `heading`, `further`, `deadline`, `list`, `verbatim` or `button`."""
    words: str
    entries: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True)
class Wording:
    """A mail before it is laid out."""

    subject: str
    preview: str
    because: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Sender:
    """On whose behalf a mail is written, and where one may ask."""

    house: str
    contact: str
    """One line: telephone, hours, address."""
    base_url: str
    settings_path: str = "/account/notifications"


def composed(name: str, facts: Mapping[str, object], greeting: str, sender: Sender) -> tuple[str, str, str]:
    """Subject, text and HTML of a mail from the template `name` and what it is about."""
    said = _read(_templates().get_template(f"{name}.txt").render({k: _fit(v) for k, v in facts.items()}))
    given = {"said": said, "greeting": wording.one_line(greeting), "sender": sender}
    return said.subject, _as_text(said, str(given["greeting"]), sender), _layout().render(given)


def _fit(fact: object) -> object:
    if isinstance(fact, list | tuple):
        return [_fit(each) for each in fact]
    if isinstance(fact, Mapping):
        return {name: _fit(each) for name, each in fact.items()}
    return wording.one_line(fact)


@cache
def _templates() -> Environment:
    # Plain text: only the layout of the HTML part escapes.
    made = Environment(
        loader=FileSystemLoader(data_dir("templates") / "mail"),
        autoescape=lambda name: str(name).endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    words = (wording.long_day, wording.short_day, wording.table_day, wording.clock_time, wording.counted)
    made.filters |= {word.__name__: word for word in (*words, wording.days_left, wording.in_a_row)}
    return made


@cache
def _layout() -> Template:
    return _templates().get_template("layout.html")


def _read(rendered: str) -> Wording:
    parts, named = [], {}
    for block in re.split(r"\n\s*\n", rendered.strip()):
        head, _, rest = block.strip().partition(": ")
        if head in {"Betreff", "Vorschau", "Grund"}:
            named[head] = _joined(rest)
        elif block.strip():
            parts.append(_part(block.strip()))
    subject = wording.fitted(named["Betreff"])
    return Wording(subject, named.get("Vorschau", ""), named["Grund"], tuple(parts))


def _part(block: str) -> Part:
    link = _LINK.fullmatch(_joined(block))
    if link:
        return Part("button", link["label"], path=link["path"])
    for mark, kind in (("## ", "further"), ("# ", "heading"), ("! ", "deadline")):
        if block.startswith(mark):
            return Part(kind, _joined(block.removeprefix(mark)))
    if block.startswith("| "):
        return Part("verbatim", "", tuple(line[2:] for line in block.splitlines()))
    if block.startswith("- "):
        return Part("list", "", tuple(_joined(entry) for entry in re.split(r"(?:^|\n)- ", block) if entry))
    return Part("paragraph", _joined(block))


def _joined(words: str) -> str:
    return _WORD_GAPS.sub(" ", words).strip()


def _as_text(said: Wording, greeting: str, sender: Sender) -> str:
    settings = f"Benachrichtigungen ändern: {sender.base_url}{sender.settings_path}"
    ends = [f"Fragen? {sender.contact}", said.because]
    written = [_filled(greeting), *_body(said, sender), *(_filled(end) for end in ends), settings]
    return "\n\n".join(written) + "\n"


def _body(said: Wording, sender: Sender) -> Iterator[str]:
    for part in said.parts:
        if part.kind == "button":
            yield f"{part.words}:\n{sender.base_url}{part.path}"
        elif part.kind == "list":
            yield "\n".join(_filled(entry, "- ", "  ") for entry in part.entries)
        elif part.kind == "verbatim":
            yield "\n".join(part.entries)
        elif part.kind == "deadline":
            yield _filled(part.words, "    ", "    ")
        elif part.kind != "heading":
            yield _filled(part.words)


def _filled(words: str, first: str = "", further: str = "") -> str:
    return textwrap.fill(
        words,
        WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
