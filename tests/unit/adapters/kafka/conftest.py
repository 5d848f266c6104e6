"""Fixtures of the tests of commands."""

from collections.abc import AsyncIterator, Iterator

import pytest
from structlog.testing import capture_logs

from tests.unit.adapters.kafka.counter import Counter, open_counter


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep logs unrendered: the default renderer draws every local of a traceback."""
    with capture_logs():
        yield


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with open_counter() as made:
        yield made
