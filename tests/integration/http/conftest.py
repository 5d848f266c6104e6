"""Clients of the shared server."""

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.serving import Served


@pytest.fixture
def http(served: Served) -> Iterator[httpx.Client]:
    """Give a client of the server."""
    with served.client() as client:
        yield client
