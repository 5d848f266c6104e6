"""Offer the `ballast` command; each file beside this one is a group of commands.

Those that speak to a running server stand in `adapters/cli`, those that work through the use
cases of an installation in `adapters/cli/host`; here are those that start, or read settings. A
file registers its commands by a function `register(app)`. It imports nothing heavy at its top:
`ballast --help` loads them all.
"""

import pkgutil
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

from adapters import cli as client_commands
from adapters.cli import host as host_commands
from adapters.cli.client import OWN_SERVER
from adapters.cli.failures import guarded
from adapters.cli.host.reach import HOST
from bootstrap.cli.host import InstallationHost
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
    HOST.set(InstallationHost())


def register_all() -> None:
    """Let every file of commands register them, in the order of the files' names."""
    folders = {one.__name__: one.__path__ for one in (client_commands, host_commands)}
    folders[__name__] = __path__
    found = [
        (one.name, name) for name, path in folders.items() for one in pkgutil.iter_modules(path)
    ]
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
