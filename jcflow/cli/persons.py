"""`person add`: the first people of a house, before anybody can sign in."""

from __future__ import annotations

import click

from jcflow import clock, database
from jcflow.accounts import people, sign_in
from jcflow.accounts.people import BoardGroup, Carrier, Membership
from jcflow.cli.connections import command_line, ready, served_house
from jcflow.cli.erasing import erase_command, erased_command
from jcflow.cli.german import Group
from jcflow.config import Settings
from jcflow.procedure import Role
from jcflow.process.acts import welcome

ROLES = [role.value for role in Role if role is not Role.ASSEMBLY_CHAIR]
"""The chair is a member of the assembly with `--chair`."""


person = Group("person", help="Personen und ihre Rollen.", commands=(erase_command, erased_command))


@person.command("add")
@click.option("--jobcenter", "house_name", required=True, metavar="NAME", help="Name oder Kurzname des Jobcenters.")
@click.option("--name", required=True, metavar="N", help="Vor- und Nachname.")
@click.option("--email", required=True, metavar="E", help="E-Mail-Adresse, mit ihr meldet sich die Person an.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="Rolle ab heute.")
@click.option("--carrier", type=click.Choice([c.value for c in Carrier]), help="Träger, für die Trägerversammlung.")
@click.option("--board-group", type=click.Choice([g.value for g in BoardGroup]), help="Gruppe, für den Beirat.")
@click.option("--organisation", default="", help="Wer das Mitglied des Beirats vorgeschlagen hat.")
@click.option("--chair", is_flag=True, help="Führt den Vorsitz der Trägerversammlung.")
def add(
    house_name: str,
    name: str,
    email: str,
    role: str,
    carrier: str | None,
    board_group: str | None,
    organisation: str,
    chair: bool,
) -> None:
    """Eine Person einladen; ausgegeben wird der Link, mit dem sie ihr Passwort wählt."""
    settings, now = Settings.from_environ(), clock.now()
    with ready(settings) as engine, database.writing(engine) as session:
        house, deed = served_house(session, house_name), command_line(now)
        somebody = people.add_person(session, house, name=name, email=email, deed=deed)
        member = Membership(
            jobcenter_id=house.id,
            person_id=somebody.id,
            role=Role(role),
            carrier=Carrier(carrier) if carrier else None,
            board_group=BoardGroup(board_group) if board_group else None,
            organisation=organisation,
            chair=chair,
            valid_from=clock.local_day(now),
        )
        people.add_membership(session, house, member, deed)
        welcome(session, member, now)
        token = sign_in.invite(session, somebody.id, now)
    click.echo(f"{settings.base_url}/invitation/{token}")
    click.echo("Dieser Link gilt 14 Tage und nur einmal. Geben Sie ihn der Person auf sicherem Weg.", err=True)
