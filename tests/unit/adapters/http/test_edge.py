"""What every request passes: ids, tokens, limits, headers, problems."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import msgspec
import pytest
import structlog
from litestar import Litestar, get
from litestar.routes import HTTPRoute
from prometheus_client import CollectorRegistry

from adapters.http.app import build_app
from adapters.http.conflicts import all_kinds
from adapters.http.console.paths import FILES
from adapters.http.open_paths import JWKS, OPEN_FOLDERS, OPEN_PATHS
from adapters.http.problem_kinds import KINDS
from adapters.http.settings import HttpSettings
from adapters.http.streams.hub import Hub
from bootstrap.http import edge_parts, routes_of
from tests.unit.adapters.http.context import BASE, EMAIL, SHARED, Context, open_context

UUID_TEXT = "0198f1c2-7b3a-7d4e-9f50-3c6d1a2b4e5f"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def _routes(app: Litestar) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            path = re.sub(r"\{rule_id\}|\{\w+_id\}", UUID_TEXT, route.path_format)
            path = re.sub(r"\{\w+\}", "AAPL", path)
            for method in route.methods:
                yield method, path


@SHARED
async def test_every_route_needs_a_token_but_the_few_that_say_so(calm: Context) -> None:
    open_routes = set()
    count = 0
    async with calm.client(None) as nobody:
        for method, path in _routes(calm.app):
            count += 1
            answer = await nobody.request(method, path)
            if answer.status_code == 401 and path != "/api/v1/auth/token":
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                assert answer.json()["type"] == "/problems/unauthorized"
            else:
                open_routes.add(path)
    assert count > 50
    assert open_routes == {
        *OPEN_PATHS,
        *(f"{folder}AAPL" for folder in OPEN_FOLDERS if folder != FILES),
        # A digest stands before the name of a file.
        f"{FILES}AAPL/AAPL",
    }


@pytest.mark.parametrize(
    "path",
    ["/docsx", "/problemsx/a", "/health/live/x", "/api/v1/auth/token/x", "/docs/../api/status"],
)
@SHARED
async def test_what_only_looks_open_is_not(calm: Context, path: str) -> None:
    async with calm.client(None) as nobody:
        request = nobody.build_request("GET", path)
        request.url = httpx.URL(str(request.url.copy_with(path="/")) + path[1:])
        answer = await nobody.send(request)
    assert answer.status_code == 401 or (path.startswith("/docs/") and answer.status_code == 404)


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer é", "bearer  x y"]
)
@SHARED
async def test_a_header_that_is_no_token_is_refused(calm: Context, given: str) -> None:
    async with calm.client(None) as calm_client:
        answer = await calm_client.get("/api/status", headers=[(b"Authorization", given.encode())])
    assert answer.status_code == 401


async def test_a_token_that_expired_or_was_revoked_is_refused(
    context: Context, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/api/status")).status_code == 200
    context.tokens.revoked.add(context.token)
    assert (await client.get("/api/status")).status_code == 401
    context.tokens.revoked.clear()
    context.clock.advance(3_600)
    assert (await client.get("/api/status")).status_code == 401


async def test_metrics_are_public_only_by_setting(context: Context) -> None:
    async with context.client(None) as nobody:
        assert (await nobody.get("/metrics")).status_code == 401
    settings = HttpSettings(access_log=False, metrics_public=True)
    async with open_context(settings) as public, public.client(None) as nobody:
        answer = await nobody.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")


async def test_metrics_name_routes_by_template(context: Context, client: httpx.AsyncClient) -> None:
    await client.get(f"/api/v1/orders/{UUID_TEXT}")
    await client.get("/no/such/thing")
    page = (await client.get("/metrics")).text
    assert 'route="/api/v1/orders/{order_id}"' in page
    assert UUID_TEXT not in page
    assert "/no/such" not in page
    assert 'route="(none)",status="404"' in page


@SHARED
async def test_ids_go_in_and_out(calm_client: httpx.AsyncClient) -> None:
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-Id": "mine-1"}
    answer = await calm_client.get("/nope", headers=headers)
    assert answer.headers["X-Request-Id"] == "mine-1"
    assert answer.headers["X-Trace-Id"] == TRACE
    assert answer.headers["traceparent"].startswith(f"00-{TRACE}-")
    assert answer.json()["trace_id"] == TRACE


@pytest.mark.parametrize(
    "given", ["00-" + "0" * 32 + "-00f067aa0ba902b7-01", "junk", f"00-{TRACE.upper()}-x-01"]
)
@SHARED
async def test_a_traceparent_that_is_none_is_replaced(
    calm_client: httpx.AsyncClient, given: str
) -> None:
    answer = await calm_client.get("/nope", headers={"traceparent": given, "X-Request-Id": "a b"})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Trace-Id"])
    assert answer.headers["X-Trace-Id"] not in (TRACE, "0" * 32)
    assert answer.headers["X-Request-Id"] != "a b"


@SHARED
async def test_security_headers_are_everywhere(
    calm: Context, calm_client: httpx.AsyncClient
) -> None:
    for path in ("/api/status", "/nope", "/docs", "/openapi.json"):
        headers = (await calm_client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=63072000")
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert (
        "default-src 'none'" in (await calm_client.get("/nope")).headers["Content-Security-Policy"]
    )


@SHARED
async def test_public_keys_may_be_kept_and_their_refusals_not(calm: Context) -> None:
    async with calm.client(None) as nobody:
        kept = await nobody.get(JWKS)
        assert (kept.status_code, kept.headers["Cache-Control"]) == (200, "public, max-age=300")
        for refused in (await nobody.post(JWKS), await nobody.get(JWKS, headers={"Host": "e.x"})):
            assert refused.status_code in (405, 421)
            assert refused.headers.get_list("Cache-Control") == ["no-store"]


@SHARED
async def test_an_unknown_route_and_method_are_problems(calm_client: httpx.AsyncClient) -> None:
    absent = await calm_client.get("/api/v1/nope")
    assert (absent.status_code, absent.json()["instance"]) == (404, "/api/v1/nope")
    method = await calm_client.put("/api/v1/orders")
    assert method.status_code == 405
    assert set(method.headers["Allow"].split(", ")) >= {"GET", "POST"}
    options = await calm_client.options("/api/v1/orders")
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    for answer in (absent, method):
        assert answer.headers["Content-Type"] == "application/problem+json"


@SHARED
async def test_a_body_that_is_not_json_is_refused(
    calm: Context, calm_client: httpx.AsyncClient
) -> None:
    body = msgspec.json.encode(calm.order())
    form = await calm_client.post(
        "/api/v1/orders", content=body, headers={"Content-Type": "text/plain"}
    )
    assert form.status_code == 415
    bad = [b"", b"{", b"nul", b'{"a":1}x', b"\xff\xfe", b'"\xc3"', b"[" * 100_000]
    for content in bad:
        answer = await calm_client.post(
            "/api/v1/orders", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400, content[:20]


async def test_a_body_over_the_limit_is_refused_by_its_length_and_by_its_size() -> None:
    async with (
        open_context(HttpSettings(access_log=False, body_max=1_024)) as context,
        context.client() as client,
    ):
        declared = await client.post("/api/v1/orders", json={"symbol": "A" * 2_000})
        assert declared.status_code == 413

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b" " * 100

        streamed = await client.post(
            "/api/v1/orders",
            content=chunks(),
            headers={"Content-Type": "application/json"},
        )
        assert streamed.status_code == 413
        assert "1024" in streamed.json()["detail"]


async def test_a_defect_tells_nothing_of_the_inside(context: Context) -> None:
    @get("/api/v1/broken", opt={"permission": "status.read"})
    async def broken() -> None:
        raise RuntimeError("secret-inside")

    app: Any = build_app(
        edge_parts(context.parts),
        settings=HttpSettings(access_log=False),
        registry=CollectorRegistry(),
        hub=Hub(),
        routes=[*routes_of(context.parts), broken],
    )
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {context.token}"}
    with structlog.testing.capture_logs() as logs:
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            answer = await client.get("/api/v1/broken", headers=headers)
    assert [str(one["exc_info"]) for one in logs] == ["secret-inside"]
    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/internal-error"
    assert "secret-inside" not in answer.text
    assert "Traceback" not in answer.text


async def test_browsers_of_allowed_origins_may_call() -> None:
    origin = "https://desk.example.com"
    settings = HttpSettings(access_log=False, allowed_origins=(origin,))
    async with open_context(settings) as context, context.client(None) as nobody:
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        preflight = await nobody.options("/api/v1/orders", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["Access-Control-Allow-Origin"] == origin
        assert "Idempotency-Key" in preflight.headers["Access-Control-Allow-Headers"]
        refused = await nobody.get("/api/status", headers={"Origin": origin})
        assert refused.status_code == 401
        assert refused.headers["Access-Control-Allow-Origin"] == origin
        asked["Origin"] = "https://evil.example.com"
        stranger = await nobody.options("/api/v1/orders", headers=asked)
        assert stranger.status_code == 401
        assert "Access-Control-Allow-Origin" not in stranger.headers


@SHARED
async def test_every_kind_of_problem_has_a_page(calm_client: httpx.AsyncClient) -> None:
    listed = (await calm_client.get("/problems")).json()["items"]
    assert [one["type"] for one in listed] == [f"/problems/{kind.slug}" for kind in all_kinds()]
    for one in listed:
        assert (await calm_client.get(one["type"])).json() == one
    assert len({kind.slug for kind in KINDS}) == len(KINDS)
    assert (await calm_client.get("/problems/none")).status_code == 404


async def test_the_access_log_holds_no_body_and_no_token() -> None:
    with structlog.testing.capture_logs() as logs:
        async with open_context(HttpSettings()) as context, context.client(None) as nobody:
            password = "a-very-secret-password"
            await nobody.post("/api/v1/auth/token", json={"email": EMAIL, "password": password})
            await nobody.get("/api/status?ticket=abc", headers={"Authorization": "Bearer t0k"})
    answered = [one for one in logs if one["event"] == "http.answered"]
    assert [one["status"] for one in answered] == [401, 401]
    assert not re.search(f"{password}|{EMAIL}|abc|t0k", str(logs))


async def test_whoever_was_not_allowed_something_is_named_and_nobody_else() -> None:
    with structlog.testing.capture_logs() as logs:
        async with open_context(HttpSettings()) as context, context.client() as client:
            theirs, account_id = await context.other_tenant()
            await client.get("/api/v1/orders")
            await client.get(f"/api/v1/accounts/{account_id}")
            async with context.client(theirs) as other, context.client(None) as nobody:
                await other.get(f"/api/v1/accounts/{context.account_id}")
                await nobody.get("/api/v1/orders")
            owner = context.founded.owner
    lines = [one for one in logs if one["event"] == "http.answered"]
    told = [(one["status"], one.get("user")) for one in lines]
    assert told[:2] == [(200, None), (404, str(owner.id))]
    assert told[2][0] == 404
    assert told[2][1] not in (None, str(owner.id))
    assert told[3:] == [(401, None)]
    assert lines[1]["tenant"] == str(owner.tenant_id)
    assert lines[1]["route"] == "/api/v1/accounts/{account_id}"
