"""`ballast dlq`: the commands that were put aside."""

import sys
from typing import Annotated

import typer

from adapters.cli.host.reach import host
from adapters.cli.output import AsJson, print_json, print_rows

_LISTED = ("letter", "at", "reason", "detail", "origin")

# As long a subject as an entry of the audit trail may have without being cut.
_SUBJECT_MAX = 200

Reason = Annotated[str | None, typer.Option(help="Only those put aside for this reason.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Not more than the newest of them.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Commands that were put aside.", no_args_is_help=True)
    app.add_typer(group, name="dlq")
    group.command("list")(list_letters)
    group.command()(show)
    group.command()(replay)


def list_letters(reason: Reason = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List what was put aside, newest first."""
    found = host().letters(lambda letters: letters.list(limit=limit, reason=reason))
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_LISTED, empty="nothing was put aside")


def show(letter: Annotated[str, typer.Argument(help="Its name, such as 0-17.")]) -> None:
    """Show all of one: why, from where, its headers and what it asked for."""
    print_json(host().letters(lambda letters: letters.show(letter)))


def replay(
    letters: Annotated[list[str], typer.Argument(help="Their names, such as 0-17.")],
) -> None:
    """Put some back where they came from: they are checked again like any other command."""
    put = host().letters(lambda found: found.replay(letters))
    # Names are two numbers each; an entry holds as many as fit a line.
    host().told_trail(
        action="dlq.replay",
        subject=" ".join(letters)[:_SUBJECT_MAX],
        detail=(("letters", str(put)),),
    )
    sys.stdout.write(f"{put} put back\n")
