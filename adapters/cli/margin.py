"""`ballast margin`: what books and accounts have to be margined with, and plans to give it back."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_PATH = "/margin"
_SUMS = (
    "rulebook",
    "equity",
    "initial",
    "maintenance",
    "deposit",
    "buffer",
    "excess",
    "available",
    "sma",
)
_POSITIONS = (
    "symbol",
    "quantity",
    "price",
    "maintenance",
    "call_price",
    "liquidation_price",
    "distance_percent",
)
_PAIRINGS = ("strategy", "legs", "requirement", "initial", "maintenance")
_ALERTS = ("kind", "level", "amount", "due_on", "state", "opened_at")
_PLAN = ("id", "state", "target_buffer", "buffer_before", "buffer_after", "cost", "least", "taxes")
_STEPS = ("symbol", "quantity", "spread_cost", "impact_cost", "tax")
AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")]
_RULEBOOKS = ("name", "since", "long_initial", "long_maintenance", "short_maintenance", "sources")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Margin: what books need.", no_args_is_help=True)
    app.add_typer(group, name="margin")
    group.command()(show)
    group.command()(plan)
    group.command()(approve)
    group.command("what-if")(what_if)
    group.command()(rulebooks)


def show(account_id: AccountId, as_json: AsJson = False) -> None:
    """Show what margin an account takes, what is left, warnings and calls."""
    found = connect().get(f"{_PATH}/accounts/{account_id}")
    if as_json:
        print_json(found)
        return
    print_fields(found, names=(*_SUMS, "used", "automatic_target", "problem"))
    sys.stdout.write("\n")
    print_rows(found["positions"], columns=_POSITIONS, empty="no positions")
    for name in ("warnings", "calls"):
        if found[name]:
            sys.stdout.write("\n")
            print_rows(found[name], columns=_ALERTS, empty="")


def plan(
    account_id: AccountId,
    buffer: Annotated[
        str, typer.Option(help="The share of equity to be left above the maintenance: 0.25.")
    ],
    as_json: AsJson = False,
) -> None:
    """Work out what to close so that the buffer reaches a target; nothing is sent yet."""
    path = f"{_PATH}/accounts/{account_id}/deleverage-plans"
    found = connect().post(path, {"target_buffer": buffer})
    if as_json:
        print_json(found)
        return
    if found["plan"] is None:
        sys.stdout.write(f"no plan: {found['reason']}\n")
        return
    made = found["plan"]
    print_fields(made, names=_PLAN)
    sys.stdout.write("\n")
    print_rows(made["steps"], columns=_STEPS, empty="nothing to close")
    sys.stdout.write(f"\nballast margin approve {account_id} {made['id']}\n")


def approve(
    account_id: AccountId,
    plan_id: Annotated[str, typer.Argument(help="The plan's id.")],
) -> None:
    """Have a plan carried out: reduce-only orders, worked out anew after each fill."""
    path = f"{_PATH}/accounts/{account_id}/deleverage-plans/{plan_id}/approve"
    print_fields(connect().post(path, {}), names=("id", "state", "target_buffer", "approved_by"))


def what_if(
    file: Annotated[
        Path, typer.Argument(help="JSON: rulebook, as_of, cash or wallet, positions; - for stdin.")
    ],
    as_json: AsJson = False,
) -> None:
    """Work out the margin of the book in a file; nothing is kept."""
    book = _book(file)
    found = connect().post(f"{_PATH}/what-if", book)
    if as_json:
        print_json(found)
        return
    print_fields(found, names=_SUMS)
    sys.stdout.write("\n")
    print_rows(found["positions"], columns=_POSITIONS, empty="no positions")
    if found["pairings"]:
        sys.stdout.write("\n")
        rows = [{**one, "legs": _legs(one["legs"])} for one in found["pairings"]]
        print_rows(rows, columns=_PAIRINGS, empty="")


def rulebooks(as_json: AsJson = False) -> None:
    """List the rulebooks in their versions."""
    found = connect().get(f"{_PATH}/rulebooks")
    if as_json:
        print_json(found)
        return
    rows = [{**one, "sources": "; ".join(one["sources"])} for one in found["items"]]
    print_rows(rows, columns=_RULEBOOKS, empty="no rulebooks")


def _book(file: Path) -> dict[str, object]:
    """Read the book; numbers stay what is written there, to the last digit."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text()
        book = json.loads(text, parse_float=str, parse_int=str)
    except (OSError, ValueError) as problem:
        raise CommandFailed(f"{file}: {problem}", code=2) from problem
    if not isinstance(book, dict):
        raise CommandFailed(f"{file}: must be an object with rulebook, as_of and positions", code=2)
    return book


def _legs(legs: list[dict[str, str]]) -> str:
    return ", ".join(f"{leg['quantity']} {leg['symbol']}" for leg in legs)
