"""`retention`: what is older than its period, and letting it go."""

from __future__ import annotations

import click
from sqlalchemy import Engine

from jcflow import clock, database
from jcflow.accounts.jobcenters import Jobcenter, all_jobcenters
from jcflow.accounts.tries import WINDOW, forget_aged
from jcflow.audit.trail import Deed
from jcflow.cli.connections import ready, served_house
from jcflow.cli.german import Command
from jcflow.config import Settings
from jcflow.process.acts import hold_house
from jcflow.process.retention import RULES, Due, Rule, due, remove_portion


@click.command("retention", cls=Command)
@click.option("--jobcenter", "name", metavar="NAME", help="Nur dieses Jobcenter, zum Beispiel paderborn.")
@click.option(
    "--apply", "is_meant", is_flag=True, help="Das Fällige löschen. Ohne das wird nur gezeigt, was fällig ist."
)
def retention(name: str | None, *, is_meant: bool) -> None:
    """Zeigen, welche Aufbewahrungsfristen abgelaufen sind, und löschen, was gelöscht werden darf.

    Was einen Beschluss belegt, löscht der Befehl nie: Bieten Sie es dem Archiv an. Alles andere geht in Teilen, jeder
    steht mit seiner Anzahl im Änderungsverlauf. Nach einem Abbruch rufen Sie den Befehl einfach noch einmal auf.
    """
    with ready(Settings.from_environ()) as engine:
        for house in _houses(engine, name):
            _show(engine, house)
            if is_meant:
                _remove(engine, house)
        if is_meant:
            with database.writing(engine) as session:
                forget_aged(session, clock.now() - WINDOW)
            database.sweep(engine)
    if not is_meant:
        click.echo("Nichts wurde geändert. Gelöscht wird mit: jcflow retention --apply")


def _houses(engine: Engine, name: str | None) -> list[Jobcenter]:
    with database.reading(engine) as session:
        return [served_house(session, name)] if name else list(all_jobcenters(session))


def _show(engine: Engine, house: Jobcenter) -> None:
    click.echo(f"{house.name}:")
    with database.reading(engine) as session:
        database.serve(session, house.id)
        for one in due(session, clock.today()):
            click.echo(f"  {_line(one)}")


def _line(one: Due) -> str:
    rule = one.rule
    kept = f"{rule.period} Jahre" if isinstance(rule.period, int) else f"{rule.period.days} Tage"
    kept = kept.replace("1 Jahre", "1 Jahr") if rule.period == 1 else kept.replace("1 Tage", "1 Tag")
    said = f"{rule.label}: {one.count} fällig" if one.count else f"{rule.label}: nichts fällig"
    oldest = f", ältestes vom {one.oldest:%d.%m.%Y}" if one.oldest else ""
    hand = ", dem Archiv anzubieten" if one.count and not rule.is_removed else ""
    return f"{said}{oldest}{hand} ({kept} ab {rule.since}; {rule.source})"


def _remove(engine: Engine, house: Jobcenter) -> None:
    for rule in RULES:
        removed = 0
        while rule.is_removed and (portion := _portion(engine, house, rule)):
            removed += portion
        if removed:
            click.echo(f"  Gelöscht: {rule.label}, {removed}")


def _portion(engine: Engine, house: Jobcenter, rule: Rule) -> int:
    """One transaction: all of it counts, or nothing."""
    with database.writing(engine) as session:
        database.serve(session, house.id)
        hold_house(session, house.id)
        deed = Deed(None, "command_line", clock.now(), f"Aufbewahrungsfrist abgelaufen: {rule.label}")
        return remove_portion(session, house, rule, deed)
