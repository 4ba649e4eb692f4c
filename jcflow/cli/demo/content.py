"""What the demo shows: the real figures of `jcflow/data`, and texts written for it beside them."""

from __future__ import annotations

from pathlib import Path

from jcflow.errors import BadConfiguration, BadFile, Fault
from jcflow.programmes.exchange import source
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import as_data, canonical

DATA = Path(__file__).parents[2] / "data"
FILES = ("paderborn-2022.yaml", "herford-2022.yaml", "ennepe-ruhr-2023.yaml")


def documents() -> list[Document]:
    """The programmes of the demo, every chapter with its text.

    Raises:
        BadConfiguration: A file is missing in the installation.
        BadFile: A text belongs to no chapter, or is none of the exchange format.
    """
    return [_with_texts(read(_bytes(DATA / name), name), name) for name in FILES]


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise BadConfiguration(f"Die Datei {file} fehlt. Bitte installieren Sie jcflow noch einmal.") from error


def _with_texts(document: Document, name: str) -> Document:
    blocks = source.load(_bytes(DATA / "texts" / name))
    assert isinstance(blocks, dict)
    strange = sorted(set(blocks) - {chapter.key for chapter in document.chapters})
    if strange:
        raise BadFile(f"texts/{name}", [Fault(key, "Zu diesem Text gibt es kein Kapitel.") for key in strange])
    data = as_data(document)
    chapters = data["chapters"]
    assert isinstance(chapters, list)
    data["chapters"] = [{**c, "blocks": blocks.get(c["key"], [])} for c in chapters]
    return read(canonical(data), f"texts/{name}")
