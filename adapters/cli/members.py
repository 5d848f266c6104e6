"""`ballast members`: who may do what, and on which accounts."""

import sys
from typing import Annotated, Any

import typer

from adapters.cli.client import Server, connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_PATH = "/members"
_LISTED = ("id", "name", "role", "accounts", "disabled")
Who = Annotated[str, typer.Argument(help="The member's id, name or e-mail address.")]
Account = Annotated[str, typer.Argument(help="The account's id.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Members: roles, and the accounts granted.", no_args_is_help=True)
    app.add_typer(group, name="members")
    group.command("list")(list_members)
    group.command()(show)
    group.command("me")(show_own)
    group.command("add-machine")(add_machine)
    group.command()(role)
    group.command()(disable)
    group.command()(enable)
    group.command()(grant)
    group.command()(revoke)


def list_members(as_json: AsJson = False) -> None:
    """List the members."""
    found = connect().get(_PATH)
    if as_json:
        print_json(found)
        return
    rows = [{**one, "accounts": _accounts(one)} for one in found["items"]]
    print_rows(rows, columns=_LISTED, empty="no members")


def show(who: Who, as_json: AsJson = False) -> None:
    """Show a member."""
    server = connect()
    found = server.get(f"{_PATH}/{member_id(server, who)}")
    (print_json if as_json else print_fields)(found)


def show_own(as_json: AsJson = False) -> None:
    """Show what you may do, with the token that you use."""
    found = connect().get(f"{_PATH}/me")
    (print_json if as_json else print_fields)(found)


def add_machine(name: Annotated[str, typer.Argument(help="What it is called.")]) -> None:
    """Add a machine: it has no password, and reaches no account until one is granted."""
    print_fields(connect().post(_PATH, {"name": name}))


def role(
    who: Who,
    name: Annotated[str, typer.Argument(help="owner, trader, viewer, trustee or auditor.")],
) -> None:
    """Give a member another role."""
    _change(who, {"role": name.lower()})


def disable(who: Who) -> None:
    """Let a member in no more, from within a second on."""
    _change(who, {"disabled": True})


def enable(who: Who) -> None:
    """Let a disabled member in again, with the same role and accounts."""
    _change(who, {"disabled": False})


def grant(
    who: Who,
    account: Account,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Reading only, whatever the role allows.")
    ] = False,
) -> None:
    """Grant an account to a member."""
    server = connect()
    path = f"{_PATH}/{member_id(server, who)}/accounts/{account}"
    print_fields(server.ask("PUT", path, body={"level": "read" if read_only else "role"}))


def revoke(who: Who, account: Account) -> None:
    """Take a granted account back."""
    server = connect()
    server.ask("DELETE", f"{_PATH}/{member_id(server, who)}/accounts/{account}")
    sys.stdout.write("revoked\n")


def member_id(server: Server, who: str) -> str:
    """Return whose id, name or e-mail address it is; raises CommandFailed."""
    found = server.get(_PATH)["items"]
    named = [one for one in found if who in (one["id"], one["name"], one["email"])]
    if len(named) == 1:
        return str(named[0]["id"])
    if not named:
        raise CommandFailed(f"no member is called {who}: see `ballast members list`")
    ids = "\n".join(f"  {one['id']}  {one['role']}" for one in named)
    raise CommandFailed(f"{len(named)} members are called {who}: give an id\n{ids}")


def _change(who: str, body: dict[str, Any]) -> None:
    server = connect()
    print_fields(server.ask("PATCH", f"{_PATH}/{member_id(server, who)}", body=body))


def _accounts(member: dict[str, Any]) -> str:
    if member["all_accounts"]:
        return "all"
    read = [one for one in member["grants"] if one["level"] == "read"]
    said = str(len(member["grants"]))
    return f"{said} ({len(read)} to read)" if read else said
