"""`ballast tokens`: personal access tokens, for scripts and machines."""

import sys
from typing import Annotated, Any

import typer

from adapters.cli.client import connect
from adapters.cli.members import member_id
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_PATH = "/tokens"
_LISTED = ("id", "name", "hint", "scopes", "expires_at", "last_used_at")
_DAY_S = 86_400


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Personal access tokens for scripts.", no_args_is_help=True)
    app.add_typer(group, name="tokens")
    group.command()(create)
    group.command("list")(list_tokens)
    group.command()(revoke)


def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[list[str], typer.Option(help="A permission such as orders.read; repeatable.")],
    account: Annotated[
        list[str] | None, typer.Option(help="Only this account; repeatable.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it lasts.", min=1)] = 90,
    machine: Annotated[
        str | None, typer.Option(help="A machine's id or name, whose token it is to be.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print its secret, which is told here and nowhere else."""
    server = connect()
    body: dict[str, Any] = {"name": name, "scopes": scope, "expires_in_s": days * _DAY_S}
    if account:
        body["accounts"] = account
    if machine is not None:
        body["member_id"] = member_id(server, machine)
    made = server.post(_PATH, body)
    if as_json:
        print_json(made)
        return
    print_fields(made, names=("id", "name", "scopes", "accounts", "expires_at", "token"))
    sys.stderr.write("keep the token now: it is not shown again\n")


def list_tokens(
    everyone: Annotated[
        bool, typer.Option("--all", help="Those of all members, if you manage them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List tokens that are not revoked, without their secrets."""
    found = connect().get(_PATH, everyone=str(everyone).lower())
    if as_json:
        print_json(found)
    else:
        print_rows(found["items"], columns=_LISTED, empty="no tokens")


def revoke(token_id: Annotated[str, typer.Argument(help="The token's id.")]) -> None:
    """Revoke a token: it is dead within a second."""
    connect().ask("DELETE", f"{_PATH}/{token_id}")
    sys.stdout.write("revoked\n")
