"""Fixtures of the HTTP tests."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.unit.adapters.http.desk import Desk, open_desk


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as made:
        yield made


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client() as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def calm() -> AsyncIterator[Desk]:
    """A desk that tests share: they change nothing on it."""
    async with open_desk() as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def calm_client(calm: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with calm.client() as made:
        yield made
