"""`audit verify`, the proof that nothing was changed past the trail; `audit export`, the trail for others to prove."""

from __future__ import annotations

import click

from jcflow import database
from jcflow.accounts.jobcenters import all_jobcenters
from jcflow.audit.verify import verify as verified
from jcflow.audit.verify import verify_chains
from jcflow.cli.connections import ready
from jcflow.cli.everything import print_trail
from jcflow.cli.german import Group, stop
from jcflow.config import Settings

audit = Group("audit", help="Der Änderungsverlauf.")


@audit.command("verify")
@click.option(
    "--chain", "only_chain", is_flag=True, help="Nur die Kette der Ereignisse nachrechnen; geht viel schneller."
)
def verify(*, only_chain: bool) -> None:
    """Prüfen, ob der Änderungsverlauf unversehrt ist.

    Alle Prüfsummen werden nachgerechnet, jede Zeile wird mit ihrem letzten Ereignis verglichen.
    """
    with ready(Settings.from_environ()) as engine, database.reading(engine) as session:
        verdict = verify_chains(session) if only_chain else verified(session)
        names = {house.id: house.name for house in all_jobcenters(session)}
    for finding in verdict.findings:
        click.echo(f"{names[finding.jobcenter_id]}, {finding.place}: {finding.reason}")
    if verdict.findings:
        stop("Der Änderungsverlauf ist nicht unversehrt.")
    counted = f"{verdict.events} Ereignisse" + ("" if only_chain else f", {verdict.rows} Zeilen")
    click.echo(f"Der Änderungsverlauf ist unversehrt: {counted}.")


@audit.command("export")
@click.option("--jobcenter", "name", metavar="NAME", help="Nur dieses Jobcenter, zum Beispiel paderborn.")
def export(name: str | None) -> None:
    """Den Änderungsverlauf mit allem Wortlaut ausgeben, auf die Standardausgabe.

    Jede Zeile ist ein Ereignis in JSON. Damit lässt sich die Kette ohne diese Anwendung nachrechnen. Der Wortlaut
    enthält Namen, Stellungnahmen und Stimmen: Bewahren Sie die Ausgabe so sicher auf wie die Datenbank.
    """
    print_trail(name)
