"""`worker`: plans reminders and sends mails, once or until it is told to end."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from jcflow import clock, worker
from jcflow.cli.connections import ready
from jcflow.cli.german import Command, stop
from jcflow.cli.mounts import check_place
from jcflow.config import Settings
from jcflow.mail.smtp import MailServer


@click.command("worker", cls=Command)
@click.option("--once", is_flag=True, help="Einmal nachsehen, alles Fällige senden und enden.")
def worker_command(once: bool) -> None:
    """An Fristen erinnern und Mails senden; beliebig viele davon laufen nebeneinander."""
    settings = Settings.from_environ()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    work(settings, once=once)


def work(settings: Settings, *, once: bool = False) -> None:
    """Work on the database the settings name.

    Raises:
        BadConfiguration: The database is not reachable or not up to date, it is a SQLite file on a network
            file system, or the address of the mail server is senseless.
    """
    check_place(settings)
    if settings.smtp_url:
        MailServer.of(settings.smtp_url)
    with ready(settings) as engine:
        if not once:
            worker.Worker(engine, settings).run()
            return
        done = worker.tick(engine, settings, clock.now(), name=worker.worker_name())
        click.echo(worker.summary(done))
        if done.delivered.is_down:
            stop("Der Mailserver ist nicht zu erreichen.")


@contextmanager
def beside(settings: Settings) -> Iterator[None]:
    """Run a worker in a process of its own as long as the block lasts."""
    environ = {
        **os.environ,
        "JCFLOW_DATABASE_URL": settings.database_url,
        "JCFLOW_SECRET_KEY": settings.secret_key,
        "JCFLOW_BASE_URL": settings.base_url,
        "JCFLOW_SIGNING_KEY": str(settings.signing_key or ""),
    }
    entry = "from jcflow.cli.main import main; main(prog_name='jcflow')"
    process = subprocess.Popen([sys.executable, "-c", entry, "worker"], env=environ)
    parent = os.getpid()
    try:
        yield
    finally:
        # The web server's processes are forked inside the block and leave it too.
        if os.getpid() == parent:
            process.terminate()
            process.wait()
