"""`audit`: the proof that nothing was changed past the trail, and the trail for others to prove."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from jcflow import clock, database
from jcflow.accounts.jobcenters import all_jobcenters
from jcflow.audit import verify_bundle
from jcflow.audit.anchors import Outside
from jcflow.audit.notes import origin_of, public_of
from jcflow.audit.verify import verify as verified
from jcflow.audit.verify import verify_chains
from jcflow.audit.verify_bundle import Altered, notes_in_folder, read_key
from jcflow.cli.connections import ready, served_house
from jcflow.cli.everything import one_look, print_trail
from jcflow.cli.german import Group, misuse, stop
from jcflow.config import Settings, signing_keys
from jcflow.errors import NotFound
from jcflow.process.bundle import write_bundle
from jcflow.programmes.programme import by_slug

audit = Group("audit", help="Der Änderungsverlauf.")

BROKEN = "Der Änderungsverlauf ist nicht unversehrt."


@audit.command("verify")
@click.option("--deep", is_flag=True, help="Auch jeden Wortlaut, jede Zeile und jede Datei mit der Kette vergleichen.")
@click.option(
    "--checkpoints",
    "folder",
    metavar="ORDNER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Prüfpunkte, die außer Haus lagen: gemailte, als Text oder als .eml gespeichert.",
)
@click.option(
    "--key", "words", metavar="KEY", multiple=True, help="Öffentlicher Schlüssel, der gilt; mehrfach möglich."
)
@click.option(
    "--bundle",
    metavar="DATEI",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Statt der Datenbank ein Bündel für die Revision prüfen.",
)
def verify(*, deep: bool, folder: Path | None, words: Sequence[str], bundle: Path | None) -> None:
    """Prüfen, ob der Änderungsverlauf unversehrt ist, und wie weit er verankert ist.

    Jede Prüfsumme der Kette wird nachgerechnet und mit den unterschriebenen Prüfpunkten verglichen. Genannt wird die
    erste Stelle, die nicht passt.
    """
    try:
        keys = {read_key(word) for word in words}
    except ValueError:
        misuse("Ein öffentlicher Schlüssel sieht so aus: jcflow/…+1a2b3c4d+AR…")
    mailed = notes_in_folder(folder) if folder else []
    if folder and not mailed:
        misuse(f"In {folder} liegt kein Prüfpunkt.")
    if bundle is not None:
        _verify_bundle(bundle, mailed if folder else None, keys)
        return
    _verify_database(Outside(mailed, keys), deep=deep)


def _verify_bundle(bundle: Path, mailed: Sequence[verify_bundle.Note] | None, keys: set[bytes]) -> None:
    try:
        for line in verify_bundle.check(bundle, mailed, keys):
            click.echo(line)
    except Altered as problem:
        click.echo(str(problem))
        stop(BROKEN)
    except verify_bundle.SENSELESS as error:
        misuse(f"{bundle} lässt sich so nicht prüfen: {error}")


def _verify_database(outside: Outside, *, deep: bool) -> None:
    settings = Settings.from_environ()
    own = [public_of(key) for key in signing_keys(settings.signing_key)] if settings.signing_key else []
    known = Outside(outside.mailed, {*outside.keys, *own})
    with ready(settings) as engine, database.reading(engine) as session:
        verdict = (verified if deep else verify_chains)(session, outside=known)
        names = {house.id: house.name for house in all_jobcenters(session)}
    if outside.mailed and not {note.origin for note in outside.mailed} & {origin_of(one) for one in names}:
        misuse("Kein Prüfpunkt im Ordner ist von einem Jobcenter dieser Datenbank.")
    for finding in verdict.findings:
        click.echo(f"{names[finding.jobcenter_id]}, {finding.place}: {finding.reason}")
    if verdict.findings:
        stop(BROKEN)
    counted = f"{verdict.events} Ereignisse" + (f", {verdict.rows} Zeilen" if deep else "")
    click.echo(f"Der Änderungsverlauf ist unversehrt: {counted}.")
    for jobcenter_id, so_far in verdict.anchored.items():
        click.echo(f"{names[jobcenter_id]}: {so_far}.")
    if not deep:
        click.echo("Jeden Wortlaut, jede Zeile und jede Datei vergleicht erst: jcflow audit verify --deep")


@audit.command("bundle")
@click.option("--jobcenter", "name", metavar="NAME", required=True, help="Zum Beispiel paderborn.")
@click.option("--programme", "slug", metavar="SLUG", required=True, help="Zum Beispiel 2027.")
@click.option("--out", "target", metavar="DATEI", required=True, type=click.Path(dir_okay=False, path_type=Path))
def bundle_command(name: str, slug: str, target: Path) -> None:
    """Alles, was belegt, wie ein Programm zustande kam, in eine Datei für die Revision packen.

    Sie enthält Namen, Stellungnahmen und gezählte Stimmen: Bewahren Sie sie so sicher auf wie die Datenbank.
    """
    folder = target.absolute().parent
    if not folder.is_dir():
        misuse(f"Den Ordner {folder} gibt es nicht.")
    # Written beside and put in its place at once: nobody takes half a bundle for a whole one.
    with one_look() as (_engine, session), tempfile.TemporaryDirectory(dir=folder) as draft:
        served_house(session, name)
        try:
            programme = by_slug(session, slug)
        except NotFound:
            stop(f"Ein Programm „{slug}“ gibt es hier nicht.")
        with (Path(draft) / target.name).open("w+b") as file:
            write_bundle(session, programme, at=clock.now(), target=file)
        (Path(draft) / target.name).replace(target)
    click.echo(f"Das Bündel liegt in {target}. Prüfen lässt es sich ohne jcflow: python3 verify_bundle.py {target}")


@audit.command("export")
@click.option("--jobcenter", "name", metavar="NAME", help="Nur dieses Jobcenter, zum Beispiel paderborn.")
def export(name: str | None) -> None:
    """Den Änderungsverlauf mit allem Wortlaut ausgeben, auf die Standardausgabe.

    Jede Zeile ist ein Ereignis in JSON. Damit lässt sich die Kette ohne diese Anwendung nachrechnen. Der Wortlaut
    enthält Namen, Stellungnahmen und Stimmen: Bewahren Sie die Ausgabe so sicher auf wie die Datenbank.
    """
    print_trail(name)
