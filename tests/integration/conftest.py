"""Fixtures for tests that need servers."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from tests.integration.serving import Served, running
from tests.postgres_server import TestServer, running_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[TestServer]:
    """Give a server for the whole run."""
    with running_server() as server:
        yield server


@pytest.fixture
def database_url(postgres_server: TestServer) -> Iterator[str]:
    """Give a fresh, migrated database for one test."""
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(postgres_server: TestServer) -> Iterator[str]:
    """Give a fresh, migrated database for one module's tests."""
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_server: TestServer) -> Iterator[str]:
    """Give a database without any table."""
    with postgres_server.fresh_database(migrated=False) as url:
        yield url


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a started Database over a fresh, migrated database."""
    started = Database()
    await started.start(url=database_url)
    try:
        yield started
    finally:
        await started.stop()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give one whole server for the run; it must outlive everything asked of it."""
    with running(tmp_path_factory.mktemp("served")) as server:
        yield server
