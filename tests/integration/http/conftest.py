"""One server on a fresh data folder for every test of the served API."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.torture.desk import Desk
from tests.torture.processes import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server, its owner's token, and a funded account."""

    server: Server
    token: str
    account_id: str

    def client(self) -> httpx.Client:
        """Return a client that is logged in."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.server.url, headers=headers, trust_env=False, timeout=20)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give the server; it must have survived every test in the end."""
    server = Server(
        folder=tmp_path_factory.mktemp("served"), settings={"BALLAST_REPLAY_PAUSED": "true"}
    )
    server.start()
    try:
        assert asyncio.run(server.ready()), server.log_tail()
        token = server.token()
        account_id = asyncio.run(_funded(server, token))
        yield Served(server=server, token=token, account_id=account_id)
        assert server.is_alive(), server.log_tail()
        assert server.stop() == 0, server.log_tail()
    finally:
        server.kill()


@pytest.fixture
def http(served: Served) -> Iterator[httpx.Client]:
    """Give a client of the server."""
    with served.client() as client:
        yield client


async def _funded(server: Server, token: str) -> str:
    async with Desk(url=server.url, token=token) as desk:
        # What is sent here on purpose must not run into limits on how much is sent.
        await desk.drop_rules("ORDER_RATE", "DUPLICATE_ORDER")
        return await desk.open_account("bad input")
