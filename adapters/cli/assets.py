"""`ballast assets`: what has a value and no ticker."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_PATH = "/assets"
_LISTED = ("id", "kind", "name", "value", "currency", "valued_on", "estimate")
AssetId = Annotated[str, typer.Argument(help="The asset's id.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Things without a ticker.", no_args_is_help=True)
    app.add_typer(group, name="assets")
    for name, command in (
        ("list", list_assets),
        ("show", show),
        ("add", add),
        ("remove", remove),
        ("import", take_in),
        ("export", hand_out),
    ):
        group.command(name)(command)


def list_assets(as_json: AsJson = False) -> None:
    """List the assets."""
    found: list[Any] = []
    page = {"next_cursor": None}
    while page := connect().get(_PATH, limit=200, cursor=page["next_cursor"]):
        found += page["items"]
        if page["next_cursor"] is None:
            break
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_LISTED, empty="no assets yet: ballast assets add")


def show(asset_id: AssetId, as_json: AsJson = False) -> None:
    """Show an asset."""
    found = connect().get(f"{_PATH}/{asset_id}")
    (print_json if as_json else print_fields)(found)


def add(
    kind: Annotated[str, typer.Argument(help="Such as real_estate, vehicle, art.")],
    name: Annotated[str, typer.Argument(help="What you call it.")],
    value: Annotated[str, typer.Argument(help="What it was worth.")],
    currency: Annotated[str, typer.Option(help="ISO 4217, such as USD.")],
    valued_on: Annotated[str, typer.Option(help="The day of that value, YYYY-MM-DD.")],
    owner: Annotated[str, typer.Option(help="Whose it is.")] = "",
    appreciation: Annotated[str, typer.Option(help="Growth a year: 0.03 is 3 %.")] = "0",
    note: Annotated[str, typer.Option(help="Anything else.")] = "",
) -> None:
    """Add an asset."""
    body = {
        "kind": kind,
        "name": name,
        "value": value,
        "currency": currency,
        "valued_on": valued_on,
        "owner": owner,
        "appreciation": appreciation,
        "note": note,
    }
    print_fields(connect().post(_PATH, body))


def remove(asset_id: AssetId) -> None:
    """Delete an asset."""
    connect().ask("DELETE", f"{_PATH}/{asset_id}")


def take_in(
    file: Annotated[Path, typer.Argument(help="JSON as `ballast assets export` writes it.")],
) -> None:
    """Take in a whole file or nothing: a known name is changed, an unknown one added."""
    try:
        body = json.loads(file.read_text())
    except (OSError, ValueError) as problem:
        raise CommandFailed(f"{file}: {problem}") from problem
    print_fields(connect().post(f"{_PATH}/import", body))


def hand_out() -> None:
    """Print all assets as JSON that can be taken in again."""
    print_json(connect().get(f"{_PATH}/export"))
