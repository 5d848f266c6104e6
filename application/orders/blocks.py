"""Gather what stands against new orders beside their account's figures."""

from dataclasses import replace

from application.orders.commands import GroupKind, SubmitOrder
from application.orders.deps import OrderDesk
from application.orders.make_orders import astray
from domain.accounts.book import AccountBook
from domain.risk.situation import Blocks


def blocks_of(
    command: SubmitOrder, *, desk: OrderDesk, book: AccountBook, halted: bool
) -> Blocks | None:
    """Return what would keep the gate from letting the orders into the book, None without any.

    Every order that is not closed takes room at the venue, also one that waits or whose fate is
    not known: each may come to rest there.
    """
    open_orders, most = len(book.orders), desk.open_orders_max(book.account)
    wrong = _exit_astray(command, desk=desk)
    blocks = None
    if halted or wrong:
        blocks = Blocks(halted=halted, exit_astray=wrong)
    if most is not None and open_orders + len(command.orders) > most:
        blocks = replace(
            blocks or Blocks(), venue_full=True, open_orders=open_orders, open_orders_max=most
        )
    return blocks


def _exit_astray(command: SubmitOrder, *, desk: OrderDesk) -> str:
    """Say which exit misses the market's price, of a bracket whose entry names no price.

    It is the gate's to say, and not a fault of the request: asked again, the same request is
    answered as it was, wherever the market is by then.
    """
    if command.group is not GroupKind.BRACKET:
        return ""
    entry = command.orders[0].terms
    latest = desk.view.quote(entry.symbol)
    if (entry.limit_price or entry.stop_price) is not None or latest is None:
        return ""
    found = astray(command, price=latest.last)
    return "" if found is None else found[1]
