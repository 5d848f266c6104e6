"""Say what stands against a release by itself, before any books are compared."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from application.accounts.book_store import BookStore
from domain.accounts.account import Account
from domain.kill_switch.latch import Latch, LatchCause, PendingRelease
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.stops import StopChannel

# At the broker they may be; parked ones are a person's to judge.
_NOT_OUT = (OrderState.ACCEPTED, OrderState.PARKED)


async def held_by(
    pending: PendingRelease,
    *,
    engaged: Sequence[Latch],
    closing: Callable[[], Awaitable[Sequence[Order]]],
    channel: StopChannel,
) -> str | None:
    """Return what the release has to wait for, None where nothing holds it."""
    for latch in engaged:
        called_off = pending.cancel_flatten and latch.canceled_at is not None
        if latch.is_unfinished and not called_off:
            return _unfinished(latch)
    if (problem := await _unwatched(engaged, channel=channel)) is not None:
        return problem
    if not pending.cancel_flatten:
        return None
    out = [order for order in await closing() if order.state not in _NOT_OUT]
    if not out:
        return None
    return (
        f"{len(out)} closing order(s) are out, the first is {out[0].id}: "
        "cancel them, or wait for their end"
    )


async def closing_orders(accounts: Sequence[Account], *, book_store: BookStore) -> list[Order]:
    """Return the orders of these accounts that close positions under a halt."""
    books = await asyncio.gather(
        *(
            book_store.read(tenant_id=account.tenant_id, account_id=account.id)
            for account in accounts
        )
    )
    return [order for book in books for order in book.orders.values() if order.may_pass_halt]


async def _unwatched(engaged: Sequence[Latch], *, channel: StopChannel) -> str | None:
    """Say whether a watchdog that latched still hears nobody, and cancels what it finds.

    One that is gone says nothing: its latch can be released without it.
    """
    latched = {latch.scope.broker for latch in engaged if latch.cause is LatchCause.WATCHDOG}
    if not latched:
        return None
    silent = latched & (await channel.ask()).unwatched
    if not silent:
        return None
    names = ", ".join(sorted(broker for broker in silent if broker is not None))
    return (
        f"the watchdog hears nobody who sends to {names}, and cancels what opens there: "
        "start dispatch again, and release after its first beat"
    )


def _unfinished(latch: Latch) -> str:
    what = "orders are still being cancelled"
    if latch.canceled_at is not None:
        what = "positions are still being flattened; cancel_flatten calls that off"
    return f"the activation of {latch.engaged_at.isoformat()} is not done: {what}"
