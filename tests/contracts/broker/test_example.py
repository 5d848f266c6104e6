"""The broker written from the guide keeps all that the core relies on."""

import inspect
from collections.abc import AsyncIterator

import pytest

from tests.contracts.broker import example
from tests.contracts.broker.contract import ASK, BID, BrokerContract, Stage
from tests.contracts.broker.example import ExampleBroker
from tests.contracts.broker.faults import HASTY_S, OFFERED, BrokerWireFaultsContract, FaultStage
from tests.fakes.venue.server import VenueServer
from tests.fakes.venue.wire import PlainFront


class TestExampleBroker(BrokerContract):
    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        with VenueServer(PlainFront) as venue:
            await venue.quote(BID, ASK)
            yield Stage(broker=ExampleBroker(address=venue.address), quote=venue.quote)


class TestExampleBrokerInTrouble(BrokerWireFaultsContract):
    @pytest.fixture
    async def stage(self) -> AsyncIterator[FaultStage]:
        with VenueServer(PlainFront, quote_size=OFFERED) as venue:
            await venue.quote(BID, ASK)
            yield FaultStage(
                broker=ExampleBroker(address=venue.address),
                hasty=ExampleBroker(address=venue.address, answer_s=HASTY_S),
                venue=venue,
            )


def test_it_is_as_short_as_the_guide_says() -> None:
    assert len(inspect.getsource(example).splitlines()) < 150
