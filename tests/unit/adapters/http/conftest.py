"""Fixtures of the HTTP tests."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.unit.adapters.http.context import Context, open_context


@pytest.fixture
async def context() -> AsyncIterator[Context]:
    async with open_context() as made:
        yield made


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with context.client() as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def calm() -> AsyncIterator[Context]:
    """A desk that tests share: they change nothing on it."""
    async with open_context() as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def calm_client(calm: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with calm.client() as made:
        yield made
