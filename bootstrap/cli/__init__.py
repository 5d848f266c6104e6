"""Offer the `ballast` command; each file beside this one is a group of commands.

A file registers its commands by a function `register(app)`. It imports nothing heavy at its
top: `ballast --help` loads them all.
"""

import pkgutil
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

from adapters.cli.failures import guarded

app = typer.Typer(
    name="ballast",
    no_args_is_help=True,
    help="Risk-first trading and wealth.",
    # A traceback's locals may hold secrets.
    pretty_exceptions_enable=False,
)


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


def register_all() -> None:
    """Let every file in this folder register its commands, in the order of their names."""
    for room in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
        if room.name.startswith("_"):
            continue
        register = getattr(import_module(f"{__name__}.{room.name}"), "register", None)
        if register is not None:
            register(app)


register_all()


def main() -> None:
    """Run the command line; the console script starts here."""
    with guarded():
        app()
