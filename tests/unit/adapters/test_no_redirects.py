"""Who is asked for something secret cannot send us, and it, elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from adapters.brokers.paper.asking import RemoteCredentials
from adapters.brokers.paper.client import RemotePaperBroker
from adapters.hashicorp_vault.client import VaultAddress, VaultClient
from adapters.system.time import SystemClock
from domain.secrets.api_key import Credentials
from ports.broker import BrokerUnsure
from ports.secrets import KeysUnusable

# 307 and 308 keep the method and the body: they would carry a secret along.
MOVED = (301, 302, 303, 307, 308)


@dataclass(slots=True)
class Elsewhere:
    """A server that sends everyone on, and one that notes who comes."""

    status: int = 302
    visitors: list[bytes] = field(default_factory=list)
    url: str = ""

    async def start(self) -> tuple[asyncio.Server, asyncio.Server]:
        target = await asyncio.start_server(self._visited, "127.0.0.1", 0)
        port = target.sockets[0].getsockname()[1]

        async def sends_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            head = f"HTTP/1.1 {self.status} Moved\r\nLocation: http://127.0.0.1:{port}/\r\n"
            writer.write(f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            writer.close()

        first = await asyncio.start_server(sends_on, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{first.sockets[0].getsockname()[1]}"
        return first, target

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visitors.append(await reader.readline())
        writer.close()


@pytest.fixture(params=MOVED)
async def elsewhere(request: pytest.FixtureRequest) -> AsyncIterator[Elsewhere]:
    made = Elsewhere(status=request.param)
    servers = await made.start()
    yield made
    for server in servers:
        server.close()


async def test_vault_cannot_send_our_token_elsewhere(elsewhere: Elsewhere) -> None:
    client = VaultClient(VaultAddress(url=elsewhere.url, token="vault-token-1"))
    with pytest.raises(KeysUnusable, match="sends us elsewhere"):
        await client.ask("POST", "transit/encrypt/ballast", {"plaintext": "c2VjcmV0"})
    await client.stop()
    assert elsewhere.visitors == []


async def test_a_venue_cannot_send_credentials_elsewhere(elsewhere: Elsewhere) -> None:
    shown = Credentials(key="PK-1234567890", secret="shown-to-the-venue-only")
    with pytest.raises(BrokerUnsure, match="status"):
        await RemoteCredentials(url=elsewhere.url).verify(shown)
    assert elsewhere.visitors == []


async def test_a_venue_cannot_send_our_questions_elsewhere(elsewhere: Elsewhere) -> None:
    broker = RemotePaperBroker(url=elsewhere.url, clock=SystemClock())
    with pytest.raises(BrokerUnsure):
        await broker.start()
    await broker.stop()
    assert elsewhere.visitors == []
