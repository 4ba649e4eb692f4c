"""`person erase` and `person erased`: forgetting somebody, and the list by which it is done again after a restore."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import click
import orjson
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from jcflow import clock, database
from jcflow.accounts.jobcenters import all_jobcenters
from jcflow.accounts.people import Person
from jcflow.audit.erasing import erasure_of, erasures
from jcflow.audit.trail import Deed
from jcflow.cli.connections import ready, served_house
from jcflow.cli.german import misuse, stop
from jcflow.config import Settings
from jcflow.process.acts import hold_house
from jcflow.process.erasing import NotYetErasable, forget, forget_duly

AGAIN = "Wiederholt nach dem Einspielen einer Sicherung"


@click.command("erase")
@click.option("--jobcenter", "name", metavar="NAME", help="Zum Beispiel paderborn.")
@click.option("--email", metavar="E", help="Womit sich die Person anmeldet.")
@click.option("--reason", metavar="GRUND", help="Ohne Namen: Er bleibt im Änderungsverlauf stehen.")
@click.option(
    "--again",
    "file",
    metavar="DATEI",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Statt dessen alle Löschungen wiederholen, die „person erased“ in die Datei geschrieben hat.",
)
def erase_command(name: str | None, email: str | None, reason: str | None, file: Path | None) -> None:
    """Eine Person löschen (Art. 17 DSGVO): Name, Zugang, E-Mails; was einen Beschluss belegt, bleibt ohne Namen."""
    if (file is None) != all((name, email, reason)):
        misuse("Nennen Sie --jobcenter, --email und --reason, oder nur --again.")
    with ready(Settings.from_environ()) as engine:
        if file is None:
            _erase(engine, str(name), str(email), str(reason))
        else:
            _erase_again(engine, _listed(file))
        database.sweep(engine)


@click.command("erased")
def erased_command() -> None:
    """Die Löschungen auflisten, ohne Namen: Bewahren Sie die Liste außerhalb der Datenbank auf."""
    with ready(Settings.from_environ()) as engine, database.reading(engine) as session:
        for house in all_jobcenters(session):
            database.serve(session, house.id)
            for one in erasures(session):
                click.echo(orjson.dumps({"jobcenter": house.key, "person": one.person_id, "at": one.at}))


def _erase(engine: Engine, name: str, email: str, reason: str) -> None:
    with database.writing(engine) as session:
        house = served_house(session, name)
        hold_house(session, house.id)
        somebody = session.scalar(select(Person).where(Person.email == email.strip().lower()))
        if somebody is None:
            stop("Diese Person gibt es hier nicht.")
        forget(session, somebody, Deed(None, "command_line", clock.now(), reason))
        click.echo(f"Gelöscht: {somebody.id}")


def _listed(file: Path) -> list[tuple[str, UUID]]:
    try:
        lines: list[dict[str, Any]] = [orjson.loads(line) for line in file.read_bytes().splitlines() if line.strip()]
        return [(str(line["jobcenter"]), UUID(line["person"])) for line in lines]
    except (KeyError, TypeError, ValueError, AttributeError):
        misuse(f"{file} ist keine Liste, wie „jcflow person erased“ sie ausgibt.")


def _erase_again(engine: Engine, listed: list[tuple[str, UUID]]) -> None:
    done, hindered = 0, list[str]()
    for name, person_id in listed:
        try:
            with database.writing(engine) as session:
                done += _forget_again(session, name, person_id)
        except NotYetErasable as error:
            hindered.append(f"{name}, {person_id}: {error}")
    click.echo(f"{done} Löschungen wiederholt, {len(listed) - done - len(hindered)} waren schon ausgeführt.")
    if hindered:
        stop("\n".join(hindered))


def _forget_again(session: Session, name: str, person_id: UUID) -> bool:
    house = served_house(session, name)
    hold_house(session, house.id)
    somebody = session.scalar(select(Person).where(Person.id == person_id))
    if somebody is None or erasure_of(session, person_id) is not None:
        return False
    forget_duly(session, somebody, Deed(None, "command_line", clock.now(), AGAIN))
    return True
