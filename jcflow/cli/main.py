"""The entry of `jcflow`: every command under one name."""

from __future__ import annotations

from jcflow.cli.copies.commands import backup, db, restore
from jcflow.cli.demo.command import demo
from jcflow.cli.doctor import doctor
from jcflow.cli.files import check_command, export_command, import_command
from jcflow.cli.german import Group
from jcflow.cli.persons import person
from jcflow.cli.retention import retention
from jcflow.cli.server import routes_command, serve
from jcflow.cli.trail import audit
from jcflow.cli.work import worker_command
from jcflow.cli.workflows import workflow

main = Group(
    "jcflow",
    help="Jahresprogramme der Jobcenter: vom Entwurf bis zum Beschluss.",
    context_settings={"max_content_width": 100},
    commands=(
        demo,
        serve,
        worker_command,
        db,
        backup,
        restore,
        import_command,
        export_command,
        check_command,
        workflow,
        audit,
        routes_command,
        person,
        retention,
        doctor,
    ),
)
