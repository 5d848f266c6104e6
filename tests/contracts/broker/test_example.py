"""The broker written from the guide keeps all that the core relies on."""

import inspect
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import certificates
from tests.contracts.broker import example
from tests.contracts.broker.contract import ASK, BID, BrokerContract, Stage
from tests.contracts.broker.example import ExampleBroker
from tests.contracts.broker.faults import HASTY_S, OFFERED, BrokerWireFaultsContract, FaultStage
from tests.fakes.venue.server import VenueServer
from tests.fakes.venue.wire import PlainFront


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """Both ends of TLS, or of none."""

    server: ssl.SSLContext | None = None
    client: ssl.SSLContext | None = None


@pytest.fixture(params=["plain", "tls"])
def encryption(request: pytest.FixtureRequest, tmp_path: Path) -> Encryption:
    if request.param == "plain":
        return Encryption()
    certificates.make(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    client = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
    return Encryption(server=server, client=client)


class TestExampleBroker(BrokerContract):
    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        with VenueServer(PlainFront) as venue:
            await venue.quote(BID, ASK)
            broker = ExampleBroker(url=venue.url)
            yield Stage(broker=broker, quote=venue.quote)
            await broker.stop()


class TestExampleBrokerInTrouble(BrokerWireFaultsContract):
    @pytest.fixture
    async def stage(self, encryption: Encryption) -> AsyncIterator[FaultStage]:
        with VenueServer(PlainFront, quote_size=OFFERED, tls=encryption.server) as venue:
            await venue.quote(BID, ASK)
            made = [
                ExampleBroker(url=venue.url, tls=encryption.client, answer_s=answer_s)
                for answer_s in (10.0, HASTY_S)
            ]
            yield FaultStage(broker=made[0], hasty=made[1], venue=venue)
            for one in made:
                await one.stop()


def test_it_is_as_short_as_the_guide_says() -> None:
    assert len(inspect.getsource(example).splitlines()) < 150
