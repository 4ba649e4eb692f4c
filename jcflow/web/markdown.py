"""Markdown as safe HTML: headings below the page's own, real tables, footnotes, and nothing that could run."""

from __future__ import annotations

import re

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape
from mdit_py_plugins.footnote import footnote_plugin

from jcflow.programmes.wording.references import REFERENCE, Figures

SCHEMES = ("http", "https", "mailto")
_SCHEME = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_INLINE = {"a", "br", "code", "em", "s", "strong", "sup"}
_BLOCKS = {"blockquote", "div", "hr", "li", "ol", "p", "pre", "section", "ul"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
TAGS = frozenset({*_INLINE, *_BLOCKS, *_TABLES, "h2", "h3", "h4", "h5", "h6"})
ATTRIBUTES = {
    "a": {"href", "id", "class", "aria-label", "title"},
    "code": set[str](),
    "div": {"class", "role", "tabindex", "aria-label"},
    "hr": {"class"},
    "li": {"id", "class"},
    "ol": {"class", "start"},
    "section": {"class"},
    "sup": {"class"},
    "table": {"class"},
    "td": {"class"},
    "th": {"class", "scope"},
}
_CLASSES = {
    "bullet_list_open": "kern-list kern-list--bullet",
    "ordered_list_open": "kern-list kern-list--number",
    "paragraph_open": "",
    "link_open": "jc-a",
    "blockquote_open": "jc-quote",
    "table_open": "kern-table kern-table--small jc-table",
    "tr_open": "kern-table__row",
    "th_open": "kern-table__header",
    "td_open": "kern-table__cell",
}
for _tag in ("ul", "ol", "blockquote", "tr", "pre"):
    ATTRIBUTES.setdefault(_tag, set()).add("class")


def render(text: str, *, shift: int = 2, prefix: str = "", figures: Figures | None = None) -> Markup:
    """The text as HTML that is safe to put on a page.

    Args:
        shift: Level of the heading above it on the page, 1 to 5; its own headings follow without gaps, none below h6.
        prefix: Keeps footnotes of several texts on one page apart; letters, digits and hyphens.
        figures: What references such as `{{Budget: mittel/egt}}` show; without it they stay as they were typed.
    """
    environment: dict[str, object] = {"shift": shift, "figures": figures, **({"docId": prefix} if prefix else {})}
    made = _MARKDOWN.render(_CONTROL.sub("", text), environment)
    clean = nh3.clean(
        made,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return Markup(clean)


def _refer(state: StateInline, silent: bool) -> bool:
    """A reference to a figure becomes a token of its own; its value is put in as plain text."""
    figures = state.env.get("figures")
    match = REFERENCE.match(state.src, state.pos, state.posMax)
    if match is None or not isinstance(figures, Figures):
        return False
    if not silent:
        value, known = figures.shown(match[1], match[2])
        token = state.push("text" if known else "missing_figure", "", 0)
        token.content = value
    state.pos = match.end()
    return True


def _missing(self: RendererHTML, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return f"<strong>{escape(tokens[idx].content)}</strong>"


def _settle(state: StateCore) -> None:
    """Give tokens the page's classes, levels and heads."""
    levels: list[int] = []
    tables = 0
    for place, token in enumerate(state.tokens):
        if token.type == "heading_open":
            token.tag = _heading(levels, int(token.tag[1]), int(state.env["shift"]))
            state.tokens[place + 2].tag = token.tag
        elif token.type == "table_open":
            tables += 1
            token.meta["number"] = tables
        elif token.type in {"th_open", "td_open"}:
            _settle_cell(state.tokens, place)
        _dress(token)
        for inner in token.children or ():
            _dress(inner)


def _heading(levels: list[int], level: int, shift: int) -> str:
    """A tag one level below the nearest heading above it, whatever steps the author left out."""
    while levels and levels[-1] >= level:
        levels.pop()
    levels.append(level)
    return f"h{min(6, shift + len(levels))}"


def _settle_cell(tokens: list[Token], place: int) -> None:
    cell, content = tokens[place], tokens[place + 1].content
    numeric = "right" in str(cell.attrs.pop("style", ""))
    if cell.tag == "th" and not content.strip():
        cell.tag = tokens[place + 2].tag = "td"
    elif cell.tag == "th":
        cell.attrSet("scope", "col")
    if numeric:
        cell.attrJoin("class", f"{_CLASSES[cell.type]}--numeric")


def _dress(token: Token) -> None:
    if _CLASSES.get(token.type):
        token.attrJoin("class", _CLASSES[token.type])


def _image(self: RendererHTML, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    """Pictures are figures of their own; of one inside a text only its words are kept."""
    return str(escape(self.renderInlineAsText(tokens[idx].children, options, env)))


def _table_open(self: RendererHTML, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    number = tokens[idx].meta["number"]
    frame = f'<div class="jc-tablewrap" role="group" tabindex="0" aria-label="Tabelle {number}">'
    return frame + self.renderToken(tokens, idx, options, env)


def _table_close(self: RendererHTML, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return self.renderToken(tokens, idx, options, env) + "</div>"


def _back(self: RendererHTML, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    name = self.rules["footnote_anchor_name"](tokens, idx, options, env)
    meta = tokens[idx].meta
    again = f":{meta['subId']}" if meta["subId"] > 0 else ""
    label = f"Zurück zur Textstelle von Fußnote {int(meta['id']) + 1}"
    return f' <a href="#fnref{name}{again}" class="jc-a" aria-label="{label}">↑</a>'


def _fence(self: RendererHTML, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return f'<pre class="jc-pre"><code>{escape(tokens[idx].content)}</code></pre>\n'


def _is_link(url: str) -> bool:
    return bool(_SCHEME.match(url.strip()))


def _make() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
    made.use(footnote_plugin)
    made.validateLink = _is_link  # type: ignore[method-assign]
    made.core.ruler.push("settle", _settle)
    made.inline.ruler.after("text", "figure_reference", _refer)
    for name, rule in (
        ("image", _image),
        ("missing_figure", _missing),
        ("table_open", _table_open),
        ("table_close", _table_close),
        ("footnote_anchor", _back),
        ("fence", _fence),
        ("code_block", _fence),
    ):
        made.add_render_rule(name, rule)
    return made


_MARKDOWN = _make()
