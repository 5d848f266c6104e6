"""`ballast kill drill`: rehearse a stop on venues of its own, and keep what it showed."""

import json
import sys
from typing import Annotated

import typer

from adapters.cli.failures import REFUSED, CommandFailed
from adapters.cli.host.reach import host
from adapters.cli.output import AsJson, print_json, print_rows

_ALL = "steady,slow,refusing,unreachable,losing_replies"


def register(app: typer.Typer) -> None:
    """Add the command to the kill switch's."""
    group = next(one.typer_instance for one in app.registered_groups if one.name == "kill")
    assert group is not None
    group.command()(drill)


def drill(
    orders: Annotated[int, typer.Option(min=1, max=10_000, help="How many rest at first.")] = 1_000,
    venues: Annotated[str, typer.Option(help="Which venues, and how each behaves.")] = _ALL,
    within_s: Annotated[
        float, typer.Option(min=0.5, max=120, help="Then a venue counts as escalated.")
    ] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Stop orders that rest at venues on loopback: no account, broker or server is touched.

    It goes the way of a stop without the database: the channel to every process, cancels at all
    venues side by side, and each venue's own reading. What it showed is signed and kept in the
    data folder, for GET /api/v1/kill-switch/drills.
    """
    named = list(dict.fromkeys(name.strip() for name in venues.split(",") if name.strip()))
    if not named:
        raise CommandFailed("--venues: name one at least", code=REFUSED)
    signed = host().drill(orders=orders, venues=named, within_s=within_s)
    shown = {**json.loads(signed.text), "signature": signed.signature}
    if as_json:
        print_json(shown)
        return
    sys.stdout.write(f"broadcast: {shown['broadcast_ms']} ms\n")
    if shown["confirmation_ms"] is not None:
        told = ", ".join(f"{name} {ms} ms" for name, ms in shown["confirmation_ms"].items())
        sys.stdout.write(f"confirmation: {told}\n")
    columns = ("name", "orders", "confirmed", "escalated", "confirmed_ms", "problem")
    print_rows(shown["venues"], columns=columns, empty="no venues")
