"""Gather what stands against new orders beside their account's figures."""

from dataclasses import replace

from application.orders.commands import GroupKind, SubmitOrder
from application.orders.deps import OrderContext
from application.orders.make_orders import astray
from domain.accounts.book import AccountBook
from domain.kill_switch.latch import Level, Target
from domain.orders.order import Order
from domain.risk.situation import Blocks


def blocks_of(
    command: SubmitOrder, *, context: OrderContext, book: AccountBook, level: Level | None
) -> Blocks | None:
    """Return what would keep the gate from letting the orders into the book, None without any.

    Every order that is not closed takes room at the venue, also one that waits or whose fate is
    not known: each may come to rest there.
    """
    open_orders, most = len(book.orders), context.open_orders_max(book.account)
    wrong = _exit_astray(command, context=context)
    blocks = None
    if level is not None or wrong:
        halted, reducing = level is Level.HALTED, level is Level.REDUCING
        blocks = Blocks(halted=halted, reducing=reducing, exit_astray=wrong)
    if most is not None and open_orders + len(command.orders) > most:
        blocks = replace(
            blocks or Blocks(), venue_full=True, open_orders=open_orders, open_orders_max=most
        )
    return blocks


def target_of(order: Order, *, broker: str) -> Target:
    """Return the order as a latch of the kill switch sees it."""
    return Target(
        tenant_id=order.tenant_id,
        account_id=order.account_id,
        broker=broker,
        symbol=order.symbol,
        strategy_id=order.strategy_id,
    )


def _exit_astray(command: SubmitOrder, *, context: OrderContext) -> str:
    """Say which exit misses the market's price, of a bracket whose entry names no price.

    It is the gate's to say, and not a fault of the request: asked again, the same request is
    answered as it was, wherever the market is by then.
    """
    if command.group is not GroupKind.BRACKET:
        return ""
    entry = command.orders[0].terms
    latest = context.view.quote(entry.symbol)
    if (entry.limit_price or entry.stop_price) is not None or latest is None:
        return ""
    found = astray(command, price=latest.last)
    return "" if found is None else found[1]
