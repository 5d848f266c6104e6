"""`ballast streams`: is Kafka well, do consumers keep up."""

import sys
from typing import Annotated, Any

import typer

from adapters.cli.client import connect
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_TOPICS = ("name", "partitions", "messages_per_s", "p50_ms", "p99_ms", "under_replicated")
_GROUPS = ("group", "status", "lag", "restart_asked_at", "restart_done_at")
_ALARMS = ("kind", "subject", "value", "threshold", "raised_at")


def register(app: typer.Typer) -> None:
    """Add the group."""
    streams = typer.Typer(help="Kafka and its consumers.", no_args_is_help=True)
    app.add_typer(streams, name="streams")
    streams.command()(status)
    streams.command()(restart)


def status(as_json: AsJson = False) -> None:
    """Show topics, consumer groups and alarms."""
    server = connect()
    streams, consumers = server.get("/streams"), server.get("/streams/consumers")
    if as_json:
        print_json({"streams": streams, "consumers": consumers})
        return
    if not streams["configured"]:
        sys.stdout.write(f"{streams['detail']}\n")
        return
    reached = "yes" if streams["reachable"] else f"NO: {streams['detail']}"
    sys.stdout.write(f"reachable: {reached}\nas of: {streams['at'] or '-'}\n\n")
    print_rows([_topic(one) for one in streams["topics"]], columns=_TOPICS, empty="no topics")
    sys.stdout.write("\n")
    print_rows([_group(one) for one in consumers["items"]], columns=_GROUPS, empty="no consumers")
    sys.stdout.write("\n")
    print_rows(streams["alarms"], columns=_ALARMS, empty="no alarms")


def restart(group: Annotated[str, typer.Argument(help="The consumer group.")]) -> None:
    """Ask the members of a consumer group to finish, commit and start anew."""
    print_fields(connect().post(f"/streams/consumers/{_in_path(group)}/restart"))


def _in_path(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _topic(topic: dict[str, Any]) -> dict[str, Any]:
    latency = topic["latency"] or {}
    return topic | {"p50_ms": latency.get("p50_ms"), "p99_ms": latency.get("p99_ms")}


def _group(group: dict[str, Any]) -> dict[str, Any]:
    asked = group["restart"] or {}
    return group | {
        "restart_asked_at": asked.get("asked_at"),
        "restart_done_at": asked.get("done_at"),
    }
