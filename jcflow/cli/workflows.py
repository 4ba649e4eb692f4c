"""Procedures as files: `workflow check`, `workflow draw`."""

from __future__ import annotations

from pathlib import Path

import click

from jcflow import procedure
from jcflow.amendments import procedures as amendments
from jcflow.cli.files import FILE, content_of
from jcflow.cli.german import Group
from jcflow.procedure import Procedure, Subject
from jcflow.programmes import procedures as programmes

workflow = Group("workflow", help="Verfahren prüfen und zeichnen.")


def _loaded(file: Path) -> Procedure:
    content_of(file)
    names = amendments if procedure.subject_of(file) is Subject.AMENDMENT else programmes
    return procedure.load(file, guards=names.GUARDS, effects=names.EFFECTS, outcomes=names.OUTCOMES)


@workflow.command("check")
@click.argument("file", type=FILE, metavar="FILE")
def check(file: Path) -> None:
    """Prüfen, ob ein Verfahren in sich stimmt."""
    sound = _loaded(file)
    click.echo(f"{sound.label}, Version {sound.version}: {len(sound.states)} Stände, {len(sound.steps)} Schritte.")


@workflow.command("draw")
@click.argument("file", type=FILE, metavar="FILE")
def draw(file: Path) -> None:
    """Ein Verfahren als Mermaid-Zustandsdiagramm ausgeben."""
    click.echo(procedure.draw(_loaded(file)).encode(), nl=False)
