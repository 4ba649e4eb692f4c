"""Words that point to a table, a figure or a chapter which the programme does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jcflow.programmes.exchange.document import Document, FigureBlock, RegisterBlock, TableBlock, TextBlock
from jcflow.programmes.wording.hints import Hint, HintKind
from jcflow.programmes.wording.passages import passages

_NUMBER = r"(\d{1,3}(?:\.\d{1,3}){0,4})(?![\d%])"
_POINTER = re.compile(
    rf"(?<!\w)(Tabellen?|Tab\.|Abbildung(?:en)?|Abb\.|Kapiteln?s?|Kap\.|Abschnitte?n?s?|Abschn\.) {_NUMBER}"
)
_CAPTION = re.compile(rf"(?:\*|_|\s){{0,4}}(Tabelle|Tab\.|Abbildung|Abb\.) {_NUMBER}\s?[:.–-]")
_HEADING = re.compile(r"#{1,6} {1,3}(\d{1,3}(?:\.\d{1,3}){0,4})\.?\s")
_ELSEWHERE = re.compile(
    r"SGB|BHO|EinglMV|KKFV|Verordnung|Gesetz|Bundesagentur|\bIAB\b|Statistik|\bder BA\b|Anlage|Anhang|Vertrag|"
    r"Rahmenkonzept|Bericht|Leitfaden|Weisung|Vorjahr|Programms? 20\d\d|des Landes",
)
_WORDS = {"ta": "Tabelle", "ab": "Abbildung", "ka": "Kapitel"}


@dataclass(frozen=True, slots=True)
class Present:
    """The numbers of what is there, as texts; `chapters` is empty where no chapter has one."""

    tables: tuple[str, ...]
    figures: tuple[str, ...]
    chapters: tuple[str, ...]
    top: int
    """How many chapters stand on the first level."""


def present(document: Document) -> Present:
    """What the texts of a document may point to: by the numbers in captions where they have any, else by counting."""
    blocks = [block for chapter in document.chapters for block in chapter.blocks]
    tables = sum(isinstance(block, TableBlock | RegisterBlock) for block in blocks)
    figures = sum(isinstance(block, FigureBlock) for block in blocks)
    captions = [block.caption for block in blocks if isinstance(block, TableBlock | FigureBlock)]
    lines = [line for one in passages(document) for line in one.text.split("\n")]
    tables += sum(line.lstrip().startswith("|") and set(line) <= set("|-: \r") and "-" in line for line in lines)
    said: dict[str, list[str]] = {"Tabelle": [], "Abbildung": []}
    for text in (*captions, *lines):
        found = _CAPTION.match(text + ":" if text in captions else text)
        if found:
            said[_WORDS[found[1][:2].lower()]].append(found[2])
    numbers = [chapter.number.strip().rstrip(".") for chapter in document.chapters if chapter.number]
    texts = [block.markdown for block in blocks if isinstance(block, TextBlock)]
    numbers += [found[1] for text in texts for line in text.split("\n") if (found := _HEADING.match(line))]
    return Present(
        tuple(said["Tabelle"]) or tuple(str(n) for n in range(1, tables + 1)),
        tuple(said["Abbildung"]) or tuple(str(n) for n in range(1, figures + 1)),
        tuple(numbers),
        sum(chapter.parent is None for chapter in document.chapters),
    )


def pointer_hints(sentence: str, there: Present) -> Iterator[Hint]:
    """The pointers of a sentence that lead nowhere."""
    if _CAPTION.match(sentence):
        return
    for match in _POINTER.finditer(sentence):
        if _ELSEWHERE.search(sentence, match.end(), match.end() + 48) or sentence[: match.start()].endswith("§ "):
            continue
        short = match[1][:3].lower()
        if short in {"tab", "abb"}:
            right = _counted(match[2], *(("Tabelle", there.tables) if short == "tab" else ("Abbildung", there.figures)))
        else:
            right = _chapter(match[2], there)
        if right:
            yield Hint(HintKind.POINTER, match.start(), match.end(), right)


def _counted(number: str, word: str, known: tuple[str, ...]) -> str:
    if number in known:
        return ""
    if not known:
        return f"Das Programm hat keine {word}."
    span = f"{word} {known[0]}" if len(known) == 1 else f"{word} {known[0]} bis {known[-1]}"
    return f"{word} {number} gibt es nicht. Im Programm steht {span}."


def _chapter(number: str, there: Present) -> str:
    if number in there.chapters or (not there.chapters and int(number.partition(".")[0]) <= there.top):
        return ""
    if not there.chapters:
        return f"Kapitel {number} gibt es nicht. Die Kapitel tragen keine Nummern."
    parent = number
    while "." in parent:
        parent = parent.rpartition(".")[0]
        if parent in there.chapters:
            below = [known for known in there.chapters if known.startswith(f"{parent}.")]
            last = (
                f" Kapitel {parent} reicht bis {below[-1]}." if below else f" Kapitel {parent} hat keine Unterkapitel."
            )
            return f"Kapitel {number} gibt es nicht.{last}"
    tops = [known for known in there.chapters if "." not in known]
    return f"Kapitel {number} gibt es nicht. Das letzte Kapitel ist {(tops or there.chapters)[-1]}."
