"""`ballast order parked|attest`: what a person must settle, and their word on it."""

import sys
from typing import Annotated, Any

import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_json, print_rows

_PARKED = ("id", "symbol", "side", "quantity", "filled_quantity", "since", "venue", "reason")
_SETTLED = ("order_id", "result", "state", "problem")
# More than a page is asked for page by page.
_PAGE = 200


def register(group: typer.Typer) -> None:
    """Add the commands to the group of orders."""
    group.command()(parked)
    group.command()(attest)


def parked(
    symbol: Annotated[str | None, typer.Option(help="Only of this symbol.")] = None,
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=_PAGE)] = 50,
    as_json: AsJson = False,
) -> None:
    """List parked orders, each with what the broker says of its id now."""
    from urllib.parse import urlencode

    query = {"limit": str(limit)}
    query |= {"symbol": symbol.upper()} if symbol else {}
    query |= {"account_id": account} if account else {}
    found = connect().get(f"/orders/parked?{urlencode(query)}")
    if as_json:
        print_json(found)
        return
    print_rows([_row(one) for one in found["items"]], columns=_PARKED, empty="nothing is parked")
    if found["next_cursor"] is not None:
        sys.stdout.write("there are more: ask with a larger --limit\n")


def attest(
    order_ids: Annotated[list[str], typer.Argument(help="The parked orders' ids.")],
    reason: Annotated[str, typer.Option(help="How you know; it is kept with each order.")],
    outcome: Annotated[
        str, typer.Option(help="absent: the broker never had the order, or its replace.")
    ] = "absent",
    as_json: AsJson = False,
) -> None:
    """Attest what became of parked orders, each for itself; exits with 1 unless all are settled."""
    body = {"order_ids": order_ids, "outcome": outcome, "reason": reason}
    answered = connect().post("/orders/attest", body)
    if as_json:
        print_json(answered)
    else:
        print_rows(answered["items"], columns=_SETTLED, empty="")
    left = [one for one in answered["items"] if one["result"] not in ("settled", "was_settled")]
    if left:
        raise CommandFailed(f"{len(left)} of {len(answered['items'])} are not settled", code=1)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    order, venue = one["order"], one["venue"]
    said = venue["seen"].replace("_", " ")
    if venue["seen"] == "found":
        said = f"{venue['state']}, {venue['filled_quantity']} filled"
    elif venue["problem"]:
        said = f"{said}: {venue['problem']}"
    return {**order, "since": order["updated_at"], "venue": said}
