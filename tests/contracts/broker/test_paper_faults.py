"""The paper broker keeps its promises in trouble: in process, as composed, and over its wire."""

from collections.abc import AsyncIterator

import pytest

from adapters.brokers.guarded import GuardedBroker, GuardSettings
from adapters.brokers.paper import client
from adapters.brokers.paper.client import RemotePaperBroker
from adapters.brokers.paper.routes import VenueRoutes
from adapters.system.time import SystemClock, SystemSleeper
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.observed import ObservedBroker, Observer
from ports.broker import Dedup
from tests.contracts.broker.contract import ASK, BID
from tests.contracts.broker.faults import (
    HASTY_S,
    OFFERED,
    BrokerFaultsContract,
    BrokerWireFaultsContract,
    FaultStage,
)
from tests.fakes.venue.core import VenueCore, VenueInProcess
from tests.fakes.venue.server import VenueServer


class TestPaperBrokerInTrouble(BrokerFaultsContract):
    @pytest.fixture(params=list(Dedup))
    async def stage(self, request: pytest.FixtureRequest) -> AsyncIterator[FaultStage]:
        core = VenueCore(dedup=request.param, quote_size=OFFERED, in_process=True)
        await core.broker.start()
        await core.quote(BID, ASK)
        yield FaultStage(broker=core.broker, hasty=core.broker, venue=VenueInProcess(core))
        await core.broker.stop()


class TestGuardedAndObservedBrokerInTrouble(BrokerFaultsContract):
    @pytest.fixture
    async def stage(self) -> AsyncIterator[FaultStage]:
        core = VenueCore(quote_size=OFFERED, in_process=True)
        await core.broker.start()
        await core.quote(BID, ASK)
        guarded = GuardedBroker(
            inner=core.broker,
            settings=GuardSettings(),
            clock=SystemClock(),
            sleeper=SystemSleeper(),
        )
        observer = Observer(metrics=Metrics(health=HealthBoard(clock=SystemClock())), tracing=None)
        observed = ObservedBroker(inner=guarded, observer=observer)
        yield FaultStage(broker=observed, hasty=observed, venue=VenueInProcess(core))
        await core.broker.stop()


class TestRemotePaperBrokerInTrouble(BrokerWireFaultsContract):
    @pytest.fixture
    async def stage(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FaultStage]:
        with VenueServer(
            lambda core: VenueRoutes(broker=core.broker, venue=core.book), quote_size=OFFERED
        ) as venue:
            await venue.quote(BID, ASK)
            broker = RemotePaperBroker(url=venue.url, clock=SystemClock())
            await broker.start()
            with monkeypatch.context() as restart_policy:
                restart_policy.setattr(client, "_TOTAL_S", HASTY_S)
                hasty = RemotePaperBroker(url=venue.url, clock=SystemClock(), traits=broker.traits)
                await hasty.start()
            yield FaultStage(broker=broker, hasty=hasty, venue=venue)
            await hasty.stop()
            await broker.stop()
