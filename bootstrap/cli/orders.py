"""`ballast order`: submit, cancel, list, show, watch."""

import sys
from typing import Annotated, Any

import typer

from bootstrap.cli import parked
from bootstrap.cli.accounts import Account, account_id
from bootstrap.cli.client import connect
from bootstrap.cli.failures import CommandFailed
from bootstrap.cli.output import AsJson, print_fields, print_json, print_rows

_LISTED = (
    "id",
    "symbol",
    "side",
    "type",
    "quantity",
    "limit_price",
    "state",
    "filled_quantity",
    "average_price",
)


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Orders: submit, cancel, list, watch.", no_args_is_help=True)
    app.add_typer(group, name="order")
    group.command()(submit)
    group.command()(cancel)
    group.command("list")(list_orders)
    group.command()(show)
    group.command()(watch)
    parked.register(group)


def submit(
    symbol: Annotated[str, typer.Argument(help="What to trade, such as IBM.")],
    side: Annotated[str, typer.Argument(help="buy or sell.")],
    quantity: Annotated[str, typer.Argument(help="How many units.")],
    limit: Annotated[str | None, typer.Option(help="Limit price.")] = None,
    stop: Annotated[str | None, typer.Option(help="Stop or touch price.")] = None,
    trail: Annotated[str | None, typer.Option(help="Trail of a trailing stop: 1.50 or 2%.")] = None,
    type: Annotated[
        str | None, typer.Option(help="Order type, where the prices do not say it.")
    ] = None,
    tif: Annotated[str, typer.Option(help="day, gtc, gtd, ioc, fok, opg or cls.")] = "day",
    expires_at: Annotated[str | None, typer.Option(help="End of a gtd order.")] = None,
    client_order_id: Annotated[str | None, typer.Option(help="Your own id.")] = None,
    strategy: Annotated[str | None, typer.Option(help="The strategy it belongs to.")] = None,
    reduce_only: Annotated[bool, typer.Option("--reduce-only", help="Only reduce.")] = False,
    post_only: Annotated[bool, typer.Option("--post-only", help="Only make.")] = False,
    account: Account = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Ask what the gate would say; store nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Submit an order. A denied one prints the reasons and exits with 3."""
    server = connect()
    body: dict[str, Any] = {
        "account_id": account_id(server, account),
        "symbol": symbol.upper(),
        "side": side.lower(),
        "type": type or _type(limit=limit, stop=stop, trail=trail),
        "quantity": quantity,
        "time_in_force": tif,
        "reduce_only": reduce_only,
        "post_only": post_only,
    }
    optional = {
        "limit_price": limit,
        "stop_price": stop,
        "expires_at": expires_at,
        "client_order_id": client_order_id,
        "strategy_id": strategy,
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    if trail is not None:
        body["trail"] = trail.removesuffix("%")
        body["trail_kind"] = "percent" if trail.endswith("%") else "amount"
    answered = server.post("/orders/preview" if preview else "/orders", body)
    if as_json or preview:
        print_json(answered)
    else:
        print_rows([answered], columns=_LISTED, empty="")


def cancel(
    order_id: Annotated[str | None, typer.Argument(help="The order's id.")] = None,
    all_orders: Annotated[bool, typer.Option("--all", help="Cancel every order.")] = False,
    symbol: Annotated[str | None, typer.Option(help="With --all: only of this symbol.")] = None,
    account: Annotated[str | None, typer.Option(help="With --all: only of this account.")] = None,
) -> None:
    """Cancel one order, or with --all every one."""
    server = connect()
    if order_id is not None and not all_orders:
        answered = server.ask("DELETE", f"/orders/{order_id}")
        print_rows([answered], columns=_LISTED, empty="")
        return
    if order_id is not None or not all_orders:
        raise CommandFailed("name one order, or cancel every one with --all", code=2)
    body = {"account_id": account, "symbol": symbol}
    answered = server.post(
        "/orders/cancel-all", {name: value for name, value in body.items() if value is not None}
    )
    sys.stdout.write(f"cancels asked for: {answered['canceled']}\n")


def list_orders(
    state: Annotated[list[str] | None, typer.Option(help="Only in this state; repeatable.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Only of this symbol.")] = None,
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List orders, newest first."""
    from urllib.parse import urlencode

    query: list[tuple[str, str]] = [("limit", str(limit))]
    query += [("state", one) for one in state or ()]
    query += [("symbol", symbol.upper())] if symbol else []
    query += [("account_id", account)] if account else []
    found = connect().get(f"/orders?{urlencode(query)}")
    if as_json:
        print_json(found)
    else:
        print_rows(found["items"], columns=_LISTED, empty="no orders")


def show(
    order_id: Annotated[str, typer.Argument(help="The order's id.")], as_json: AsJson = False
) -> None:
    """Show an order and its whole history."""
    server = connect()
    order, events = server.get(f"/orders/{order_id}"), server.get(f"/orders/{order_id}/events")
    if as_json:
        print_json({"order": order, "events": events["items"]})
        return
    print_fields(order)
    sys.stdout.write("\n")
    print_rows(events["items"], columns=("at", "type", "sequence"), empty="no events")


def watch(
    account: Account = None,
    count: Annotated[
        int | None, typer.Option(help="End after so many events; else at Ctrl-C.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Print every change of an account's orders, fills and positions as it happens."""
    from bootstrap.cli.watching import watch_account

    watch_account(account_id(connect(), account), count=count, as_json=as_json)


def _type(*, limit: str | None, stop: str | None, trail: str | None) -> str:
    """Return the order type that the prices given mean."""
    match limit, stop, trail:
        case None, None, None:
            return "market"
        case _, None, None:
            return "limit"
        case None, _, None:
            return "stop"
        case None, _, _:
            return "trailing_stop"
        case _, _, None:
            return "stop_limit"
        case _:
            raise CommandFailed("--trail does not go with --limit", code=2)
