"""`ballast assets`: what has a value and no ticker."""

from typing import Annotated

import typer

from adapters.cli.client import connect
from adapters.cli.output import print_fields
from adapters.cli.records import record_commands


def register(app: typer.Typer) -> None:
    """Add the group."""
    record_commands(
        app,
        name="assets",
        one="an asset",
        help="Things without a ticker.",
        columns=("id", "kind", "name", "value", "currency", "valued_on", "estimate"),
        add=add,
        whole_lists=True,
    )


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
    body = {"kind": kind, "name": name, "value": value, "currency": currency}
    body |= {"valued_on": valued_on, "owner": owner, "appreciation": appreciation, "note": note}
    print_fields(connect().post("/assets", body))
