"""`ballast passkeys`: see one's passkeys, and remove one that is lost."""

import sys
from typing import Annotated

import typer

from adapters.cli.client import Server, connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_json, print_rows

_PATH = "/passkeys"
_LISTED = ("id", "label", "backed_up", "created_at", "used_at")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="One's own passkeys; a browser makes and uses them.", no_args_is_help=True
    )
    app.add_typer(group, name="passkeys")
    group.command("list")(list_passkeys)
    group.command()(remove)


def list_passkeys(as_json: AsJson = False) -> None:
    """List your passkeys."""
    found = connect().get(_PATH)["items"]
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_LISTED, empty="no passkeys")


def remove(which: Annotated[str, typer.Argument(help="The passkey's id or label.")]) -> None:
    """Remove a passkey: nobody comes in by it any more."""
    server = connect()
    server.ask("DELETE", f"{_PATH}/{_id_of(server, which)}")
    sys.stdout.write("removed\n")


def _id_of(server: Server, which: str) -> str:
    found = server.get(_PATH)["items"]
    named = [one for one in found if which in (one["id"], one["label"])]
    if len(named) == 1:
        return str(named[0]["id"])
    if not named:
        raise CommandFailed(f"no passkey is called {which}: see `ballast passkeys list`")
    ids = "\n".join(f"  {one['id']}" for one in named)
    raise CommandFailed(f"{len(named)} passkeys are called {which}: give an id\n{ids}")
