"""Guard a broker by a circuit breaker and rate budgets, and never the way out."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

import structlog

from adapters.brokers.breaker import BreakerSettings, Circuit, CircuitBreaker, Permit
from adapters.brokers.budget import RateBudget, RateSettings
from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    Broker,
    BrokerTraits,
    BrokerUnavailable,
    CalledOff,
    Refused,
    Report,
    UnreadableReport,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)
from ports.time import Clock, Sleeper

_Answer = TypeVar("_Answer")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSettings:
    """The breaker of submits and replaces, and two budgets that never lend to each other."""

    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    sends: RateSettings = field(default_factory=lambda: RateSettings(per_second=100.0, burst=100))
    # Cancels and reads: what is needed to get out, and to know where one stands.
    reserved: RateSettings = field(default_factory=lambda: RateSettings(per_second=50.0, burst=100))
    reserved_wait_max_s: float = 5.0
    # What closes a position passes an open circuit so often, over all accounts.
    probes: RateSettings = field(default_factory=lambda: RateSettings(per_second=1.0, burst=1))


class GuardedBroker:
    """A Broker whose submits and replaces stop when they fail or come too fast.

    Then they raise BrokerUnavailable at once: nothing was sent. They never wait, for the
    kill switch waits for sends. What is urgent has the reserve, and passes an open breaker
    once a second: enough to get out as soon as it can be. A refusal is an answer, not a
    failure. Cancels, reads and reports pass an open breaker; cancels and reads wait for
    their own budget, in order.
    """

    def __init__(
        self, *, inner: Broker, settings: GuardSettings, clock: Clock, sleeper: Sleeper
    ) -> None:
        self._inner = inner
        self._settings = settings
        self._clock = clock
        self._sleeper = sleeper
        self._breaker = CircuitBreaker(settings.breaker)
        self._sends = RateBudget(settings.sends)
        self._reserved = RateBudget(settings.reserved)
        self._probes = RateBudget(settings.probes)

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on, and how much a second is let through."""
        return replace(
            self._inner.traits,
            sends_per_s=self._settings.sends.per_second,
            cancels_per_s=self._settings.reserved.per_second,
        )

    @property
    def circuit(self) -> Circuit:
        """Where the breaker of submits and replaces stands."""
        return self._breaker.circuit(now_s=self._clock.monotonic())

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
        urgent: bool = False,
    ) -> Acknowledged | Refused:
        """Send one order, once, unless the breaker or the budget forbids it."""

        def call() -> Awaitable[Acknowledged | Refused]:
            return self._inner.submit(
                account_id=account_id,
                client_order_id=client_order_id,
                terms=terms,
                protective_limit=protective_limit,
                written=written,
                leaving=leaving,
                urgent=urgent,
            )

        return await (self._send_urgent(call) if urgent else self._send(call))

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Ask for a cancel, whatever the breaker says."""
        await self._wait_for_reserve()
        return await self._inner.cancel(account_id=account_id, client_order_id=client_order_id)

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Ask for a cancel of all, whatever the breaker says."""
        await self._wait_for_reserve()
        return await self._inner.cancel_all(account_ids=account_ids, symbol=symbol)

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        """Ask for new terms, unless the breaker or the budget forbids it."""
        return await self._send(
            lambda: self._inner.replace(
                account_id=account_id,
                client_order_id=client_order_id,
                terms=terms,
                protective_limit=protective_limit,
                written=written,
                leaving=leaving,
            )
        )

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Return the order by client order id, None if not visible."""
        await self._wait_for_reserve()
        return await self._inner.find(account_id=account_id, client_order_id=client_order_id)

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return every order of the account that can still fill."""
        await self._wait_for_reserve()
        return await self._inner.open_orders(account_id=account_id)

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Return what the account holds."""
        await self._wait_for_reserve()
        return await self._inner.positions(account_id=account_id)

    def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        """Yield the broker's reports."""
        return self._inner.reports(after=after)

    async def _send(self, call: Callable[[], Awaitable[_Answer]]) -> _Answer:
        now_s = self._clock.monotonic()
        permit = self._breaker.enter(now_s=now_s)
        if permit is None:
            wait_s = self._breaker.retry_after_s(now_s=now_s)
            raise BrokerUnavailable(
                f"{self.traits.name}: too many calls failed, none is sent for {wait_s:.0f} s"
            )
        if self._sends.take(now_s=now_s, wait_max_s=0.0) is None:
            self._breaker.give_back(permit)
            raise BrokerUnavailable(f"{self.traits.name}: the rate limit of orders is reached")
        return await self._counted(call, permit=permit)

    async def _counted(self, call: Callable[[], Awaitable[_Answer]], *, permit: Permit) -> _Answer:
        before = self._breaker.circuit(now_s=permit.began_s)
        failed: bool | None = None
        try:
            answer = await call()
            failed = False
            return answer
        except CalledOff:
            raise
        except Exception:
            failed = True
            raise
        finally:
            if failed is None:
                # Cancelled or called off by us: that is no word on the broker.
                self._breaker.give_back(permit)
            else:
                self._breaker.leave(permit, now_s=self._clock.monotonic(), failed=failed)
            self._tell(before)

    async def _send_urgent(self, call: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Send what closes a position: past the sends' budget, and now and then past the breaker.

        It draws on the reserve, so that the sends of others cannot use it up, and never
        waits. A broker that fails is asked no more often than its recovery has to be found.
        """
        now_s = self._clock.monotonic()
        permit = self._breaker.enter(now_s=now_s)
        if permit is None and self._probes.take(now_s=now_s, wait_max_s=0.0) is None:
            raise BrokerUnavailable(
                f"{self.traits.name}: calls fail; what closes a position is tried again soon"
            )
        if self._reserved.take(now_s=now_s, wait_max_s=0.0) is None:
            if permit is not None:
                self._breaker.give_back(permit)
            raise BrokerUnavailable(f"{self.traits.name}: the reserved rate limit is reached")
        if permit is None:
            return await call()
        return await self._counted(call, permit=permit)

    def _tell(self, before: Circuit) -> None:
        after = self.circuit
        if after is not before:
            log.warning("broker.circuit", broker=self.traits.name, circuit=after, before=before)

    async def _wait_for_reserve(self) -> None:
        wait_s = self._reserved.take(
            now_s=self._clock.monotonic(), wait_max_s=self._settings.reserved_wait_max_s
        )
        if wait_s is None:
            raise BrokerUnavailable(
                f"{self.traits.name}: more cancels and reads wait than"
                f" {self._settings.reserved_wait_max_s:g} s can take"
            )
        if wait_s > 0:
            await self._sleeper.sleep(wait_s)
