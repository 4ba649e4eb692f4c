"""Markdown on pages: what it may become, and that nothing in it runs."""

from __future__ import annotations

import re

import pytest

from jcflow.cli.demo.content import documents
from jcflow.programmes.wording.references import Figures
from jcflow.web.markdown import render

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](vbscript:msgbox(1))",
    "[a](file:///etc/passwd)",
    "[a](//boese.example/x)",
    "[a](/logout)",
    "![a](javascript:alert(1))",
    "![a](https://boese.example/zaehler.png)",
    "<javascript:alert(1)>",
    '[a](https://x.example "\\" onmouseover=alert(1) x=\\"")',
    "[a]: javascript:alert(1)\n\n[a]",
    "`<img src=x onerror=alert(1)>`",
    '```"><script>alert(1)</script>\nx\n```',
    "```html onload=alert(1)\n<b>\n```",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "text[^<script>]\n\n[^<script>]: <script>alert(1)</script>",
    "[^a]: x\n\n<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{background:url(https://boese.example)}</style>",
    "<!--<script>-->alert(1)<!--</script>-->",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "# <script>alert(1)</script>",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<form action=https://boese.example><input name=q></form>",
    '[a](https://x.example/"onclick=alert(1))',
)
TAG = re.compile(r"<[a-zA-Z/][^>]*>")


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_in_a_text_runs_or_reaches_out(text: str) -> None:
    made = str(render(text))

    for tag in TAG.findall(made):
        bare = re.sub(r'"[^"]*"', '""', tag)
        assert not re.match(
            r"</?(script|img|svg|iframe|style|form|input|math|details|object|embed|link|meta)", tag, re.I
        )
        assert not re.search(r"\son\w+\s*=|\sstyle\s*=|\ssrc\s*=", bare, re.I)
        for address in re.findall(r'href="([^"]*)"', tag):
            assert address.startswith(("https://", "http://", "mailto:", "#fn"))


def test_headings_stand_below_the_heading_of_the_page_without_gaps() -> None:
    made = render("# Erste\n\n#### Tiefe\n\n## Zweite\n\n###### Tiefer", shift=3)

    assert re.findall(r"<(h\d)>", made) == ["h4", "h5", "h5", "h6"]


def test_no_heading_is_deeper_than_h6() -> None:
    assert re.findall(r"<(h\d)>", render("# a\n\n## b\n\n### c", shift=5)) == ["h6", "h6", "h6"]


def test_a_table_has_head_cells_with_a_scope_and_can_be_scrolled_with_the_keyboard() -> None:
    made = render("| Ziel | Wert |\n|---|--:|\n| Integration | 24,5 |")

    assert made.count('scope="col"') == 2
    assert 'tabindex="0"' in made
    assert "kern-table__cell--numeric" in made


def test_an_empty_head_cell_is_no_head() -> None:
    assert render("| a | |\n|---|---|\n| 1 | 2 |").count("<th ") == 1


def test_footnotes_of_two_texts_do_not_share_their_ids() -> None:
    text = "Wort[^1]\n\n[^1]: Anmerkung"

    ids = [set(re.findall(r'id="([^"]+)"', render(text, prefix=prefix))) for prefix in ("b1-1", "b1-2")]

    assert len(ids[0]) == 2
    assert not ids[0] & ids[1]


def test_a_picture_inside_a_text_leaves_its_words() -> None:
    assert "<img" not in render("![Karte des Kreises](https://x.example/karte.png)")
    assert "Karte des Kreises" in render("![Karte des Kreises](https://x.example/karte.png)")


def test_links_lead_out_without_telling_where_from() -> None:
    assert 'rel="noopener noreferrer nofollow"' in render("[Gesetz](https://gesetze.example/sgb2)")
    assert 'href="mailto:buero@paderborn.example"' in render("[Büro](mailto:buero@paderborn.example)")


def test_struck_text_is_marked() -> None:
    assert "<s>alt</s>" in render("~~alt~~")


SUMS = Figures(documents()[0], inside=True)
EGT = "{{Budget: eingliederungstitel/zuteilung}}"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (f"Es sind **{EGT}**.", "<strong>rund 15.832.243\u00a0€</strong>"),
        (f"| a |\n|---|\n| {EGT} |", ">rund 15.832.243\u00a0€</td>"),
        (f"[{EGT}](https://jcflow.example)", ">rund 15.832.243\u00a0€</a>"),
        (f"`{EGT}`", f"<code>{EGT}</code>"),
        ("{{Budget: <b>/x}}", "<strong>[unbekannte Zahl: Budget: &lt;b&gt;/x]</strong>"),
        ("{{Budget: a_b_c/d_e_f}}", "<strong>[unbekannte Zahl: Budget: a_b_c/d_e_f]</strong>"),
    ],
)
def test_a_figure_is_put_in_as_plain_text_and_never_as_markup(text: str, html: str) -> None:
    assert html in render(text, figures=SUMS).replace("&nbsp;", "\u00a0")


def test_without_figures_a_reference_stays_as_it_was_typed() -> None:
    assert EGT in render(EGT)
