"""`serve` and `routes`: the site, on loopback, behind whatever ends TLS."""

from __future__ import annotations

import json
import socket

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from jcflow import clock
from jcflow.cli.connections import check_schema, check_triggers, reachable
from jcflow.cli.german import Command, stop
from jcflow.cli.mounts import check_place
from jcflow.config import Settings
from jcflow.database import CONNECTIONS
from jcflow.web import create_app
from jcflow.web.guard import routes
from jcflow.workdays import LANDS, add_working_days

HOST = "127.0.0.1"
WORKERS, THREADS = 2, CONNECTIONS
"""Processes, and requests each of them answers at a time."""


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with the settings of an installation instead of a file of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Say how to listen and with how many processes."""
        for name, value in {
            "bind": f"{HOST}:{self.settings.port}",
            "workers": WORKERS,
            "worker_class": "gthread",
            "threads": THREADS,
            "loglevel": "warning",
            "control_socket_disable": True,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the app, once in each process: no connection is shared between them."""
        # The first question reads the holidays of the whole world; nobody shall wait for that.
        add_working_days(clock.today(), 1, next(iter(LANDS)))
        return create_app(self.settings)


def run(settings: Settings) -> None:
    """Serve until the process is told to end.

    Raises:
        BadConfiguration: The database is not reachable or not up to date, triggers are missing, or it is a
            SQLite file on a network file system.
    """
    check_place(settings)
    with reachable(settings) as engine:
        check_schema(engine)
        check_triggers(engine)
    check_port(settings.port)
    Server(settings).run()


def check_port(port: int) -> None:
    """End the command where something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            stop(f"Auf Port {port} läuft schon etwas. Beenden Sie es, oder setzen Sie JCFLOW_PORT auf einen anderen.")


@click.command("serve", cls=Command)
def serve() -> None:
    """Die Seite auf 127.0.0.1 bereitstellen, Port nach JCFLOW_PORT."""
    run(Settings.from_environ())


@click.command("routes", cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Als JSON ausgeben.")
def routes_command(as_json: bool) -> None:
    """Alle Adressen der Seite zeigen, und für wen sie offen sind."""
    found = routes(create_app(Settings.from_environ()))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for row in found:
        who = row["who"] if isinstance(row["who"], list) else [row["who"]]
        methods = row["methods"] if isinstance(row["methods"], list) else []
        click.echo(f"{'/'.join(methods):12} {row['rule']}  ({', '.join(map(str, who))})")
