"""`ballast notify`: what one is told, how, and whether it arrives."""

from typing import Annotated, Any

import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_PATH = "/notifications"
_LISTED = ("at", "priority", "type", "subject", "read_at", "id")
_WISHES = ("type", "channel", "enabled", "least_priority", "quiet_from", "quiet_to", "zone")
_ADDRESSES = ("channel", "address", "pending", "confirmed_at", "id")
Channel = Annotated[str, typer.Option(help="email, sms, push or webhook.", show_default=False)]
Limit = Annotated[int, typer.Option(help="How many, newest first.", min=1, max=200)]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What you are told, and where.", no_args_is_help=True)
    app.add_typer(group, name="notify")
    for name, command in (
        ("list", list_notifications),
        ("show", show),
        ("acknowledge", acknowledge),
        ("read-all", read_all),
        ("preferences", preferences),
        ("channels", channels),
        ("confirm", confirm),
        ("test", try_channel),
    ):
        group.command(name)(command)


def list_notifications(
    unread: Annotated[bool, typer.Option("--unread", help="Only what was not read.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List what you were told, newest first."""
    asked: dict[str, Any] = {"limit": limit}
    if unread:
        asked["unread"] = "true"
    found = connect().get(_PATH, **asked)["items"]
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_LISTED, empty="nothing was told")


def show(
    notification_id: Annotated[str, typer.Argument(help="The notification's id.")],
    as_json: AsJson = False,
) -> None:
    """Show one, and what became of it on each channel."""
    found = connect().get(f"{_PATH}/{notification_id}")
    if as_json:
        print_json(found)
        return
    print_fields(found["notification"])
    columns = ("channel", "state", "reason", "attempts", "done_at")
    print_rows(found["deliveries"], columns=columns, empty="it went nowhere")


def acknowledge(
    notification_id: Annotated[str, typer.Argument(help="The notification's id.")],
) -> None:
    """Take one in hand: nobody is told of it again."""
    print_fields(connect().post(f"{_PATH}/{notification_id}/acknowledge", {}))


def read_all() -> None:
    """Keep that you read them all."""
    print_fields(connect().ask("PUT", f"{_PATH}/mark-all-read"))


def preferences(as_json: AsJson = False) -> None:
    """List how you want to be told; of what is not listed the default holds."""
    found = connect().get(f"{_PATH}/preferences")["items"]
    if as_json:
        print_json(found)
    else:
        empty = "the defaults hold: all in app, HIGH and URGENT by mail too"
        print_rows(found, columns=_WISHES, empty=empty)


def channels(
    address: Annotated[str, typer.Option(help="An address to which a code is sent.")] = "",
    channel: Channel = "",
    as_json: AsJson = False,
) -> None:
    """List your addresses, or with --channel and --address give one."""
    if bool(address) is not bool(channel):
        raise CommandFailed("give --channel and --address together, or neither")
    if address:
        body = {"channel": channel.upper(), "address": address}
        given = connect().ask("PUT", f"{_PATH}/channels", body=body)
        print_fields(given)
        if not given["sent"]:
            raise CommandFailed(f"no code was sent: {given['answer']}")
        return
    found = connect().get(f"{_PATH}/channels")
    if as_json:
        print_json(found)
    else:
        there = ", ".join(found["available"]) or "no channel that leads out"
        empty = f"no address yet; this installation has {there}"
        print_rows(found["items"], columns=_ADDRESSES, empty=empty)


def confirm(
    code: Annotated[str, typer.Argument(help="The code that was sent to the address.")],
    channel: Channel,
) -> None:
    """Take an address into use by the code that was sent to it."""
    body = {"channel": channel.upper(), "code": code}
    print_fields(connect().ask("PUT", f"{_PATH}/channels", body=body))


def try_channel(channel: Channel, as_json: AsJson = False) -> None:
    """Send a message to your address on a channel, and say what the server answered."""
    listed = connect().get(f"{_PATH}/channels")["items"]
    wanted = [one for one in listed if one["channel"] == channel.upper()]
    if not wanted:
        raise CommandFailed(
            f"you have no address for {channel}: ballast notify channels --channel {channel}"
            " --address ADDRESS"
        )
    said = connect().post(f"{_PATH}/channels/{wanted[0]['id']}/test", {})
    if as_json:
        print_json(said)
    elif said["sent"]:
        typer.echo(f"sent; the server answered: {said['answer'] or 'taken'}")
    if not said["sent"]:
        raise CommandFailed(f"not sent: {said['answer']}")
