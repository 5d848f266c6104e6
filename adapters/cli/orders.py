"""`ballast order`: submit, preview, cancel, list, show, watch."""

import sys
from typing import Annotated

import typer

from adapters.cli import order_asking, order_changing, parked
from adapters.cli.accounts import Account, account_id
from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.order_asking import OrderId, checked_id, print_analysis, print_preview
from adapters.cli.order_changing import LISTED
from adapters.cli.order_terms import terms_of
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

Symbol = Annotated[str, typer.Argument(help="What to trade, such as IBM.")]
Side = Annotated[str, typer.Argument(help="buy or sell.")]
Quantity = Annotated[str, typer.Argument(help="How many units.")]
Limit = Annotated[str | None, typer.Option(help="Limit price.")]
Stop = Annotated[str | None, typer.Option(help="Stop or touch price.")]
Trail = Annotated[str | None, typer.Option(help="Trail of a trailing stop: 1.50 or 2%.")]
Type = Annotated[str | None, typer.Option(help="Order type, where the prices do not say it.")]
Tif = Annotated[str, typer.Option(help="day, gtc, gtd, ioc, fok, opg or cls.")]
Until = Annotated[str | None, typer.Option(help="End of a gtd order.")]
Strategy = Annotated[str | None, typer.Option(help="The strategy it belongs to.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="Orders: submit, replace, cancel, preview, explain, list, watch.",
        no_args_is_help=True,
    )
    app.add_typer(group, name="order")
    group.command()(submit)
    group.command("group")(order_changing.group)
    group.command()(preview)
    group.command()(order_changing.replace)
    group.command()(cancel)
    group.command()(order_asking.explain)
    group.command()(order_changing.resolve)
    group.command("list")(list_orders)
    group.command()(show)
    group.command()(watch)
    parked.register(group)


def submit(
    symbol: Symbol,
    side: Side,
    quantity: Quantity,
    limit: Limit = None,
    stop: Stop = None,
    trail: Trail = None,
    type: Type = None,
    tif: Tif = "day",
    expires_at: Until = None,
    client_order_id: Annotated[str | None, typer.Option(help="Your own id.")] = None,
    strategy: Strategy = None,
    reduce_only: Annotated[bool, typer.Option("--reduce-only", help="Only reduce.")] = False,
    post_only: Annotated[bool, typer.Option("--post-only", help="Only make.")] = False,
    account: Account = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Ask what the gate would say; store nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Submit an order. A denied one prints the reasons and exits with 3."""
    terms = terms_of(
        symbol,
        side,
        quantity,
        limit=limit,
        stop=stop,
        trail=trail,
        type=type,
        tif=tif,
        expires_at=expires_at,
    )
    server = connect()
    body = terms | {
        "account_id": account_id(server, account),
        "reduce_only": reduce_only,
        "post_only": post_only,
    }
    optional = {"client_order_id": client_order_id, "strategy_id": strategy}
    body |= {name: value for name, value in optional.items() if value is not None}
    answered = server.post("/orders/preview" if preview else "/orders", body)
    if as_json or preview:
        print_json(answered)
    else:
        print_rows([answered], columns=LISTED, empty="")


def preview(
    symbol: Symbol,
    side: Side,
    quantity: Quantity,
    limit: Limit = None,
    stop: Stop = None,
    trail: Trail = None,
    type: Type = None,
    tif: Tif = "day",
    expires_at: Until = None,
    strategy: Strategy = None,
    account: Account = None,
    analyze: Annotated[
        bool, typer.Option("--analyze", help="Rate it: what it uses, costs and risks.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask what the gate would say to an order, with each rule's limit; nothing is stored."""
    terms = terms_of(
        symbol,
        side,
        quantity,
        limit=limit,
        stop=stop,
        trail=trail,
        type=type,
        tif=tif,
        expires_at=expires_at,
    )
    server = connect()
    body = terms | {"account_id": account_id(server, account)}
    path = "/pre-trade/analyze" if analyze else "/orders/preview"
    said = server.post(path, body | ({"strategy_id": strategy} if strategy else {}))
    if as_json:
        print_json(said)
    else:
        (print_analysis if analyze else print_preview)(said)


def cancel(
    order_id: Annotated[str | None, typer.Argument(help="The order's id.")] = None,
    all_orders: Annotated[bool, typer.Option("--all", help="Cancel every order.")] = False,
    symbol: Annotated[str | None, typer.Option(help="With --all: only of this symbol.")] = None,
    account: Annotated[str | None, typer.Option(help="With --all: only of this account.")] = None,
) -> None:
    """Cancel one order, or with --all every one."""
    if order_id is not None and not all_orders:
        path = f"/orders/{checked_id(order_id)}"
        answered = connect().ask("DELETE", path)
        print_rows([answered], columns=LISTED, empty="")
        return
    if order_id is not None or not all_orders:
        raise CommandFailed("name one order, or cancel every one with --all", code=2)
    body = {"account_id": account, "symbol": symbol.upper() if symbol else None}
    answered = connect().post(
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
        print_rows(found["items"], columns=LISTED, empty="no orders")


def show(order_id: OrderId, as_json: AsJson = False) -> None:
    """Show an order and its whole history."""
    path, server = f"/orders/{checked_id(order_id)}", connect()
    order, events = server.get(path), server.get(f"{path}/events")
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
    from adapters.cli.watching import watch_account

    watch_account(account_id(connect(), account), count=count, as_json=as_json)
