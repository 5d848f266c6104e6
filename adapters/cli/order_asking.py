"""`ballast order preview|explain`: what the gate would say, and why it said what it did."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

OrderId = Annotated[str, typer.Argument(help="The order's id.")]
_REASONS = ("code", "message", "value", "limit", "rule_name")
_PARTS = ("name", "value", "limit", "score", "exempt")
_HEADROOM = ("rule_name", "value", "limit", "unit", "breached", "action")


def checked_id(order_id: str) -> str:
    """Return an order's id; raises CommandFailed for what cannot be one."""
    try:
        return str(UUID(order_id))
    except ValueError:
        raise CommandFailed(
            f"{order_id} is no order's id: one looks like 0199a000-0000-7000-8000-000000000003;"
            " `ballast order list` shows them",
            code=2,
        ) from None


def print_preview(said: Mapping[str, Any]) -> None:
    """Print what the gate would say."""
    sys.stdout.write("would be accepted\n" if said["approved"] else "would be denied\n")
    _print_verdict(said)
    if said["effect"]:
        sys.stdout.write("\n")
        print_fields(said["effect"])


def print_analysis(said: Mapping[str, Any]) -> None:
    """Print how dangerous an order would be, and each part of that."""
    sys.stdout.write(f"{said['rating']}, score {said['score']}\n")
    advice = said["advice"]
    if advice is not None and advice["model"]:
        sys.stdout.write(f"{advice['model']}: {advice['explanation']}\n")
    sys.stdout.write("\n")
    print_rows(said["parts"], columns=_PARTS, empty="")
    for missing in said["missing"]:
        sys.stdout.write(f"missing: {missing}\n")
    if said["reasons"]:
        sys.stdout.write("\n")
        print_rows(said["reasons"], columns=_REASONS, empty="")


def explain(
    order_id: OrderId,
    inputs: Annotated[bool, typer.Option("--inputs", help="All its figures, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Explain the gate's decision on an order: each rule, its value and limit."""
    path = f"/orders/{checked_id(order_id)}/explanation"
    said = connect().get(path)
    if as_json:
        print_json(said)
        return
    word = "approved" if said["approved"] else "denied"
    sys.stdout.write(f"{word} at {said['decided_at']}\n")
    _print_verdict(said)
    if inputs:
        sys.stdout.write("\n")
        print_fields(said["inputs"])


def _print_verdict(said: Mapping[str, Any]) -> None:
    if said["reasons"]:
        sys.stdout.write("\n")
        print_rows(said["reasons"], columns=_REASONS, empty="")
    if said["headroom"]:
        sys.stdout.write("\n")
        print_rows(said["headroom"], columns=_HEADROOM, empty="")
