"""The command line speaks German: click's own headings, hints and complaints included."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, NoReturn

import click

from jcflow.errors import BadConfiguration, JcflowError

DONE, FAILED, WRONG_USE, BAD_CONFIGURATION = 0, 1, 2, 78
"""Exit codes of every command."""

_TEXTS = {
    "Options": "Optionen",
    "Commands": "Befehle",
    "Show this message and exit.": "Diese Hilfe zeigen.",
}


class GermanFormatter(click.HelpFormatter):
    """Help with German headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that shows how to call."""
        super().write_usage(prog, args, prefix or "Aufruf: ")

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        super().write_heading(_TEXTS.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], *args: Any, **more: Any) -> None:
        """Write a list of terms and what they mean."""
        super().write_dl([(term, _TEXTS.get(said, said)) for term, said in rows], *args, **more)


class GermanContext(click.Context):
    """A call that explains itself in German."""

    formatter_class = GermanFormatter


class Command(click.Command):
    """One command."""

    context_class = GermanContext


class Group(click.Group):
    """Commands under one name; the outermost one turns every expected error into its sentence and exit code."""

    context_class = GermanContext
    command_class = Command
    group_class = type

    def main(self, *args: Any, **more: Any) -> NoReturn:
        """Run a command line and end the process with its exit code.

        An error the user can understand shows its sentence on stderr and no traceback.
        """
        try:
            code = super().main(*args, **{**more, "standalone_mode": False})
        except click.ClickException as error:
            click.echo(_words(error), err=True)
            code = error.exit_code
        except BadConfiguration as error:
            click.echo(str(error), err=True)
            code = BAD_CONFIGURATION
        except JcflowError as error:
            click.echo(str(error), err=True)
            code = FAILED
        except click.Abort:
            code = FAILED
        sys.exit(code if isinstance(code, int) else DONE)


def _words(error: click.ClickException) -> str:
    """A complaint in German, with the way to call where the call was wrong."""
    explains_itself = isinstance(error, click.exceptions.NoArgsIsHelpError)
    if explains_itself or not isinstance(error, click.UsageError) or error.ctx is None:
        return error.format_message()
    return f"{_complaint(error)}\n{error.ctx.get_usage()}\nHilfe: {error.ctx.command_path} --help"


def _complaint(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"Die Option {error.option_name} gibt es nicht."
        case click.NoSuchCommand():
            return f"Den Befehl „{error.command_name}“ gibt es nicht."
        case click.MissingParameter() if error.param is not None:
            name = error.param.opts[0] if isinstance(error.param, click.Option) else error.param.human_readable_name
            return f"Es fehlt: {name}."
        case click.BadParameter() if isinstance(error.param, click.Option) and isinstance(
            error.param.type, click.Choice
        ):
            return f"{error.param.opts[0]} kennt diese Werte: {', '.join(map(str, error.param.type.choices))}."
        case click.BadParameter():
            return error.message
        case _:
            return f"So lässt sich der Befehl nicht aufrufen ({error.format_message()})"


def stop(sentence: str) -> NoReturn:
    """End the command with exit code 1 and a German sentence on stderr."""
    raise click.ClickException(sentence)


def misuse(sentence: str) -> NoReturn:
    """End the command with exit code 2, a German sentence and the way to call."""
    raise click.BadParameter(sentence, ctx=click.get_current_context())
