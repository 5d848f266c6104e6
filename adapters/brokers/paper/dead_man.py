"""Cancel an account's orders unless its owner goes on saying that they are there."""

import asyncio
from collections.abc import Awaitable, Callable

from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.settings import DEAD_MAN
from ports.broker import Acknowledged, DeadMan, Refused
from ports.time import Clock, Sleeper


class DeadManTimers:
    """One timer an account, gone with the process: a venue that restarts has none set."""

    def __init__(
        self,
        *,
        venue: PaperVenue,
        clock: Clock,
        sleeper: Sleeper,
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._sleeper = sleeper
        self._settle = settle
        # By account: when it is over, and whether orders that only reduce stay.
        self._until: dict[str, tuple[float, bool]] = {}
        self._running: asyncio.Task[None] | None = None

    @property
    def dead_man(self) -> DeadMan:
        """What it can be set to."""
        return DEAD_MAN

    async def keep_alive(
        self, *, account_id: str, within_s: float, keep_reducing: bool
    ) -> Acknowledged | Refused:
        """Set the account's timer anew; with 0 it has none any more."""
        if within_s == 0:
            self._until.pop(account_id, None)
            return Acknowledged("")
        if not DEAD_MAN.takes(within_s):
            low, high = DEAD_MAN.seconds_min, DEAD_MAN.seconds_max
            return Refused(f"within_s must be 0, or from {low:g} to {high:g}")
        self._until[account_id] = self._clock.monotonic() + within_s, keep_reducing
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())
        return Acknowledged("")

    async def stop(self) -> None:
        """Forget every timer."""
        self._until.clear()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def _run(self) -> None:
        while self._until:
            first = min(until_s for until_s, _ in self._until.values())
            wait_s = first - self._clock.monotonic()
            if wait_s > 0:
                # A renewal puts it off: it is looked at again then.
                await self._sleeper.sleep(wait_s)
                continue
            over = [one for one, (until_s, _) in self._until.items() if until_s <= first]
            for account_id in over:
                _, keep_reducing = self._until.pop(account_id)
                self._cancel(account_id, keep_reducing=keep_reducing)
            await self._settle()

    def _cancel(self, account_id: str, *, keep_reducing: bool) -> None:
        held = self._venue.open_orders(account_id=account_id)
        # What opens goes first.
        for order in sorted(held, key=lambda one: one.terms.reduce_only):
            if not (keep_reducing and order.terms.reduce_only):
                self._venue.cancel(account_id=account_id, client_order_id=order.client_order_id)
