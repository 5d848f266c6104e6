"""The paper broker in process keeps the promises of its port."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from adapters.brokers.guarded import GuardedBroker, GuardSettings
from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.journal import VenueJournal
from adapters.brokers.paper.settings import PaperSettings
from adapters.system.time import SystemClock, SystemSleeper
from domain.market.prices import Quote
from ports.broker import Dedup
from tests.contracts.broker.contract import ASK, BID, BrokerContract, Stage

START = datetime(2026, 1, 2, 15, tzinfo=UTC)


async def paper_stage(
    *, dedup: Dedup, journal: VenueJournal | None = None
) -> tuple[PaperBroker, Stage]:
    """Return a started paper broker and its stage."""
    settings = PaperSettings(dedup=dedup, always_open=frozenset({"XNYS"}))
    venue = PaperVenue(settings=settings, journaled=journal is not None)
    broker = PaperBroker(
        venue=venue,
        clock=SystemClock(),
        sleeper=SystemSleeper(),
        faults=Faults(settings=FaultSettings(), roll=lambda: 0.5),
        journal=journal,
    )
    await broker.start()
    seconds = count()

    async def quote(bid: Decimal, ask: Decimal) -> None:
        at = START + timedelta(seconds=next(seconds))
        await broker.listener(Quote(symbol="IBM", bid=bid, ask=ask, last=bid, at=at))

    await quote(BID, ASK)
    return broker, Stage(broker=broker, quote=quote)


class TestPaperBroker(BrokerContract):
    @pytest.fixture(params=list(Dedup))
    async def stage(self, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
        broker, stage = await paper_stage(dedup=request.param)
        yield stage
        await broker.stop()


class TestJournaledPaperBroker(BrokerContract):
    @pytest.fixture
    async def stage(self, tmp_path: Path) -> AsyncIterator[Stage]:
        broker, stage = await paper_stage(dedup=Dedup.FULL, journal=VenueJournal(tmp_path))
        yield stage
        await broker.stop()


class TestGuardedBroker(BrokerContract):
    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        broker, stage = await paper_stage(dedup=Dedup.OPEN_ONLY)
        guarded = GuardedBroker(
            inner=broker, settings=GuardSettings(), clock=SystemClock(), sleeper=SystemSleeper()
        )
        yield Stage(broker=guarded, quote=stage.quote)
        await broker.stop()
