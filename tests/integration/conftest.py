"""Fixtures for tests that need servers."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from adapters.postgres.link.database import Database
from tests.integration.serving import Served, running
from tests.postgres_server import TestServer, server_at
from tests.services.finding import own_service, url_of
from tests.services.kinds import NAMES, VARIABLES
from tests.services.service import Service, Unavailable

Given = TypeVar("Given")
_SERVICES = {"postgres_url", "redis_url", "kafka_bootstrap", "served"} | {
    f"own_{name}" for name in NAMES
}


# What runs servers and whole processes takes a minute where nothing else runs.
_TIMEOUT_S = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a server's start, and what it fetches, not count as the first test's time."""
    for item in items:
        # A test that states its own time has thought of the rest.
        if item.get_closest_marker("timeout") is not None:
            continue
        if not isinstance(item, pytest.Function) or Path(__file__).parent not in item.path.parents:
            continue
        serves = not _SERVICES.isdisjoint(item.fixturenames)
        item.add_marker(pytest.mark.timeout(_TIMEOUT_S, func_only=serves))


def _given(service: AbstractContextManager[Given]) -> Iterator[Given]:
    """Keep a service for a fixture; skip, with the reason, where it cannot be had."""
    try:
        with service as found:
            yield found
    except Unavailable as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="session", autouse=True)
def _a_postgres_for_each_worker() -> Iterator[None]:
    """Give each worker but the first a Postgres of its own, unless a URL is given for all.

    A transaction anywhere on a server, be it another worker's CREATE DATABASE, holds up those
    who read what is committed in its order.
    """
    variable = VARIABLES["postgres"]
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0" or os.environ.get(variable):
        yield
        return
    with pytest.MonkeyPatch.context() as patch, own_service("postgres") as server:
        patch.setenv(variable, server.url)
        yield


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[Service]:
    """Give a Postgres of this run's own: to be killed, paused and started again."""
    yield from _given(own_service("postgres"))


@pytest.fixture(scope="session")
def own_redis() -> Iterator[Service]:
    """Give a Redis of this run's own."""
    yield from _given(own_service("redis"))


@pytest.fixture(scope="session")
def own_kafka() -> Iterator[Service]:
    """Give a Kafka of this run's own."""
    yield from _given(own_service("kafka"))


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a Postgres whose user may make databases."""
    yield from _url("postgres", request)


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a Redis; tests use keys of their own."""
    yield from _url("redis", request)


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a Kafka; tests make topics of their own."""
    yield from _url("kafka", request)


def _url(name: str, request: pytest.FixtureRequest) -> Iterator[str]:
    return _given(url_of(name, own=lambda: request.getfixturevalue(f"own_{name}")))


@pytest.fixture(scope="session")
def postgres_server(postgres_url: str) -> Iterator[TestServer]:
    """Give a server for the whole run."""
    with server_at(postgres_url) as server:
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
