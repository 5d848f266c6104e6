"""What every adapter of Broker promises when the wire, the venue or time is against it."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Protocol
from uuid import uuid4

import pytest

from adapters.brokers.breaker import BreakerSettings
from adapters.brokers.budget import RateSettings
from adapters.brokers.guarded import GuardedBroker, GuardSettings
from adapters.memory.time import ManualClock, ManualSleeper
from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    Broker,
    BrokerUnavailable,
    BrokerUnsure,
    CalledOff,
    Dedup,
    Refused,
    Report,
    ReportKind,
    UnreadableReport,
    VenueOrder,
    VenueState,
    free_to_leave,
)
from tests.contracts.broker.contract import order, resting
from tests.contracts.contract import Contract
from tests.fakes.venue.core import START, TIMEOUT_S, Fault

BELOW, ABOVE = Decimal("97.99"), Decimal("98.00")
# What each side of a quote offers at these venues: less than an order of 10 asks for.
OFFERED = Decimal(4)
# How long the hasty client waits for an answer.
HASTY_S = 0.3


class FaultyVenue(Protocol):
    """What a test asks of the venue itself, past the adapter."""

    def suffering(self, fault: Fault) -> AbstractContextManager[None]:
        """Have a fault for a while."""
        ...

    async def quote(self, bid: Decimal, ask: Decimal) -> None:
        """Quote IBM anew."""
        ...

    async def pass_time(self, seconds: float) -> None:
        """Let the venue's clock go on."""
        ...

    async def settle(self) -> None:
        """Return when what was written before has been read."""
        ...

    def count(self, what: str, client_order_id: str) -> int:
        """Return how often a submit, replace or cancel arrived."""
        ...

    def has_arrived(self, what: str, client_order_id: str, *, within_s: float) -> bool:
        """Tell whether one arrives in time, while the calling thread stands still."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultStage:
    """A broker and its venue, whose quotes of IBM offer OFFERED units on each side.

    hasty is another client of the same venue, that waits HASTY_S for an answer. timeout_s
    is how long a test waits for what has to come.
    """

    broker: Broker
    hasty: Broker
    venue: FaultyVenue
    timeout_s: float = TIMEOUT_S


class BrokerFaultsContract(Contract):
    """Subclasses give a fixture `stage`."""

    @pytest.fixture
    @abstractmethod
    async def stage(self) -> FaultStage: ...

    @pytest.fixture
    def account(self) -> str:
        return str(uuid4())

    async def test_a_write_asks_once_whether_it_may_leave_and_then_says_that_it_has(
        self, stage: FaultStage, account: str
    ) -> None:
        for write in (_submit, _replace):
            told: list[str] = []
            await write(
                stage.broker,
                account,
                "a",
                leaving=partial(told.append, "leaving"),
                written=partial(told.append, "written"),
            )
            assert told == ["leaving", "written"]

    async def test_what_is_called_off_never_leaves(self, stage: FaultStage, account: str) -> None:
        await _submit(stage.broker, account, "open")
        told: list[str] = []
        # Twice: the second may go over a connection that is open already.
        for _ in range(2):
            with pytest.raises(CalledOff):
                await _submit(
                    stage.broker, account, "a", leaving=_call_off, written=lambda: told.append("a")
                )
            with pytest.raises(CalledOff):
                await _replace(
                    stage.broker,
                    account,
                    "open",
                    leaving=_call_off,
                    written=lambda: told.append("open"),
                )
        # What is asked afterwards is answered: nothing half-said is left on a connection.
        assert await _find(stage, account, "a") is None
        await stage.venue.settle()
        assert told == []
        assert stage.venue.count("submit", "a") == stage.venue.count("replace", "open") == 0

    async def test_nothing_else_has_its_turn_between_leaving_and_the_write(
        self, stage: FaultStage, account: str
    ) -> None:
        for what, write in (("submit", _submit), ("replace", _replace)):
            arrived: list[bool] = []

            def look(what: str = what, arrived: list[bool] = arrived) -> None:
                arrived.append(stage.venue.has_arrived(what, "a", within_s=stage.timeout_s))

            def leaving(look: Callable[[], None] = look) -> None:
                # The turn after this one keeps the loop: what has not left by then cannot.
                asyncio.get_running_loop().call_soon(look)

            await write(stage.broker, account, "a", leaving=leaving)
            # One that waited for nothing at all has not let that turn come yet.
            await asyncio.sleep(0)
            assert arrived == [True]

    async def test_a_lost_reply_is_unsure_and_nothing_is_sent_again(
        self, stage: FaultStage, account: str
    ) -> None:
        new = resting("91")
        with stage.venue.suffering(Fault.LOSE_REPLY):
            with pytest.raises(BrokerUnsure):
                await _submit(stage.broker, account, "a")
            with pytest.raises(BrokerUnsure):
                await _replace(stage.broker, account, "a", terms=new)
        found = await _found(stage, account, "a")
        assert (found.state, found.terms) == (VenueState.WORKING, new)
        with stage.venue.suffering(Fault.LOSE_REPLY), pytest.raises(BrokerUnsure):
            await stage.broker.cancel(account_id=account, client_order_id="a")
        found = await _found(stage, account, "a")
        assert found.state is VenueState.CANCELED
        # A cancel may be sent again: it does no harm twice.
        assert stage.venue.count("submit", "a") == stage.venue.count("replace", "a") == 1

    async def test_a_time_out_after_the_write_is_unsure(
        self, stage: FaultStage, account: str
    ) -> None:
        await _submit(stage.broker, account, "open")
        with stage.venue.suffering(Fault.TIME_OUT):
            outcomes = await asyncio.gather(
                _submit(stage.hasty, account, "a"),
                _replace(stage.hasty, account, "open", terms=resting("91")),
                stage.hasty.cancel(account_id=account, client_order_id="open"),
                return_exceptions=True,
            )
        assert [type(outcome) for outcome in outcomes] == [BrokerUnsure] * 3
        assert stage.venue.count("submit", "a") <= 1
        assert stage.venue.count("replace", "open") <= 1

    async def test_half_an_answer_is_unsure(self, stage: FaultStage, account: str) -> None:
        with stage.venue.suffering(Fault.CUT_REPLY):
            with pytest.raises(BrokerUnsure):
                await _submit(stage.broker, account, "a")
            with pytest.raises(BrokerUnsure):
                await _replace(stage.broker, account, "a", terms=resting("91"))
        assert stage.venue.count("submit", "a") == stage.venue.count("replace", "a") == 1

    async def test_a_lost_request_is_unsure_and_not_found_when_read_back(
        self, stage: FaultStage, account: str
    ) -> None:
        with stage.venue.suffering(Fault.LOSE_REQUEST), pytest.raises(BrokerUnsure):
            await _submit(stage.broker, account, "a")
        assert await _find(stage, account, "a") is None
        assert stage.venue.count("submit", "a") == 0

    async def test_a_refused_connection_is_unavailable_and_nothing_was_written(
        self, stage: FaultStage, account: str
    ) -> None:
        await _submit(stage.broker, account, "open")
        told: list[str] = []
        with stage.venue.suffering(Fault.REFUSE_CONNECTION):
            for call in (
                lambda: _submit(stage.broker, account, "a", written=lambda: told.append("a")),
                lambda: _replace(stage.broker, account, "open", written=lambda: told.append("o")),
                lambda: stage.broker.cancel(account_id=account, client_order_id="open"),
                lambda: _find(stage, account, "open"),
                lambda: stage.broker.open_orders(account_id=account),
                lambda: stage.broker.positions(account_id=account),
            ):
                await _raises(BrokerUnavailable, call)
        assert told == []
        # Unavailable is a promise that nothing will arrive, also once the venue is back.
        (left,) = await stage.broker.open_orders(account_id=account)
        assert left.client_order_id == "open"
        assert stage.venue.count("submit", "a") == 0
        assert isinstance(await _submit(stage.broker, account, "a"), Acknowledged)

    async def test_a_read_without_an_answer_is_no_empty_answer(
        self, stage: FaultStage, account: str
    ) -> None:
        await _submit(stage.broker, account, "a")
        with stage.venue.suffering(Fault.LOSE_REQUEST):
            for call in (
                lambda: _find(stage, account, "a"),
                lambda: stage.broker.open_orders(account_id=account),
                lambda: stage.broker.positions(account_id=account),
            ):
                await _raises((BrokerUnsure, BrokerUnavailable), call)

    async def test_an_order_that_shows_late_is_found_within_the_settle_horizon(
        self, stage: FaultStage, account: str
    ) -> None:
        with stage.venue.suffering(Fault.SHOW_LATE):
            assert isinstance(await _submit(stage.broker, account, "a"), Acknowledged)
        assert await _find(stage, account, "a") is None
        await stage.venue.pass_time(stage.broker.traits.settle_horizon_s)
        found = await _found(stage, account, "a")
        (still_open,) = await stage.broker.open_orders(account_id=account)
        assert still_open == found

    async def test_a_client_id_is_sent_once_a_call_and_treated_as_declared(
        self, stage: FaultStage, account: str
    ) -> None:
        takes_again = stage.broker.traits.dedup is Dedup.NONE
        with stage.venue.suffering(Fault.LOSE_REPLY), pytest.raises(BrokerUnsure):
            await _submit(stage.broker, account, "a")
        # Only the core may send again; what the venue refuses then is no second order.
        again = await asyncio.gather(*(_submit(stage.broker, account, "a") for _ in range(2)))
        assert [type(one) for one in again] == [Acknowledged if takes_again else Refused] * 2
        assert stage.venue.count("submit", "a") == 3
        still_open = await stage.broker.open_orders(account_id=account)
        assert len(still_open) == (3 if takes_again else 1)

    async def test_a_slow_answer_is_waited_for_behind_written(
        self, stage: FaultStage, account: str
    ) -> None:
        left = asyncio.Event()
        with stage.venue.suffering(Fault.SLOW_REPLY):
            call = asyncio.ensure_future(_submit(stage.broker, account, "a", written=left.set))
            async with asyncio.timeout(stage.timeout_s):
                await left.wait()
            assert not call.done()
        assert isinstance(await call, Acknowledged)

    async def test_the_answer_to_a_call_given_up_is_not_taken_for_another_s(
        self, stage: FaultStage, account: str
    ) -> None:
        left = asyncio.Event()
        with stage.venue.suffering(Fault.SLOW_REPLY):
            call = asyncio.ensure_future(_submit(stage.broker, account, "a", written=left.set))
            async with asyncio.timeout(stage.timeout_s):
                await left.wait()
            call.cancel()
            await asyncio.wait({call})
        assert call.cancelled()
        answer = await _submit(stage.broker, account, "b")
        assert isinstance(answer, Acknowledged)
        found = await _found(stage, account, "b")
        assert (found.client_order_id, found.venue_order_id) == ("b", answer.venue_order_id)

    async def test_what_is_urgent_passes_the_guard(self, stage: FaultStage, account: str) -> None:
        never = RateSettings(per_second=0.001, burst=1)
        guard = _guarded(stage.broker, GuardSettings(sends=never))
        assert isinstance(await _submit(guard, account, "a"), Acknowledged)
        with pytest.raises(BrokerUnavailable):
            await _submit(guard, account, "b")
        assert isinstance(await _submit(guard, account, "c", urgent=True), Acknowledged)
        nervous = GuardSettings(breaker=BreakerSettings(window=1, minimum=1))
        guard = _guarded(stage.broker, nervous)
        with stage.venue.suffering(Fault.REFUSE_CONNECTION), pytest.raises(BrokerUnavailable):
            await _submit(guard, account, "d")
        with pytest.raises(BrokerUnavailable):
            await _submit(guard, account, "e")
        assert isinstance(await _submit(guard, account, "f", urgent=True), Acknowledged)
        there = {one.client_order_id for one in await stage.broker.open_orders(account_id=account)}
        assert there == {"a", "c", "f"}

    async def test_a_fill_told_behind_the_end_of_its_order_is_told(
        self, stage: FaultStage, account: str
    ) -> None:
        await _submit(stage.broker, account, "a", terms=resting("98"))
        await stage.venue.quote(BELOW, ABOVE)
        await stage.broker.cancel(account_id=account, client_order_id="a")
        with stage.venue.suffering(Fault.LATE_REPORTS):
            told = await _reports(stage, count=3)
        assert [report.sequence for report in told] == [3, 2, 1]
        assert [report.kind for report in told] == [
            ReportKind.CANCELED,
            ReportKind.FILL,
            ReportKind.WORKING,
        ]
        found = await _found(stage, account, "a")
        assert found.state is VenueState.CANCELED
        assert found.fills == (told[1].fill,)
        (held,) = await stage.broker.positions(account_id=account)
        assert held.quantity == OFFERED

    async def test_a_fill_of_an_order_in_doubt_is_told(
        self, stage: FaultStage, account: str
    ) -> None:
        terms = order(quantity=OFFERED)
        with stage.venue.suffering(Fault.LOSE_REPLY), pytest.raises(BrokerUnsure):
            await _submit(stage.broker, account, "a", terms=terms)
        told = await _reports(stage, count=2)
        assert [report.kind for report in told] == [ReportKind.WORKING, ReportKind.FILL]
        assert {report.client_order_id for report in told} == {"a"}

    async def test_a_fill_of_while_nobody_listened_is_told(
        self, stage: FaultStage, account: str
    ) -> None:
        await _submit(stage.broker, account, "a", terms=resting("98"))
        (first,) = await _reports(stage, count=1)
        with stage.venue.suffering(Fault.REFUSE_CONNECTION):
            await stage.venue.quote(BELOW, ABOVE)
        (second,) = await _reports(stage, count=1, after=first.sequence)
        assert second.kind is ReportKind.FILL
        assert second.fill is not None
        assert second.fill.quantity == OFFERED

    async def test_a_report_told_twice_is_the_same_report(
        self, stage: FaultStage, account: str
    ) -> None:
        await _submit(stage.broker, account, "a", terms=order(quantity=OFFERED))
        with stage.venue.suffering(Fault.DOUBLE_REPORTS):
            told = await _reports(stage, count=4)
        assert {report.kind for report in told} == {ReportKind.WORKING, ReportKind.FILL}
        for report in told:
            assert all(other == report for other in told if other.sequence == report.sequence)


class BrokerWireFaultsContract(BrokerFaultsContract):
    """What can go wrong only where there is a wire between adapter and venue."""

    async def test_a_report_that_cannot_be_read_holds_up_no_other(
        self, stage: FaultStage, account: str
    ) -> None:
        await _submit(stage.broker, account, "a", terms=order(quantity=OFFERED))
        with stage.venue.suffering(Fault.ODD_REPORTS):
            odd, fill = await _all_reports(stage, count=2)
        assert isinstance(odd, UnreadableReport)
        assert (odd.sequence, odd.account_id) == (1, account)
        assert isinstance(fill, Report)
        assert (fill.sequence, fill.kind) == (2, ReportKind.FILL)


async def _submit(
    broker: Broker,
    account: str,
    name: str,
    *,
    terms: OrderTerms | None = None,
    leaving: Callable[[], None] = free_to_leave,
    written: Callable[[], None] = free_to_leave,
    urgent: bool = False,
) -> Acknowledged | Refused:
    return await broker.submit(
        account_id=account,
        client_order_id=name,
        terms=terms or resting(),
        leaving=leaving,
        written=written,
        urgent=urgent,
    )


async def _replace(
    broker: Broker,
    account: str,
    name: str,
    *,
    terms: OrderTerms | None = None,
    leaving: Callable[[], None] = free_to_leave,
    written: Callable[[], None] = free_to_leave,
) -> Acknowledged | Refused:
    return await broker.replace(
        account_id=account,
        client_order_id=name,
        terms=terms or resting("91"),
        leaving=leaving,
        written=written,
    )


async def _find(stage: FaultStage, account: str, name: str) -> VenueOrder | None:
    return await stage.broker.find(account_id=account, client_order_id=name)


async def _found(stage: FaultStage, account: str, name: str) -> VenueOrder:
    found = await _find(stage, account, name)
    assert found is not None
    return found


async def _raises(
    expected: type[Exception] | tuple[type[Exception], ...], call: Callable[[], Awaitable[object]]
) -> None:
    with pytest.raises(expected):
        await call()


async def _reports(stage: FaultStage, *, count: int, after: int = 0) -> list[Report]:
    told = await _all_reports(stage, count=count, after=after)
    readable = [report for report in told if isinstance(report, Report)]
    assert readable == told
    return readable


async def _all_reports(
    stage: FaultStage, *, count: int, after: int = 0
) -> list[Report | UnreadableReport]:
    """Return the next reports of a venue that has one account only."""
    told: list[Report | UnreadableReport] = []
    async with asyncio.timeout(stage.timeout_s):
        async for report in stage.broker.reports(after=after):
            told.append(report)
            if len(told) == count:
                break
    return told


def _guarded(broker: Broker, settings: GuardSettings) -> GuardedBroker:
    clock = ManualClock(START)
    return GuardedBroker(inner=broker, settings=settings, clock=clock, sleeper=ManualSleeper(clock))


def _call_off() -> None:
    raise CalledOff("the kill switch is on")
