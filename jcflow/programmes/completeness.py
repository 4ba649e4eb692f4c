"""What is still missing before a draft may be submitted, as sentences for the screen."""

from __future__ import annotations

from jcflow.programmes.checks import topic_problems
from jcflow.programmes.exchange.document import Block, Chapter, Document, TextBlock


def empty_chapters(document: Document) -> list[Chapter]:
    """Leaf chapters without content. A chapter that has others below it, a figure or a register counts as filled."""
    parents = {c.parent for c in document.chapters}
    return [c for c in document.chapters if c.key not in parents and not any(_is_filled(b) for b in c.blocks)]


def _is_filled(block: Block) -> bool:
    return not isinstance(block, TextBlock) or bool(block.markdown.strip())


def chapter_obstacles(document: Document) -> list[str]:
    """One sentence that names the empty chapters, or none."""
    empty = empty_chapters(document)
    if not document.chapters:
        return ["Das Programm hat noch kein Kapitel."]
    if not empty:
        return []
    named = ", ".join(f"„{c.number + ' ' if c.number else ''}{c.title}“" for c in empty[:5])
    more = f" und {len(empty) - 5} weitere" if len(empty) > 5 else ""
    return [f"Ohne Inhalt: {named}{more}."]


def topic_obstacles(document: Document) -> list[str]:
    """A sentence for each topic set whose rule is not met, and for a programme with sets but no chosen topic."""
    problems = [fault.reason for fault in topic_problems(document)]
    if document.topic_sets and not any(t.selected for s in document.topic_sets for t in s.topics):
        problems.append("Es ist noch kein Schwerpunktthema gewählt.")
    return problems
