"""Offer the commands that records of every kind have alike: list, show, add, remove, lists."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows


def record_commands(
    app: typer.Typer,
    *,
    name: str,
    one: str,
    help: str,
    columns: Sequence[str],
    add: Callable[..., None],
    whole_lists: bool = False,
) -> None:
    """Add the group of what `/{name}` serves; one is what one of them is called, `an asset`."""
    group = typer.Typer(help=help, no_args_is_help=True)
    app.add_typer(group, name=name)
    path, noun = f"/{name}", one.partition(" ")[2]
    given = typer.Argument(help=f"The {noun}'s id.", metavar=f"{noun.upper()}_ID")

    @group.command("list", help=f"List the {name}.")
    def list_records(as_json: AsJson = False) -> None:
        found = list(connect().every(path))
        if as_json:
            print_json(found)
        else:
            print_rows(found, columns=columns, empty=f"no {name} yet: ballast {name} add")

    @group.command(help=f"Show {one}.")
    def show(record_id: Annotated[str, given], as_json: AsJson = False) -> None:
        found = connect().get(f"{path}/{record_id}")
        (print_json if as_json else print_fields)(found)

    group.command("add")(add)

    @group.command(help=f"Delete {one}.")
    def remove(record_id: Annotated[str, given]) -> None:
        connect().ask("DELETE", f"{path}/{record_id}")

    if whole_lists:
        _lists(group, name=name)


def _lists(group: typer.Typer, *, name: str) -> None:
    file_given = typer.Argument(help=f"JSON as `ballast {name} export` writes it.")

    @group.command("import")
    def take_in(file: Annotated[Path, file_given]) -> None:
        """Take in a whole file or nothing: a known name is changed, an unknown one added."""
        try:
            body = json.loads(file.read_text())
        except (OSError, ValueError) as problem:
            raise CommandFailed(f"{file}: {problem}") from problem
        print_fields(connect().post(f"/{name}/import", body))

    @group.command("export", help=f"Print all {name} as JSON that can be taken in again.")
    def hand_out() -> None:
        print_json(connect().get(f"/{name}/export"))
