"""How long an answer may take: reads are cut off, what changes something never is."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest_asyncio
from litestar import Response, get, post
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from adapters.http.app import build_app
from adapters.http.settings import HttpSettings
from adapters.http.streams.hub import Hub
from application.orders.facade import OrderUseCases
from bootstrap.areas import orders
from bootstrap.http import edge_parts, routes_of
from tests.unit.adapters.http.apps import Instead
from tests.unit.adapters.http.context import BASE, SHARED, Context, open_context
from tests.virtual_time import in_virtual_time

SHORT = HttpSettings(access_log=False, request_s=0.05)


class _SlowOrders:
    """Stores orders, and takes longer before and after than a read may take at all."""

    def __init__(self, inner: OrderUseCases) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def submit(self, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0.1)
        outcome = await self._inner.submit(*args, **kwargs)
        await asyncio.sleep(0.1)
        return outcome


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def limited(calm: Context) -> AsyncIterator[httpx.AsyncClient]:
    """The owner's client of a server with little time and three slow routes."""

    @get("/api/v1/slow-read", opt={"permission": "status.read"})
    async def slow_read() -> Response[bytes]:
        await asyncio.sleep(60)
        return Response(b"")

    @get("/api/v1/own-timeout", opt={"permission": "status.read"})
    async def own_timeout() -> Response[bytes]:
        raise TimeoutError("of something else")

    @post("/api/v1/slow-change", opt={"permission": "status.read"}, status_code=200)
    async def slow_change() -> Response[bytes]:
        await asyncio.sleep(0.2)
        return Response(b"", media_type="application/json")

    app: Any = build_app(
        edge_parts(calm.parts),
        settings=SHORT,
        registry=CollectorRegistry(),
        hub=Hub(),
        routes=[*routes_of(calm.parts), slow_read, slow_change, own_timeout],
    )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {calm.token}"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
        yield client


@in_virtual_time
async def test_a_read_that_takes_too_long_is_told_so(limited: httpx.AsyncClient) -> None:
    answer = await limited.get("/api/v1/slow-read")
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/timed-out"
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await limited.get("/api/status")).status_code == 200


@SHARED
async def test_a_timeout_of_something_else_is_a_defect_as_before(
    limited: httpx.AsyncClient,
) -> None:
    # Unrendered: to draw every local of a traceback takes long.
    with capture_logs():
        assert (await limited.get("/api/v1/own-timeout")).status_code == 500


@in_virtual_time
async def test_what_changes_something_is_never_cut_off(limited: httpx.AsyncClient) -> None:
    assert (await limited.post("/api/v1/slow-change")).status_code == 200


@in_virtual_time
async def test_an_order_that_takes_long_is_answered_and_its_repeat_the_same() -> None:
    async with open_context() as context:
        slow: Any = _SlowOrders(context.facades.orders)
        app: Any = context.app_over(
            Instead(context.parts, {orders.build: SimpleNamespace(facade=slow)}), settings=SHORT
        )
        transport = httpx.ASGITransport(app=app)
        headers = {"Authorization": f"Bearer {context.token}", "Idempotency-Key": "slow-1"}
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
            first = await client.post("/api/v1/orders", json=context.order())
            again = await client.post("/api/v1/orders", json=context.order())
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert "Idempotency-Replayed" in again.headers
        async with context.client() as reader:
            assert len((await reader.get("/api/v1/orders")).json()["items"]) == 1
