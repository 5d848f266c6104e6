"""Offer the `ballast` command; each file beside this one is a group of commands.

Those that speak to a running server stand in `adapters/cli`. A file registers its commands by a
function `register(app)`. It imports nothing heavy at its top: `ballast --help` loads them all.
"""

import pkgutil
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

from adapters import cli as client_commands
from adapters.cli.client import OWN_SERVER
from adapters.cli.failures import guarded
from bootstrap.cli.own_server import own_server

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
    OWN_SERVER.set(own_server)


def register_all() -> None:
    """Let every file of commands register them, in the order of the files' names."""
    folders = (client_commands.__path__, client_commands.__name__), (__path__, __name__)
    found = [(one.name, name) for path, name in folders for one in pkgutil.iter_modules(path)]
    for file, folder in sorted(found):
        if file.startswith("_"):
            continue
        register = getattr(import_module(f"{folder}.{file}"), "register", None)
        if register is not None:
            register(app)


register_all()


def main() -> None:
    """Run the command line; the console script starts here."""
    with guarded():
        app()
