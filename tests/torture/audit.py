"""Compare what a server told, what it stored, and what the venue holds: nothing may differ."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

import httpx

from adapters.brokers.paper.wire import Dump
from application.orders.send_again import SENDS_MAX
from domain.orders.states import CLOSED
from domain.orders.terms import Side
from ports.broker import Dedup, VenueOrder, VenueState
from tests.torture.context import Context
from tests.torture.load import Answered, LoadReport

SETTLE_S = 90.0
REPEATED = 25
_END = {state.value for state in CLOSED} | {"parked"}
_OURS = {
    VenueState.FILLED: "filled",
    VenueState.CANCELED: "canceled",
    VenueState.EXPIRED: "expired",
    VenueState.REJECTED: "rejected",
}


@dataclass(slots=True, kw_only=True)
class Findings:
    """What an audit found."""

    orders: int = 0
    at_venue: int = 0
    parked: int = 0
    fills: int = 0
    wrongs: list[str] = field(default_factory=list)


async def settle(context: Context, *, account_ids: list[str]) -> list[str]:
    """Cancel what rests and wait for every order's end; return what does not come to one."""
    left: list[dict[str, Any]] = []
    for _ in range(int(SETTLE_S)):
        await context.ask("POST", "/api/v1/orders/cancel-all", body={})
        left = [
            order for order in await context.all("/api/v1/orders") if order["state"] not in _END
        ]
        if not left:
            return []
        await asyncio.sleep(1)
    ours = [order for order in left if order["account_id"] in account_ids]
    return [f"order {one['client_order_id']} stays {one['state']}" for one in ours]


async def audit(
    context: Context,
    *,
    told: LoadReport,
    dump: Dump,
    account_ids: list[str],
    funds: Decimal,
    random: Random,
    deposited: Mapping[str, Decimal] = MappingProxyType({}),
    dedup: Dedup = Dedup.NONE,
) -> Findings:
    """Hold every promise against every book.

    dedup: what was promised of the venue: only one that keeps every id may be asked again.
    deposited: what each account was given beside its funds.
    """
    found = Findings()
    stored = {order["client_order_id"]: order for order in await context.all("/api/v1/orders")}
    found.orders = len(stored)
    found.parked = sum(order["state"] == "parked" for order in stored.values())
    for answered in told.answers:
        found.wrongs += _durable(answered, stored=stored)
    sends_max = SENDS_MAX if dedup is Dedup.FULL else 1
    found.wrongs += _once(dump, sends_max=sends_max)
    held = {order.client_order_id: order for order in dump.orders}
    found.at_venue = len(held)
    for client_order_id, venue_order in held.items():
        order = stored.get(client_order_id)
        if order is None:
            found.wrongs.append(f"the venue has {client_order_id}, which nobody submitted")
        else:
            found.wrongs += _agrees(order, venue_order)
    for client_order_id, order in stored.items():
        if client_order_id not in held and order["state"] not in _UNSENT:
            found.wrongs.append(f"order {client_order_id} is {order['state']}, never at the venue")
    for account_id in account_ids:
        own = [order for order in dump.orders if order.account_id == account_id]
        found.fills += sum(len(order.fills) for order in own)
        given = funds + deposited.get(account_id, Decimal(0))
        found.wrongs += await _books_agree(context, account_id, own=own, funds=given)
    created = [one for one in told.answers if one.status == httpx.codes.CREATED]
    for answered in random.sample(created, min(REPEATED, len(created))):
        found.wrongs += await _answers_again(context, answered)
    return found


_UNSENT = {"denied", "rejected", "canceled", "expired", "parked"}


def _durable(answered: Answered, *, stored: dict[str, dict[str, Any]]) -> list[str]:
    name = answered.body["client_order_id"]
    order = stored.get(name)
    if answered.status not in (201, 403):
        return []
    if order is None:
        return [f"order {name} was answered {answered.status} and is lost"]
    if (order["state"] == "denied") is (answered.status == httpx.codes.CREATED):
        return [f"order {name} was answered {answered.status} and is {order['state']}"]
    if order["state"] not in _END:
        return [f"order {name} is {order['state']} after everything settled"]
    return []


def _once(dump: Dump, *, sends_max: int) -> list[str]:
    sent = Counter(one.client_order_id for one in dump.arrivals)
    booked = Counter(order.client_order_id for order in dump.orders)
    return [
        *(
            f"order {name} was sent {times} times"
            for name, times in sent.items()
            if times > sends_max
        ),
        *(f"order {name} is booked {times} times" for name, times in booked.items() if times > 1),
    ]


def _agrees(order: dict[str, Any], held: VenueOrder) -> list[str]:
    name, state = held.client_order_id, order["state"]
    filled = sum((fill.quantity for fill in held.fills), Decimal(0))
    wrongs = []
    if Decimal(order["filled_quantity"]) != filled:
        wrongs.append(f"order {name}: filled {order['filled_quantity']}, the venue's {filled}")
    if state == "parked":
        wrongs.append(f"order {name} is parked, and the venue shows it")
    elif _OURS.get(held.state) != state:
        wrongs.append(f"order {name} is {state}, the venue's is {held.state}")
    return wrongs


async def _books_agree(
    context: Context, account_id: str, *, own: list[VenueOrder], funds: Decimal
) -> list[str]:
    positions: dict[str, Decimal] = {}
    cash = funds
    for order in own:
        sign = 1 if order.terms.side is Side.BUY else -1
        for fill in order.fills:
            before = positions.get(order.terms.symbol, Decimal(0))
            positions[order.terms.symbol] = before + sign * fill.quantity
            cash -= sign * fill.quantity * fill.price + fill.commission
    said = await context.read(f"/api/v1/accounts/{account_id}/positions")
    ours = {one["symbol"]: Decimal(one["quantity"]) for one in said["items"]}
    theirs = {symbol: held for symbol, held in positions.items() if held}
    wrongs = []
    if ours != theirs:
        wrongs.append(f"account {account_id} holds {ours}, at the venue {theirs}")
    settled = (await context.read(f"/api/v1/accounts/{account_id}"))["cash"]
    if Decimal(settled) != cash:
        wrongs.append(f"account {account_id} has {settled}, its fills make {cash}")
    return wrongs


async def _answers_again(context: Context, answered: Answered) -> list[str]:
    """Repeat a request long after: the first answer again, byte by byte."""
    again = await context.ask("POST", "/api/v1/orders", body=answered.body, key=answered.key)
    if (again.status_code, again.content) == (answered.status, answered.content):
        return []
    return [f"key {answered.key!r} was answered anew: {again.status_code} {again.text[:200]}"]
