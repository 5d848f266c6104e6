"""Give tests a Postgres server and a fresh, migrated database each."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from adapters.postgres.migrations.run import upgrade
from tests.services.finding import own_service, url_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TestServer:
    """A server where databases can be made by copying a migrated template."""

    url: str
    template: str

    __test__ = False

    def url_of(self, database: str) -> str:
        """Return the URL of one of the server's databases."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    @contextmanager
    def fresh_database(self, *, migrated: bool = True) -> Iterator[str]:
        """Make a database, give its URL, and drop it whoever is still connected."""
        name = f"test_{uuid4().hex}"
        source = f" TEMPLATE {self.template}" if migrated else ""
        asyncio.run(execute(url=self.url, statement=f"CREATE DATABASE {name}{source}"))
        try:
            yield self.url_of(name)
        finally:
            drop = f"DROP DATABASE {name} WITH (FORCE)"
            asyncio.run(execute(url=self.url, statement=drop))


@contextmanager
def running_server() -> Iterator[TestServer]:
    """Find or start a server, as tests do, and keep it for the block."""
    with ExitStack() as started:
        url = started.enter_context(
            url_of("postgres", own=lambda: started.enter_context(own_service("postgres")))
        )
        yield started.enter_context(server_at(url))


@contextmanager
def server_at(url: str) -> Iterator[TestServer]:
    """Make the migrated template on a server that runs, and drop it after the block."""
    server = TestServer(url=url, template=f"template_{uuid4().hex}")
    asyncio.run(execute(url=url, statement=f"CREATE DATABASE {server.template}"))
    try:
        asyncio.run(upgrade(server.url_of(server.template)))
        yield server
    finally:
        drop = f"DROP DATABASE {server.template} WITH (FORCE)"
        asyncio.run(execute(url=url, statement=drop))


async def execute(*, url: str, statement: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
