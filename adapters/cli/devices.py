"""`ballast devices`, `ballast notices`: what one logs in on, and what one is told of it."""

import sys
from typing import Annotated

import typer

from adapters.cli.client import Server, connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_json, print_rows

_NOTICES_SHOWN = 50
_DEVICES = ("id", "label", "created_at", "seen_at", "trusted_until")
_NOTICES = ("id", "at", "kind", "detail", "read_at")
Which = Annotated[str, typer.Argument(help="The device's id, or its label if no other has it.")]


def register(app: typer.Typer) -> None:
    """Add the group and the command."""
    group = typer.Typer(help="Devices one logged in on.", no_args_is_help=True)
    app.add_typer(group, name="devices")
    group.command("list")(list_devices)
    group.command()(trust)
    group.command()(distrust)
    group.command()(remove)
    app.command()(notices)


def list_devices(as_json: AsJson = False) -> None:
    """List one's devices, and until when they are trusted."""
    found = list(connect().every("/devices"))
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_DEVICES, empty="no devices")


def trust(device: Which) -> None:
    """Ask for no second factor on a device for a while."""
    server = connect()
    told = server.post(f"/devices/{_id_of(server, device)}/trust")
    sys.stdout.write(f"{told['label']} is trusted until {told['trusted_until']}\n")


def distrust(device: Which) -> None:
    """Ask for the second factor on a device again."""
    server = connect()
    told = server.ask("DELETE", f"/devices/{_id_of(server, device)}/trust")
    sys.stdout.write(f"{told['label']} is not trusted\n")


def remove(device: Which) -> None:
    """Forget a device; its sessions end."""
    server = connect()
    told = server.ask("DELETE", f"/devices/{_id_of(server, device)}")
    sys.stdout.write(f"forgotten, {told['sessions_ended']} sessions ended\n")


def notices(
    everything: Annotated[bool, typer.Option("--all", help="Those that were read, too.")] = False,
    read: Annotated[
        bool, typer.Option("--read", help="Keep that those that are shown were read.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what one should know of one's own way in, newest first."""
    server = connect()
    unread = str(not everything).lower()
    found = server.get("/notices", limit=_NOTICES_SHOWN, unread=unread)["items"]
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_NOTICES, empty="no notices")
    if read:
        for one in found:
            server.post(f"/notices/{one['id']}/read")


def _id_of(server: Server, device: str) -> str:
    found = [one for one in server.every("/devices") if device in (one["id"], one["label"])]
    if not found:
        raise CommandFailed(f"no device has the id or label {device}")
    if len(found) > 1:
        raise CommandFailed(f"{len(found)} devices have the label {device}: give the id")
    return str(found[0]["id"])
