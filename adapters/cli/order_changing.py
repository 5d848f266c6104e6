"""`ballast order replace|group|resolve`: orders that change, or stand or fall together."""

from typing import Annotated, Any

import typer

from adapters.cli.accounts import Account, account_id
from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.order_asking import OrderId, checked_id
from adapters.cli.order_terms import terms_of
from adapters.cli.output import AsJson, print_json, print_rows

LISTED = (
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
_GROUPED = (
    "id",
    "role",
    "symbol",
    "side",
    "type",
    "quantity",
    "limit_price",
    "stop_price",
    "state",
)
_WORDS = ("limit", "stop", "trail", "type", "tif", "expires_at")


def replace(
    order_id: OrderId,
    quantity: Annotated[str | None, typer.Option(help="The new quantity, fills too.")] = None,
    limit: Annotated[str | None, typer.Option(help="The new limit price.")] = None,
    stop: Annotated[str | None, typer.Option(help="The new stop or touch price.")] = None,
    trail: Annotated[str | None, typer.Option(help="The new trail.")] = None,
    as_json: AsJson = False,
) -> None:
    """Replace an order's quantity and prices; what is not named stays."""
    asked = {"quantity": quantity, "limit_price": limit, "stop_price": stop, "trail": trail}
    body = {name: value for name, value in asked.items() if value is not None}
    if not body:
        raise CommandFailed("say what to change: --quantity, --limit, --stop or --trail", code=2)
    path = f"/orders/{checked_id(order_id)}"
    answered = connect().ask("PATCH", path, body=body)
    if as_json:
        print_json(answered)
    else:
        print_rows([answered], columns=LISTED, empty="")


def group(
    kind: Annotated[str, typer.Argument(help="oco, oto or bracket.")],
    leg: Annotated[
        list[str],
        typer.Argument(
            help="SYMBOL SIDE QUANTITY [limit=P] [stop=P] [trail=T] [type=T] [tif=T], in quotes;"
            " the entry first, of a bracket then the take-profit and the stop-loss."
        ),
    ],
    strategy: Annotated[str | None, typer.Option(help="The strategy they belong to.")] = None,
    account: Account = None,
    as_json: AsJson = False,
) -> None:
    """Submit orders that stand or fall together: oco, oto or bracket."""
    server = connect()
    body: dict[str, Any] = {
        "account_id": account_id(server, account),
        "group": kind.lower(),
        "orders": [_leg(one) for one in leg],
    }
    if strategy is not None:
        body["strategy_id"] = strategy
    answered = server.post("/order-groups", body)
    if as_json:
        print_json(answered)
    else:
        print_rows(answered["orders"], columns=_GROUPED, empty="")


def resolve(
    order_id: OrderId,
    reason: Annotated[str, typer.Argument(help="How you know that the broker never had it.")],
) -> None:
    """Attest that the broker never had a parked order, or the parked replace of one."""
    path = f"/orders/{checked_id(order_id)}/resolve"
    answered = connect().post(path, {"reason": reason})
    print_rows([answered], columns=LISTED, empty="")


def _leg(text: str) -> dict[str, Any]:
    """Return the order that one leg describes; raises CommandFailed."""
    words = text.split()
    if len(words) < 3:
        raise CommandFailed(f'a leg is such as "AAPL sell 10 limit=130", not {text!r}', code=2)
    said: dict[str, str] = {}
    for word in words[3:]:
        name, equals, value = word.partition("=")
        if name not in _WORDS or not equals or not value or name in said:
            raise CommandFailed(
                f"{word!r} in a leg: each of {', '.join(_WORDS)} may be given once, as name=value",
                code=2,
            )
        said[name] = value
    symbol, side, quantity = words[:3]
    # An exit that ends with its day leaves what it guards without it.
    return terms_of(
        symbol,
        side,
        quantity,
        limit=said.get("limit"),
        stop=said.get("stop"),
        trail=said.get("trail"),
        type=said.get("type"),
        tif=said.get("tif", "gtc"),
        expires_at=said.get("expires_at"),
    )
