"""Fixtures of the HTTP tests."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.adapters.http.desk import Desk, open_desk


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as made:
        yield made


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client() as made:
        yield made
