"""Fixtures of a Redis that is broken on purpose."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from adapters.redis.client import RedisLink
from tests.integration.redis.links import QUICK, link_to, new_space
from tests.services.proxy import FaultProxy
from tests.services.service import Service


@pytest.fixture
def broken(own_redis: Service) -> Iterator[Service]:
    """Give a Redis to break; it is whole again afterwards."""
    yield own_redis
    if own_redis.is_alive():
        own_redis.resume()
    own_redis.start()


@pytest.fixture
def space() -> str:
    """Give keys of the test's own."""
    return new_space()


@pytest_asyncio.fixture
async def link(broken: Service, space: str) -> AsyncIterator[RedisLink]:
    """Give a watched link with a server's short patience."""
    async with link_to(broken.url, space=space, limits=QUICK, watched=True) as started:
        yield started


@pytest_asyncio.fixture
async def proxy(broken: Service) -> AsyncIterator[FaultProxy]:
    """Give a network to that Redis that can misbehave."""
    async with FaultProxy(upstream_port=broken.server.place.ports[0]) as started:
        yield started


@pytest.fixture
def proxied_url(broken: Service, proxy: FaultProxy) -> str:
    """Give the URL by way of the proxy."""
    port = broken.server.place.ports[0]
    return broken.url.replace(f":{port}/", f":{proxy.port}/")
