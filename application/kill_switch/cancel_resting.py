"""Cancel what rests at the venues, from memory and from their own word, without storage."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ports.broker import Acknowledged, Refused, VenueOrder
from ports.stops import OpenOrders, RestingOrder, VenueCancels
from ports.time import Sleeper

# At one venue side by side.
CANCELS_AT_ONCE = 32
ACCOUNTS_AT_ONCE = 8
# A venue is asked again what rests there after so long, ever later.
AGAIN_S = 0.2
AGAIN_S_MAX = 5.0
# No call is waited for longer: the next look asks again.
CALL_S = 12.0

# Which of an account's orders are to go.
Wanted = Callable[[RestingOrder], bool]


@dataclass(slots=True, kw_only=True)
class VenueProgress:
    """How far the cancels at one venue are."""

    asked: int = 0
    # The venue's own reading shows nothing open that was to go.
    confirmed: bool = False
    problem: str = ""
    # The accounts of which the venue's reading shows nothing that was to go.
    cleared: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOrders:
    """Of which account which orders are to go; whole says that none is to stay."""

    account_id: str
    wanted: Wanted
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelResting:
    """Cancel at every venue side by side: opening orders first, those that only reduce last.

    What this process remembers goes at once, without a question; then the venue is asked what
    it still holds, until it holds nothing that was to go.
    """

    venues: Mapping[str, VenueCancels]
    memory: Mapping[str, OpenOrders]
    sleeper: Sleeper
    _slots: dict[str, asyncio.Semaphore] = field(default_factory=dict, init=False)

    async def at(
        self,
        venue: str,
        *,
        accounts: Sequence[AccountOrders],
        progress: VenueProgress,
        go_on: Callable[[], bool] = lambda: True,
    ) -> VenueProgress:
        """Return once the venue says that nothing rests there, or go_on says to leave it."""
        wait_s = AGAIN_S
        first = not await self._at_once(venue, accounts=accounts, progress=progress)
        while go_on():
            left = await self._round(venue, accounts=accounts, progress=progress, first=first)
            if not left:
                progress.confirmed, progress.problem = True, ""
                return progress
            first = False
            await self.sleeper.sleep(wait_s)
            wait_s = min(wait_s * 2, AGAIN_S_MAX)
        return progress

    async def _at_once(
        self, venue: str, *, accounts: Sequence[AccountOrders], progress: VenueProgress
    ) -> bool:
        """Ask by one request, where nothing is to stay and the venue takes it; tell if it did."""
        broker = self.venues[venue]
        whole = [account.account_id for account in accounts if account.whole]
        # Of no account it is not asked: what a venue makes of nobody is its own.
        if not broker.traits.cancel_all or not whole or len(whole) < len(accounts):
            return False
        progress.asked += 1
        try:
            async with asyncio.timeout(CALL_S):
                answer = await broker.cancel_all(account_ids=whole)
        # Whatever it was: each order is asked for by itself.
        except Exception as problem:  # noqa: BLE001
            progress.problem = _told(problem)
            return False
        return isinstance(answer, Acknowledged)

    async def _round(
        self,
        venue: str,
        *,
        accounts: Sequence[AccountOrders],
        progress: VenueProgress,
        first: bool,
    ) -> bool:
        """Ask for every cancel once; tell whether anything may still rest."""
        gate = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

        async def one(account: AccountOrders) -> bool:
            async with gate:
                return await self._account(venue, account, progress=progress, first=first)

        left = await asyncio.gather(*(one(account) for account in accounts))
        return any(left)

    async def _account(
        self, venue: str, account: AccountOrders, *, progress: VenueProgress, first: bool
    ) -> bool:
        memory = self.memory.get(venue)
        if first and memory is not None:
            known = memory.resting(account_id=account.account_id)
            await self._cancel(venue, account, orders=known, progress=progress)
        try:
            async with asyncio.timeout(CALL_S):
                held = await self.venues[venue].open_orders(account_id=account.account_id)
        # Whatever it was: the other accounts go on, and this one is asked again.
        except Exception as problem:  # noqa: BLE001
            progress.problem = _told(problem)
            return True
        orders = [resting_of(order) for order in held]
        wanted = [order for order in orders if account.wanted(order)]
        await self._cancel(venue, account, orders=wanted, progress=progress)
        if not wanted:
            progress.cleared.add(account.account_id)
        return bool(wanted)

    async def _cancel(
        self,
        venue: str,
        account: AccountOrders,
        *,
        orders: Sequence[RestingOrder],
        progress: VenueProgress,
    ) -> None:
        wanted = [order for order in orders if account.wanted(order)]
        for protective in (False, True):
            some = [order for order in wanted if order.reduce_only is protective]
            asking = (self._ask(venue, account, order, progress=progress) for order in some)
            await asyncio.gather(*asking)

    async def _ask(
        self, venue: str, account: AccountOrders, order: RestingOrder, *, progress: VenueProgress
    ) -> None:
        slots = self._slots.setdefault(venue, asyncio.Semaphore(CANCELS_AT_ONCE))
        async with slots:
            progress.asked += 1
            try:
                async with asyncio.timeout(CALL_S):
                    answer = await self.venues[venue].cancel(
                        account_id=account.account_id, client_order_id=order.client_order_id
                    )
            # Whatever it was: the other cancels go on, and the venue's own reading says what
            # became of this one.
            except Exception as problem:  # noqa: BLE001
                progress.problem = _told(problem)
                return
            if isinstance(answer, Refused):
                progress.problem = answer.reason


def resting_of(order: VenueOrder) -> RestingOrder:
    """Return what a stop needs to know of a venue's order."""
    return RestingOrder(
        client_order_id=order.client_order_id,
        symbol=order.terms.symbol,
        reduce_only=order.terms.reduce_only,
    )


def _told(problem: BaseException) -> str:
    return str(problem) or type(problem).__name__
