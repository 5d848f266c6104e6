"""One server on a fresh data folder for every test of what is served."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.torture.context import Context
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
        return httpx.Client(base_url=self.server.url, headers=headers, trust_env=False, timeout=100)


@contextmanager
def running(folder: Path) -> Iterator[Served]:
    """Run a server; it must be alive in the end and stop when it is told to."""
    server = Server(folder=folder, settings={"BALLAST_REPLAY_PAUSED": "true"})
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


async def _funded(server: Server, token: str) -> str:
    async with Context(url=server.url, token=token) as context:
        # What is sent here on purpose must not run into limits on how much is sent.
        await context.drop_rules("ORDER_RATE", "DUPLICATE_ORDER")
        return await context.open_account("bad input")
