"""Programmes as files of the exchange format: `import`, `export`, `check`."""

from __future__ import annotations

from pathlib import Path

import click

from jcflow import clock, database
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.cli.connections import command_line, ready, served_house
from jcflow.cli.everything import print_everything
from jcflow.cli.german import Command, misuse, stop
from jcflow.config import Settings
from jcflow.errors import NotFound
from jcflow.process.guards import in_words
from jcflow.process.opening import import_document
from jcflow.programmes.checks import Column
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import write
from jcflow.programmes.identities.checking import all_differences, check
from jcflow.programmes.identities.results import Outcome
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import all_programmes, by_slug

FILE = click.Path(path_type=Path)

COLUMNS: dict[Column, str] = {
    "amount": "Planjahr",
    "prior_amount": "Vorjahr",
    "planned": "geplant",
    "prior": "Vorjahr",
    "total": "insgesamt",
}

OUTCOMES = {Outcome.HOLDS: "stimmt.", Outcome.INFORMATION: "zur Kenntnis.", Outcome.NOT_CHECKABLE: "nicht prüfbar."}


def content_of(file: Path) -> bytes:
    """The bytes of a file named on the command line; ends the command where it cannot be read."""
    if not file.is_file():
        misuse(f"Die Datei {file} gibt es nicht.")
    try:
        return file.read_bytes()
    except OSError:
        misuse(f"Die Datei {file} lässt sich nicht lesen.")


def document_in(file: Path) -> Document:
    """The programme in a file.

    Raises:
        BadFile: With every place and reason.
    """
    return read(content_of(file), file.name)


@click.command("import", cls=Command)
@click.argument("file", type=FILE, metavar="FILE")
def import_command(file: Path) -> None:
    """Ein Programm aus einer Datei einlesen: ganz oder gar nicht."""
    settings = Settings.from_environ()
    document = document_in(file)
    with ready(settings) as engine, database.writing(engine) as session:
        programme = import_document(session, document, command_line(clock.now()))
        house = session.get_one(Jobcenter, programme.jobcenter_id)
        said = f"Eingelesen: {programme.title} ({house.name}). Abrufen: --jobcenter {house.key} --programme "
        said += programme.slug
    click.echo(said)


@click.command("export", cls=Command)
@click.option("--jobcenter", "name", metavar="NAME", help="Name oder Kurzname, zum Beispiel paderborn.")
@click.option("--programme", "slug", metavar="SLUG", help="Zeitraum, zum Beispiel 2022.")
@click.option("--all", "everything", is_flag=True, help="Alles, was die Datenbank hält, als Zeilen in JSON.")
def export_command(name: str | None, slug: str | None, everything: bool) -> None:
    """Ein Programm als Datei ausgeben, auf die Standardausgabe.

    Mit --all den ganzen Bestand, auf Wunsch nur den eines Jobcenters: jede Zeile jeder Tabelle außer den Kennwörtern,
    dazu die Verfahren. Die Ausgabe enthält Namen und Stimmen: Bewahren Sie sie so sicher auf wie die Datenbank.
    """
    if everything and slug is not None:
        misuse("--all und --programme passen nicht zusammen.")
    if everything:
        print_everything(name)
    elif name is None:
        misuse("Es fehlt: --jobcenter.")
    elif slug is None:
        misuse("Es fehlt: --programme.")
    else:
        _print_programme(name, slug)


def _print_programme(name: str, slug: str) -> None:
    with ready(Settings.from_environ()) as engine, database.reading(engine) as session:
        house = served_house(session, name)
        try:
            programme = by_slug(session, slug)
        except NotFound:
            known = ", ".join(one.slug for one in all_programmes(session))
            stop(f"{house.name} hat kein Programm „{slug}“. Vorhanden sind: {known or 'keine'}.")
        text = write(document_of(session, programme))
    # Bytes, because the terminal's encoding must not decide what is in the file.
    click.echo(text.encode(), nl=False)


@click.command("check", cls=Command)
@click.argument("file", type=FILE, metavar="FILE")
def check_command(file: Path) -> None:
    """Prüfen, ob die Zahlen einer Datei stimmen: die Summen und, was sonst gleich sein muss."""
    document = document_in(file)
    wrong = all_differences(document)
    for difference in wrong:
        click.echo(f"{difference.place} ({COLUMNS[difference.column]}): {in_words(difference)}")
    _print_identities(document)
    if wrong:
        one, more = ("Zahl", "Zahlen") if any(difference.identity for difference in wrong) else ("Summe", "Summen")
        stop(f"Eine {one} stimmt nicht." if len(wrong) == 1 else f"{len(wrong)} {more} stimmen nicht.")
    click.echo("Alle Summen stimmen.")


def _print_identities(document: Document) -> None:
    """What holds, what only tells a figure and what cannot be checked, where lines say which part they play."""
    if not any(line.part for table in document.budget_tables for line in table.lines):
        return
    for result in check(document):
        if result.outcome is not Outcome.DIFFERS:
            said = " ".join(filter(None, (OUTCOMES[result.outcome], result.note)))
            click.echo(f"{result.identity.key} {result.identity.name} ({result.about}): {said}")
