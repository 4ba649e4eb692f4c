"""`demo`: a running site with data, from nothing."""

from __future__ import annotations

from collections.abc import Iterator

import click

from jcflow import clock, database, worker
from jcflow.accounts.jobcenters import Jobcenter, all_jobcenters
from jcflow.cli import cast, server
from jcflow.cli.connections import created
from jcflow.cli.demo import houses
from jcflow.cli.german import Command, misuse
from jcflow.cli.work import beside
from jcflow.config import Settings
from jcflow.procedure import Role
from jcflow.web.labels import ROLE_LABELS


@click.command("demo", cls=Command)
@click.option("--at", "state", metavar="STATE", help="Stand, an dem das neueste Programm jedes Hauses stehen soll.")
@click.option("--no-serve", is_flag=True, help="Nur die Daten anlegen, die Seite nicht starten.")
def demo(state: str | None, no_serve: bool) -> None:
    """Mit Beispieldaten starten; vorhandene Daten bleiben."""
    if state is not None and state not in houses.all_states():
        misuse(f"Einen Stand „{state}“ gibt es nicht. Bekannt sind: {', '.join(houses.all_states())}.")
    settings = Settings.from_environ(demo=True)
    if not no_serve:
        server.check_port(settings.port)
    with created(settings) as engine:
        database.upgrade(engine)
        remarks = houses.place(engine, state)
        worker.anchor(engine, settings, clock.now())
        with database.reading(engine) as session:
            shown = [house for house in all_jobcenters(session) if cast.plays_in(session, house)]
        click.echo("\n".join(_welcome(settings, shown)))
    for remark in remarks:
        click.echo(remark, err=True)
    if not no_serve:
        with beside(settings):
            server.run(settings)


def _welcome(settings: Settings, shown: list[Jobcenter]) -> Iterator[str]:
    """The address and the accounts: those of one house in full, the others by what differs."""
    yield f"\n  jcflow: {settings.base_url}   (beenden mit Strg+C)"
    full = max(shown, key=lambda house: (len(cast.parts_in(house)), house.name), default=None)
    if full is None:
        return
    yield f"\n  Zugänge, Passwort „{cast.PASSWORD}“:"
    yield from _accounts(full)
    for house in shown:
        if house.id != full.id:
            lacking = {part.role for part in cast.parts_in(full)} - {part.role for part in cast.parts_in(house)}
            without = "".join(f", ohne {ROLE_LABELS[role]}" for role in sorted(lacking))
            yield f"  Ebenso unter {cast.address(house, '')}{without}"
    yield ""


def _accounts(house: Jobcenter) -> Iterator[str]:
    """One line for each role, its accounts as a range where there are several."""
    accounts: dict[Role, list[str]] = {}
    for part in cast.parts_in(house):
        accounts.setdefault(part.role, []).append(part.account)
    for role, names in accounts.items():
        span = cast.address(house, names[0]) + (f" … {names[-1]}" if len(names) > 1 else "")
        yield f"    {span:36} {ROLE_LABELS[role]}"
