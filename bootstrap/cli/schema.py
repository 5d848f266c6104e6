"""`ballast schema`: what goes over Kafka, as JSON Schema."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.failures import CommandFailed


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="JSON Schemas of the messages.", no_args_is_help=True)
    app.add_typer(group, name="schema")
    group.callback()(_group)
    group.command()(export)


def _group() -> None:
    """JSON Schemas of the messages."""


def export(
    out: Annotated[Path, typer.Option(help="The folder to write to; made if it is not there.")],
) -> None:
    """Write one file per message and version."""
    from adapters.kafka.schemas import documents

    written = documents()
    try:
        for name, text in written.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as problem:
        raise CommandFailed(
            f"{problem.filename} cannot be written: {problem.strerror}"
        ) from problem
    sys.stdout.write(f"{len(written)} schemas written to {out}\n")
