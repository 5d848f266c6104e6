"""Give tests a Postgres server and a fresh, migrated database each."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from adapters.postgres.embedded.errors import BinariesNotFound
from adapters.postgres.embedded.server import EmbeddedPostgres
from adapters.postgres.migrations.run import upgrade

URL_VARIABLE = "BALLAST_TEST_DATABASE_URL"


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
    """Use BALLAST_TEST_DATABASE_URL's server, else run the embedded one; skip without both."""
    given = os.environ.get(URL_VARIABLE)
    if given:
        with _with_template(given) as server:
            yield server
        return
    folder = Path(tempfile.mkdtemp(prefix="ballast-test-"))
    embedded = EmbeddedPostgres(data_dir=folder)
    try:
        try:
            url = asyncio.run(embedded.start())
        except BinariesNotFound as error:
            pytest.skip(f"no Postgres to test with: set {URL_VARIABLE}, or: {error}")
        try:
            with _with_template(url) as server:
                yield server
        finally:
            asyncio.run(embedded.stop())
    finally:
        shutil.rmtree(folder)


async def execute(*, url: str, statement: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def _with_template(url: str) -> Iterator[TestServer]:
    server = TestServer(url=url, template=f"template_{uuid4().hex}")
    asyncio.run(execute(url=url, statement=f"CREATE DATABASE {server.template}"))
    try:
        asyncio.run(upgrade(server.url_of(server.template)))
        yield server
    finally:
        drop = f"DROP DATABASE {server.template} WITH (FORCE)"
        asyncio.run(execute(url=url, statement=drop))
