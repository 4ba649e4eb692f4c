"""What a point of an opinion may be about."""

from __future__ import annotations

from jcflow.programmes.exchange.document import Document

WHOLE = "Ganzes Programm"


def references(document: Document) -> dict[str, str]:
    """Reference to its German name, in the order of the document; the empty one is the whole programme."""
    found = {"": WHOLE}
    for chapter in document.chapters:
        number = f" {chapter.number}" if chapter.number else ""
        found[f"chapters/{chapter.key}"] = f"Kapitel{number}: {chapter.title}"
    for table in document.budget_tables:
        for line in table.lines:
            found[f"budget_tables/{table.key}/{line.key}"] = f"Budget, {table.title}: {line.label}"
    for topics in document.topic_sets:
        for topic in topics.topics:
            if topic.selected:
                title = topic.local_title or topic.title
                found[f"topic_sets/{topics.key}/{topic.key}"] = f"Thema: {title}"
    return found
