"""Rehearse a stop on venues of its own: how fast it is everywhere, and nothing open anywhere."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from application.kill_switch.cancel_resting import AccountOrders, CancelResting, VenueProgress
from application.kill_switch.commands import ActivateKill
from application.kill_switch.stop_away import StopAway
from domain.kill_switch.drill import DrillFigures, DrillVenue, spread_of
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from ports.broker import Acknowledged, Broker
from ports.ids import Ids
from ports.time import Clock, Sleeper

ACCOUNTS_AT_EACH = 5
PLACED_AT_ONCE = 32
LOOK_S = 0.005


class DrillUnfit(Exception):
    """The drill could not be set up; the message says what failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillSite:
    """One venue of the drill, and what makes it misbehave once its orders rest."""

    broker: Broker
    misbehave: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDrill:
    """Places orders, has the venues misbehave, and stops by the way that needs no storage.

    heard: what is called by the channel in the process that sends; it begins the cancels.
    """

    sites: Mapping[str, DrillSite]
    cancel: CancelResting
    stop: StopAway
    clock: Clock
    ids: Ids
    sleeper: Sleeper
    symbol: str
    within_s: float

    async def __call__(self, *, orders: int, begin: asyncio.Event) -> DrillFigures:
        """Return what was measured; begin is set by the process that sends. Raises DrillUnfit."""
        accounts = {
            name: [str(self.ids.new()) for _ in range(ACCOUNTS_AT_EACH)] for name in self.sites
        }
        share = {
            name: orders // len(self.sites) + (at < orders % len(self.sites))
            for at, name in enumerate(self.sites)
        }
        placed = await asyncio.gather(
            *(self._place(name, accounts[name], count=share[name]) for name in self.sites)
        )
        by_account = {one: count for counts in placed for one, count in counts.items()}
        for site in self.sites.values():
            await site.misbehave()
        began_s = self.clock.monotonic()
        telling = asyncio.ensure_future(self._tell(began_s))
        await begin.wait()
        cleared_ms: dict[str, float] = {}
        progress = {name: VenueProgress() for name in self.sites}
        watching = [
            self._cancel(name, accounts[name], progress[name], began_s, cleared_ms)
            for name in self.sites
        ]
        confirmed_ms = dict(zip(self.sites, await asyncio.gather(*watching), strict=True))
        spans = [
            cleared_ms[one]
            for one in by_account
            if one in cleared_ms
            for _ in range(by_account[one])
        ]
        return DrillFigures(
            broadcast_ms=await telling,
            confirmation_ms=spread_of(spans),
            venues=tuple(
                DrillVenue(
                    name=name,
                    orders=share[name],
                    confirmed=confirmed_ms[name] is not None,
                    escalated=confirmed_ms[name] is None,
                    confirmed_ms=confirmed_ms[name],
                    problem=progress[name].problem,
                )
                for name in self.sites
            ),
        )

    async def _tell(self, began_s: float) -> float:
        tenant_id: UUID = self.ids.new()
        reached = (
            await self.stop(ActivateKill(tenant_id=tenant_id, actor="drill", reason="drill"))
        ).reached
        if reached.silent:
            raise DrillUnfit(f"these did not hear the stop: {', '.join(reached.silent)}")
        return self._since(began_s)

    async def _cancel(
        self,
        name: str,
        accounts: list[str],
        progress: VenueProgress,
        began_s: float,
        cleared_ms: dict[str, float],
    ) -> float | None:
        """Return when the venue itself showed nothing open any more, None where it did not."""
        orders = [
            AccountOrders(account_id=one, wanted=lambda _: True, whole=True) for one in accounts
        ]
        running = asyncio.ensure_future(self.cancel.at(name, accounts=orders, progress=progress))
        try:
            while self._since(began_s) < self.within_s * 1000:
                for one in progress.cleared - cleared_ms.keys():
                    cleared_ms[one] = self._since(began_s)
                if running.done():
                    return self._since(began_s)
                await self.sleeper.sleep(LOOK_S)
            return None
        finally:
            running.cancel()
            await asyncio.wait({running})

    async def _place(self, name: str, accounts: list[str], *, count: int) -> dict[str, int]:
        """Have so many orders rest at a venue; return how many of each account."""
        slots = asyncio.Semaphore(PLACED_AT_ONCE)
        terms = OrderTerms(
            symbol=self.symbol,
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=Decimal(1),
            limit_price=Decimal(1),
            time_in_force=TimeInForce.GTC,
        )

        async def one(number: int) -> None:
            async with slots:
                answer = await self.sites[name].broker.submit(
                    account_id=accounts[number % len(accounts)],
                    client_order_id=f"drill-{number}",
                    terms=terms,
                    written=lambda: None,
                )
            if not isinstance(answer, Acknowledged):
                raise DrillUnfit(f"the venue {name} did not take an order: {answer.reason}")

        await asyncio.gather(*(one(number) for number in range(count)))
        each, more = divmod(count, len(accounts))
        return {account: each + (at < more) for at, account in enumerate(accounts)}

    def _since(self, began_s: float) -> float:
        return round((self.clock.monotonic() - began_s) * 1000, 3)
