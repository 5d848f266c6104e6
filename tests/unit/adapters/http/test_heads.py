"""HEAD is answered as GET is, without the body."""

import httpx
import pytest

from adapters.http.open_paths import HEALTH, JWKS
from adapters.http.settings import HttpSettings
from tests.unit.adapters.http.context import SHARED, Context, open_context

OPEN = [*sorted(HEALTH), "/docs", "/docs/page.css", "/openapi.json", "/problems", JWKS]


def _said(answer: httpx.Response) -> dict[str, str]:
    """Return the headers that do not differ from request to request."""
    fleeting = {"x-request-id", "x-trace-id", "traceparent", "ratelimit"}
    return {name: value for name, value in answer.headers.items() if name not in fleeting}


@SHARED
@pytest.mark.parametrize("path", OPEN)
async def test_what_is_open_can_be_asked_for_its_head(calm: Context, path: str) -> None:
    async with calm.client(None) as nobody:
        whole, head = await nobody.get(path), await nobody.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert _said(head) == _said(whole)
    assert int(head.headers["Content-Length"]) == len(whole.content) > 0


@SHARED
@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/v1/accounts", "/metrics", "/api/status"])
async def test_a_route_of_the_api_gives_its_head_to_whom_it_gives_itself(
    calm: Context, calm_client: httpx.AsyncClient, path: str
) -> None:
    head = await calm_client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0
    async with calm.client(None) as nobody:
        refused = await nobody.head(path)
    assert (refused.status_code, refused.content) == (401, b"")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@SHARED
@pytest.mark.parametrize(
    ("path", "status"), [("/api/v1/orders/preview", 405), ("/nope", 404), ("/problems/nope", 404)]
)
async def test_what_get_does_not_answer_head_does_not(
    calm_client: httpx.AsyncClient, path: str, status: int
) -> None:
    head, whole = await calm_client.head(path), await calm_client.get(path)
    assert head.status_code == whole.status_code == status
    assert head.content == b""


@SHARED
async def test_whoever_has_get_says_so_of_head(calm_client: httpx.AsyncClient) -> None:
    refused = await calm_client.put("/api/v1/orders")
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    posted = await calm_client.options("/api/v1/orders/preview")
    assert posted.headers["Allow"] == "OPTIONS, POST"


async def test_it_is_counted_under_its_route_and_its_name() -> None:
    settings = HttpSettings(access_log=False, metrics_public=True)
    async with open_context(settings) as context, context.client() as client:
        await client.head("/api/v1/orders")
        page = (await client.get("/metrics")).text
    wanted = 'ballast_http_requests_total{method="HEAD",route="/api/v1/orders",status="200"} 1.0'
    assert wanted in page
