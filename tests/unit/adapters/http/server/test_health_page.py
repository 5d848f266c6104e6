"""A worker's own page of health says little, and says it as every answer does."""

from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from adapters.http.server.health_page import HealthPage
from adapters.memory.time import ManualClock
from adapters.telemetry.health import HealthBoard
from ports.health import ComponentState
from tests import builders


@pytest.fixture
async def http() -> Any:
    page: Any = HealthPage(
        health=HealthBoard(clock=ManualClock(builders.AT)), registry=CollectorRegistry()
    )
    transport = httpx.ASGITransport(app=page)
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/health/live", 200, "application/json"),
        ("/health", 503, "application/json"),
        ("/health/ready", 503, "application/json"),
        ("/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"),
        ("/docs", 404, "application/json"),
    ],
)
async def test_each_page_has_its_type_and_the_headers_of_every_answer(
    http: httpx.AsyncClient, path: str, status: int, kind: str
) -> None:
    answer = await http.get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/docs"])
async def test_a_head_is_that_of_the_page(http: httpx.AsyncClient, path: str) -> None:
    head, whole = await http.head(path), await http.get(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]


async def test_nothing_but_get_is_answered(http: httpx.AsyncClient) -> None:
    assert (await http.post("/metrics")).status_code == 404


async def test_health_is_told_in_a_word_and_ready_whatever_others_lack() -> None:
    board = HealthBoard(clock=ManualClock(builders.AT))
    page: Any = HealthPage(health=board, registry=CollectorRegistry())
    board.declare("database")
    board.set("database", ComponentState.UP)
    board.declare("market", required=False)
    transport = httpx.ASGITransport(app=page)
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        told = {path: (await client.get(path)).json() for path in ("/health", "/health/ready")}
        assert told["/health"] == {"status": "degraded", "degraded": ["market"]}
        assert told["/health/ready"] == {"status": "ready", "degraded": ["market"]}
        board.set("market", ComponentState.UP)
        assert (await client.get("/health")).json() == {"status": "healthy", "degraded": []}
