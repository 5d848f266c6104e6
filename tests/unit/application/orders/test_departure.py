"""A request leaves under the kill barrier within its deadline, or not at all."""

import asyncio
from datetime import UTC, datetime

import pytest

from adapters.memory.leases import SoleLease
from adapters.memory.time import ManualClock
from application.orders import departure as departures
from application.orders.departure import LEAVE_S, Departure
from ports.broker import Acknowledged, BrokerUnavailable, CalledOff, Refused
from ports.kill_switch import Passage
from ports.leases import Lease


def _departure(
    *, lease: Lease | None = None, passage: Passage | None = None
) -> tuple[Departure, ManualClock]:
    clock = ManualClock(datetime(2026, 1, 2, tzinfo=UTC))
    made = Departure(clock=clock, lease=lease or SoleLease(), passage=passage or Passage())
    return made, clock


async def test_the_wait_ends_when_the_request_has_left_and_the_answer_may_take_longer() -> None:
    departure, _ = _departure()
    answered = asyncio.Event()

    async def send() -> Acknowledged | Refused:
        departure.left()
        await answered.wait()
        return Acknowledged("v-1")

    call = asyncio.ensure_future(send())
    await departure.wait(call)
    assert not call.done()
    answered.set()
    assert await call == Acknowledged("v-1")


async def test_a_request_that_is_too_slow_to_leave_is_called_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(departures, "LEAVE_S", 0.01)
    departure, _ = _departure()
    wrote: list[str] = []

    async def send() -> Acknowledged | Refused:
        await asyncio.sleep(60)
        wrote.append("late")
        return Acknowledged("v-1")

    call = asyncio.ensure_future(send())
    await departure.wait(call)
    assert call.cancelled()
    assert wrote == []


async def test_a_sender_that_is_cancelled_leaves_no_call_behind() -> None:
    departure, _ = _departure()
    call: asyncio.Future[Acknowledged | Refused] = asyncio.ensure_future(_never())
    waiting = asyncio.create_task(departure.wait(call))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert call.cancelled()


async def test_a_process_that_was_stopped_too_long_does_not_begin_to_send() -> None:
    departure, clock = _departure()
    departure.check()
    clock.advance(LEAVE_S + 0.1)
    with pytest.raises(BrokerUnavailable, match="did not begin"):
        departure.check()


async def _never() -> Acknowledged | Refused:
    await asyncio.sleep(3600)
    return Acknowledged("v-1")


async def test_a_send_does_not_begin_once_the_lease_is_lost() -> None:
    class Lost:
        def is_held(self) -> bool:
            return False

    departure, _ = _departure(lease=Lost())
    with pytest.raises(BrokerUnavailable, match="lease"):
        departure.check()


async def test_a_send_does_not_begin_once_the_barrier_no_longer_holds() -> None:
    departure, _ = _departure(passage=Passage(holds=lambda: False))
    with pytest.raises(CalledOff, match="barrier"):
        departure.check()
