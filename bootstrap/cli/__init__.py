"""Offer the `ballast` command."""

from importlib.metadata import version
from typing import Annotated

import typer

from bootstrap.cli.replay import replay
from bootstrap.cli.simulate import simulate

app = typer.Typer(name="ballast", no_args_is_help=True, help="Risk-first trading and wealth.")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ballast {version('ballast')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Run and command a Ballast server."""


app.command()(replay)
app.command()(simulate)


def main() -> None:
    """Run the command line; the console script starts here."""
    app()
