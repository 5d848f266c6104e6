"""A nasty venue is nasty in the ways that the port allows, and no other."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.settings import PaperSettings
from adapters.memory.time import ManualClock, ManualSleeper
from domain.shared.values import InvalidValue
from ports.broker import Acknowledged, BrokerUnavailable, BrokerUnsure, Refused, Report
from tests.unit.adapters.brokers.paper.context import ACCOUNT, terms


class Nasty:
    """A broker with faults, its venue and its clock."""

    def __init__(self, roll: Callable[[], float] = lambda: 0.5, **faults: Any) -> None:
        self.clock = ManualClock(datetime(2026, 1, 2, tzinfo=UTC))
        self.venue = PaperVenue(settings=PaperSettings())
        self.left = 0
        self.broker = PaperBroker(
            venue=self.venue,
            clock=self.clock,
            sleeper=ManualSleeper(self.clock),
            faults=Faults(settings=FaultSettings(**faults), roll=roll),
        )

    async def submit(self, name: str = "a") -> Acknowledged | Refused:
        return await self.broker.submit(
            account_id=ACCOUNT,
            client_order_id=name,
            terms=terms("buy", 10, limit="90", tif="gtc"),
            written=self._leave,
        )

    def has(self, name: str = "a") -> bool:
        return self.venue.find(account_id=ACCOUNT, client_order_id=name) is not None

    async def sees(self, name: str = "a") -> bool:
        return await self.broker.find(account_id=ACCOUNT, client_order_id=name) is not None

    def _leave(self) -> None:
        self.left += 1


async def test_a_lost_request_leaves_and_never_arrives() -> None:
    nasty = Nasty(lost_request=1.0)
    with pytest.raises(BrokerUnsure):
        await nasty.submit()
    assert not nasty.has()
    assert nasty.left == 1


async def test_a_lost_reply_hides_what_took_effect() -> None:
    nasty = Nasty(lost_reply=1.0)
    with pytest.raises(BrokerUnsure):
        await nasty.submit()
    assert nasty.has()
    with pytest.raises(BrokerUnsure):
        await nasty.broker.cancel(account_id=ACCOUNT, client_order_id="a")
    assert nasty.venue.open_orders(account_id=ACCOUNT) == []


async def test_an_unavailable_venue_was_sent_nothing() -> None:
    nasty = Nasty(unavailable=1.0)
    with pytest.raises(BrokerUnavailable):
        await nasty.submit()
    with pytest.raises(BrokerUnavailable):
        await nasty.broker.positions(account_id=ACCOUNT)
    assert not nasty.has()
    assert nasty.left == 0


async def test_a_rejection_has_no_effect() -> None:
    nasty = Nasty(rejection=1.0)
    assert isinstance(await nasty.submit(), Refused)
    assert not nasty.has()


async def test_an_order_stays_hidden_for_its_time_and_then_shows() -> None:
    nasty = Nasty(hidden=1.0, hidden_s=4.0)
    await nasty.submit()
    assert not await nasty.sees()
    assert await nasty.broker.open_orders(account_id=ACCOUNT) == []
    nasty.clock.advance(1.75)
    assert not await nasty.sees()
    nasty.clock.advance(0.25)
    assert await nasty.sees()
    assert len(await nasty.broker.open_orders(account_id=ACCOUNT)) == 1


async def test_latency_is_paid_on_both_ways() -> None:
    nasty = Nasty(latency_min_s=1.0, latency_max_s=2.0)
    call = asyncio.create_task(nasty.submit())
    await asyncio.sleep(0)
    assert nasty.left == 1
    assert not nasty.has()
    nasty.clock.advance(1.5)
    await asyncio.sleep(0)
    assert nasty.has()
    assert not call.done()
    nasty.clock.advance(1.5)
    assert isinstance(await call, Acknowledged)


@pytest.mark.parametrize("seed", range(20))
async def test_doubled_and_reordered_reports_are_all_delivered(seed: int) -> None:
    nasty = Nasty(
        roll=random.Random(seed).random, duplicate_report=0.3, reordered_report=0.4, reorder_s=1.0
    )
    for number in range(30):
        nasty.venue.submit(account_id=ACCOUNT, client_order_id=f"n{number}", terms=terms("buy", 1))
    await nasty.submit("last")
    heard: list[Report] = []

    async def listen() -> None:
        async for report in nasty.broker.reports(after=0):
            heard.append(report)  # noqa: PERF401 - it never ends

    listening = asyncio.create_task(listen())
    for _ in range(5):
        await asyncio.sleep(0)
        nasty.clock.advance(1.0)
    await asyncio.sleep(0)
    listening.cancel()
    sequences = [report.sequence for report in heard]
    assert set(sequences) == set(range(1, 32))
    assert len(sequences) > 31, "none came twice"
    assert sequences != sorted(sequences), "none came late"
    page = await nasty.broker.report_page(after=0, limit=100, wait_s=0)
    assert {report.sequence for report in page} == set(range(1, 32))


async def test_the_same_dice_make_the_same_faults() -> None:
    outcomes: list[list[str]] = []
    for _ in range(2):
        nasty = Nasty(roll=random.Random(7).random, lost_request=0.3, lost_reply=0.3)
        told: list[str] = []
        for number in range(40):
            try:
                told.append(repr(await nasty.submit(f"n{number}")))
            except BrokerUnsure:
                told.append(f"unsure, has={nasty.has(f'n{number}')}")
        outcomes.append(told)
    assert outcomes[0] == outcomes[1]
    assert {"unsure, has=True", "unsure, has=False"} <= set(outcomes[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"lost_reply": 1.1},
        {"lost_reply": float("nan")},
        {"hidden_s": -1.0},
        {"latency_min_s": 2.0, "latency_max_s": 1.0},
        {"reorder_s": float("inf")},
    ],
)
def test_faults_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidValue):
        FaultSettings(**wrong)
