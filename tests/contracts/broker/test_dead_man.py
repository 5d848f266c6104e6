"""The paper venue's dead-man timer, in this process and over its wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from adapters.brokers.paper import wire
from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.client import RemotePaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.http11 import HttpServer
from adapters.brokers.paper.routes import VenueRoutes, error_body
from adapters.brokers.paper.settings import PaperSettings
from adapters.memory.time import ManualClock, ManualSleeper
from domain.market.prices import Quote
from ports.broker import Acknowledged
from tests.contracts.broker.contract import ASK, BID, resting
from tests.contracts.broker.dead_man import WITHIN_S, DeadManContract, TimedStage

START = datetime(2026, 1, 2, 15, tzinfo=UTC)


@asynccontextmanager
async def paper() -> AsyncIterator[tuple[PaperBroker, PaperVenue, ManualClock]]:
    """Give a venue on a clock that only a test moves."""
    clock = ManualClock(START)
    venue = PaperVenue(settings=PaperSettings(always_open=frozenset({"XNYS"})))
    broker = PaperBroker(
        venue=venue,
        clock=clock,
        sleeper=ManualSleeper(clock),
        faults=Faults(settings=FaultSettings(), roll=lambda: 0.5),
    )
    await broker.start()
    await broker.on_market(Quote(symbol="IBM", bid=BID, ask=ASK, last=BID, at=START))
    try:
        yield broker, venue, clock
    finally:
        await broker.stop()


async def passing(clock: ManualClock, seconds: float) -> None:
    """Let time pass in steps, and everybody do what they woke up for."""
    for _ in range(round(seconds / 0.25)):
        clock.advance(0.25)
        for _ in range(10):
            await asyncio.sleep(0)


class TestPaperTimer(DeadManContract):
    """In this process."""

    @pytest.fixture
    async def timed(self) -> AsyncIterator[TimedStage]:
        async with paper() as (broker, _, clock):
            yield TimedStage(
                broker=broker, timer=broker.timers, pass_time=lambda s: passing(clock, s)
            )

    async def test_a_renewal_puts_it_off(self, timed: TimedStage) -> None:
        await timed.broker.submit(
            account_id="a", client_order_id="entry", terms=resting(), written=lambda: None
        )
        for _ in range(10):
            answer = await timed.timer.keep_alive(
                account_id="a", within_s=WITHIN_S, keep_reducing=True
            )
            assert isinstance(answer, Acknowledged)
            await timed.pass_time(WITHIN_S / 2)
        assert len(await timed.broker.open_orders(account_id="a")) == 1
        await timed.pass_time(WITHIN_S)
        assert not await timed.broker.open_orders(account_id="a")


class TestRemotePaperTimer(DeadManContract):
    """Over the venue's wire."""

    @pytest.fixture
    async def timed(self) -> AsyncIterator[TimedStage]:
        async with paper() as (broker, venue, clock):
            server = HttpServer(
                handler=VenueRoutes(broker=broker, venue=venue),
                error_body=error_body,
                body_bytes_max=wire.BODY_BYTES_MAX,
                read_s_max=30.0,
            )
            port = await server.start(host="127.0.0.1", port=0)
            remote = RemotePaperBroker(url=f"http://127.0.0.1:{port}", clock=clock)
            await remote.start()
            try:
                yield TimedStage(broker=remote, timer=remote, pass_time=lambda s: passing(clock, s))
            finally:
                await remote.stop()
                await server.stop()
