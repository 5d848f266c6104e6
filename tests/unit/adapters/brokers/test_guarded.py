"""A failing broker is left alone, and the way out stays open."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.brokers.breaker import BreakerSettings, Circuit
from adapters.brokers.budget import RateBudget, RateSettings
from adapters.brokers.guarded import GuardedBroker, GuardSettings
from adapters.memory.time import ManualClock, ManualSleeper
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.shared.values import InvalidValue
from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnavailable,
    BrokerUnsure,
    Dedup,
    Refused,
    Report,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)

TERMS = OrderTerms(symbol="IBM", side=Side.BUY, type=OrderType.MARKET, quantity=Decimal(1))
FAST = RateSettings(per_second=1e6, burst=1_000_000)


@dataclass
class MoodyBroker:
    """A broker that answers as it is told, after as long as it is told."""

    clock: ManualClock
    answer: Acknowledged | Refused | Exception = field(default_factory=lambda: Acknowledged("v"))
    takes_s: float = 0.0
    sent: int = 0
    reads: int = 0

    @property
    def traits(self) -> BrokerTraits:
        return BrokerTraits(
            name="moody", dedup=Dedup.NONE, settle_horizon_s=1.0, native_reduce_only=False
        )

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
        self.sent += 1
        written()
        self.clock.advance(self.takes_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

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
        return await self.submit(
            account_id=account_id, client_order_id=client_order_id, terms=terms, written=written
        )

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        self.reads += 1
        return Acknowledged("v")

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        self.reads += 1
        return None

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        self.reads += 1
        return []

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        self.reads += 1
        return Acknowledged("")

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        self.reads += 1
        return []

    async def reports(self, *, after: int) -> AsyncIterator[Report]:
        none: list[Report] = []
        for report in none:
            yield report


class Post:
    """A moody broker, its guard and their clock."""

    def __init__(self, settings: GuardSettings | None = None) -> None:
        self.clock = ManualClock(datetime(2026, 1, 2, tzinfo=UTC))
        self.broker = MoodyBroker(self.clock)
        self.guard = GuardedBroker(
            inner=self.broker,
            settings=settings or GuardSettings(sends=FAST, reserved=FAST),
            clock=self.clock,
            sleeper=ManualSleeper(self.clock),
        )

    def circuit(self) -> Circuit:
        return self.guard.circuit

    async def submit(self, *, urgent: bool = False) -> Acknowledged | Refused:
        return await self.guard.submit(
            account_id="a", client_order_id="c", terms=TERMS, written=lambda: None, urgent=urgent
        )

    async def fail(self, times: int) -> None:
        self.broker.answer = BrokerUnsure("no answer")
        for _ in range(times):
            with pytest.raises(BrokerUnsure):
                await self.submit()

    async def refused(self) -> None:
        sent = self.broker.sent
        with pytest.raises(BrokerUnavailable):
            await self.submit()
        assert self.broker.sent == sent


async def test_ten_failures_open_the_circuit_and_nine_do_not() -> None:
    post = Post()
    await post.fail(9)
    assert post.circuit() is Circuit.CLOSED
    await post.fail(1)
    assert post.circuit() is Circuit.OPEN
    await post.refused()


async def test_half_of_the_latest_fifty_calls_must_fail() -> None:
    post = Post()
    for _ in range(50):
        await post.submit()
    await post.fail(24)
    assert post.circuit() is Circuit.CLOSED
    await post.fail(1)
    assert post.circuit() is Circuit.OPEN


async def test_refusals_are_answers_and_not_failures() -> None:
    post = Post()
    post.broker.answer = Refused("no")
    for _ in range(60):
        assert await post.submit() == Refused("no")
    assert post.circuit() is Circuit.CLOSED


async def test_slow_calls_open_the_circuit_like_failed_ones() -> None:
    post = Post()
    post.broker.takes_s = 3.1
    for _ in range(10):
        await post.submit()
    assert post.circuit() is Circuit.OPEN


async def test_replaces_count_and_stop_like_submits() -> None:
    post = Post()
    await post.fail(10)
    with pytest.raises(BrokerUnavailable):
        await post.guard.replace(
            account_id="a", client_order_id="c", terms=TERMS, written=lambda: None
        )


async def test_cancels_reads_and_reports_pass_an_open_circuit() -> None:
    post = Post()
    await post.fail(10)
    guard = post.guard
    assert await guard.cancel(account_id="a", client_order_id="c") == Acknowledged("v")
    await guard.find(account_id="a", client_order_id="c")
    await guard.open_orders(account_id="a")
    await guard.positions(account_id="a")
    assert [report async for report in guard.reports(after=0)] == []
    assert post.broker.reads == 4


async def test_what_closes_a_position_is_tried_once_a_second_while_the_circuit_is_open() -> None:
    post = Post()
    await post.fail(10)
    assert post.circuit() is Circuit.OPEN
    for _ in range(3):
        sent = post.broker.sent
        with pytest.raises(BrokerUnsure):
            await post.submit(urgent=True)
        # A dead venue is not hammered, however many accounts want to get out.
        for _ in range(20):
            with pytest.raises(BrokerUnavailable):
                await post.submit(urgent=True)
        assert post.broker.sent == sent + 1
        post.clock.advance(1)
    assert post.circuit() is Circuit.OPEN
    post.broker.answer = Acknowledged("v")
    assert await post.submit(urgent=True) == Acknowledged("v")
    # Other sends wait for the circuit as ever.
    await post.refused()


async def test_a_flood_of_orders_leaves_what_closes_a_position_its_share() -> None:
    few = RateSettings(per_second=1.0, burst=2)
    post = Post(GuardSettings(sends=few, reserved=few))
    for _ in range(2):
        await post.submit()
    await post.refused()
    for _ in range(2):
        assert await post.submit(urgent=True) == Acknowledged("v")
    # Its share is bounded too, and it never waits for it.
    with pytest.raises(BrokerUnavailable):
        await post.submit(urgent=True)


async def test_what_closes_a_position_counts_for_the_circuit() -> None:
    post = Post()
    post.broker.answer = BrokerUnsure("no answer")
    for _ in range(10):
        with pytest.raises(BrokerUnsure):
            await post.submit(urgent=True)
    assert post.circuit() is Circuit.OPEN


async def test_the_open_time_doubles_up_to_its_maximum_and_resets_when_closed() -> None:
    post = Post()
    await post.fail(10)
    for open_s in (15, 30, 60, 120, 120):
        post.clock.advance(open_s - 0.5)
        assert post.circuit() is Circuit.OPEN
        post.clock.advance(0.5)
        assert post.circuit() is Circuit.HALF_OPEN
        await post.fail(1)
    post.clock.advance(120)
    post.broker.answer = Acknowledged("v")
    for _ in range(3):
        assert post.circuit() is Circuit.HALF_OPEN
        await post.submit()
    assert post.circuit() is Circuit.CLOSED
    await post.fail(10)
    post.clock.advance(15)
    assert post.circuit() is Circuit.HALF_OPEN


async def test_a_half_open_circuit_tries_three_calls_at_once_and_no_more() -> None:
    post = Post()
    await post.fail(10)
    post.clock.advance(15)
    gate = asyncio.Event()

    async def slow(**_: object) -> Acknowledged:
        await gate.wait()
        return Acknowledged("v")

    post.broker.submit = slow  # type: ignore[method-assign]  # for a while
    trials = [asyncio.create_task(post.submit()) for _ in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [trial.done() for trial in trials] == [False, False, False, True]
    assert isinstance(trials[3].exception(), BrokerUnavailable)
    # A trial that its caller gave up makes room for another.
    trials[0].cancel()
    await asyncio.wait({trials[0]})
    another = asyncio.create_task(post.submit())
    await asyncio.sleep(0)
    assert not another.done()
    gate.set()
    await asyncio.gather(another, *trials[1:3])
    assert post.circuit() is Circuit.CLOSED


async def test_a_call_from_before_the_circuit_opened_does_not_count_as_a_trial() -> None:
    post = Post()
    gate = asyncio.Event()
    submit = post.broker.submit

    async def late(**_: object) -> Acknowledged:
        await gate.wait()
        raise BrokerUnsure("late")

    post.broker.submit = late  # type: ignore[method-assign]  # for a while
    old = asyncio.create_task(post.submit())
    await asyncio.sleep(0)
    post.broker.submit = submit  # type: ignore[method-assign]  # for a while
    await post.fail(10)
    post.clock.advance(15)
    assert post.circuit() is Circuit.HALF_OPEN
    gate.set()
    await asyncio.wait({old})
    assert post.circuit() is Circuit.HALF_OPEN


async def test_sends_beyond_their_budget_are_refused_at_once() -> None:
    sends = RateSettings(per_second=2.0, burst=2)
    post = Post(GuardSettings(sends=sends, reserved=FAST))
    await post.submit()
    await post.submit()
    await post.refused()
    await post.guard.cancel(account_id="a", client_order_id="c")
    post.clock.advance(0.5)
    await post.submit()
    await post.refused()


async def test_cancels_wait_for_their_own_budget_and_not_for_ever() -> None:
    reserved = RateSettings(per_second=1.0, burst=1)
    post = Post(GuardSettings(sends=FAST, reserved=reserved, reserved_wait_max_s=2.0))
    calls = [
        asyncio.create_task(post.guard.cancel(account_id="a", client_order_id="c"))
        for _ in range(4)
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [call.done() for call in calls] == [True, False, False, True]
    assert isinstance(calls[3].exception(), BrokerUnavailable)
    await post.submit()
    post.clock.advance(1.0)
    await asyncio.wait({calls[1]}, timeout=1)
    assert [call.done() for call in calls] == [True, True, False, True]
    post.clock.advance(1.0)
    assert await calls[2] == Acknowledged("v")


def test_a_budget_never_saves_more_than_its_burst() -> None:
    budget = RateBudget(RateSettings(per_second=10.0, burst=3))
    assert [budget.take(now_s=0.0, wait_max_s=0.0) for _ in range(4)] == [0.0, 0.0, 0.0, None]
    assert [budget.take(now_s=1e6, wait_max_s=0.0) for _ in range(4)] == [0.0, 0.0, 0.0, None]


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidValue, match="minimum"):
        BreakerSettings(minimum=51)
    with pytest.raises(InvalidValue, match="failed_ratio"):
        BreakerSettings(failed_ratio=0)
    with pytest.raises(InvalidValue, match="open_s"):
        BreakerSettings(open_s=200)
    with pytest.raises(InvalidValue, match="burst"):
        RateSettings(per_second=1, burst=0)
