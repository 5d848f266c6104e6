"""The OpenAPI document tells the truth about every route, and its page needs no network."""

import re
from hashlib import sha256
from typing import Any

import httpx
import msgspec
from litestar.routes import HTTPRoute

from adapters.http.accounts.schemas import DepositBody, OpenAccountBody
from adapters.http.kill_switch.schemas import ActivateBody, PasscodeBody, ReleaseBody
from adapters.http.orders.schemas import GroupBody, OrderBody, OrderView
from adapters.http.reading import decoder_of
from adapters.http.risk.figures import SizeBody
from adapters.http.risk.schemas import RuleBody, RuleView, TryBody
from adapters.http.settings import HttpSettings
from adapters.http.workspaces.schemas import RestoredView, SaveBody, WorkspaceView
from tests.unit.adapters.http.context import SHARED, Context, open_context

READS: dict[str, Any] = {
    "POST /api/v1/orders": OrderBody,
    "POST /api/v1/order-groups": GroupBody,
    "POST /api/v1/risk-rules": RuleBody,
    "POST /api/v1/risk-rules/test": TryBody,
    "POST /api/v1/risk-rules/calculate-position-size": SizeBody,
    "POST /api/v1/accounts": OpenAccountBody,
    "POST /api/v1/accounts/{account_id}/deposits": DepositBody,
    "POST /api/v1/kill-switch/activate": ActivateBody,
    "POST /api/v1/kill-switch/release": ReleaseBody,
    "PUT /api/v1/kill-switch/passcode": PasscodeBody,
    "POST /api/v1/user/workspace": SaveBody,
}


# Open routes that answer 401 to who is not let in.
_LOGINS = {
    f"/api/v1/auth/{name}"
    for name in (
        "token",
        "login",
        "challenge",
        "challenge/passkey-options",
        "passkey",
        "recovery",
        "refresh",
    )
}


async def _document(client: httpx.AsyncClient) -> Any:
    return (await client.get("/openapi.json")).json()


@SHARED
async def test_every_route_is_described(calm: Context, calm_client: httpx.AsyncClient) -> None:
    document = await _document(calm_client)
    assert document["openapi"] == "3.1.0"
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    served = {
        (method, route.path_format)
        for route in calm.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }
    documented = {"/openapi.json", "/docs", "/docs/{name}"}
    console = {"/", "/login", "/dashboard", "/dashboard/{name}", "/console/{slug}/{name}"}
    pages = {("GET", path) for path in documented | console}
    pages |= {(method, "/succession/answer/{link_token}") for method in ("GET", "POST")}
    assert described == served - pages
    ids = [one["operationId"] for item in document["paths"].values() for one in item.values()]
    assert len(set(ids)) == len(ids)


@SHARED
async def test_every_reference_leads_somewhere(calm_client: httpx.AsyncClient) -> None:
    text = (await calm_client.get("/openapi.json")).text
    known = set(msgspec.json.decode(text)["components"]["schemas"])
    assert set(re.findall(r"#/components/schemas/([^\"]+)", text)) <= known


@SHARED
async def test_whatever_is_named_in_a_path_may_not_be_there(calm_client: httpx.AsyncClient) -> None:
    document = await _document(calm_client)
    without = {
        f"{method} {path}"
        for path, methods in document["paths"].items()
        if "{" in path
        for method, operation in methods.items()
        if "404" not in operation["responses"]
    }
    assert without == set()


@SHARED
async def test_secured_routes_say_401_and_changing_posts_take_a_key(
    calm_client: httpx.AsyncClient,
) -> None:
    document = await _document(calm_client)
    unkeyed = set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert ("security" in operation) == (
                "401" in operation["responses"]
            ) or path in _LOGINS, path
            named = [one["name"] for one in operation.get("parameters", ())]
            if method == "post" and "Idempotency-Key" not in named:
                unkeyed.add(path)
    assert unkeyed == {
        *_LOGINS,
        # One-time tokens do it once, and nobody is known yet whose a key could be.
        "/api/v1/auth/join",
        "/api/v1/auth/password/reset",
        "/api/v1/auth/step-up",
        # Known by its id, or by its bytes.
        "/api/v1/signals/hooks/{source}",
        # Each question to a passkey is another one.
        "/api/v1/auth/passkey/options",
        "/api/v1/auth/step-up/passkey-options",
        "/api/v1/passkeys/options",
        "/api/v1/factors/backup-codes",
        # Asks, and keeps nothing.
        "/api/v1/margin/what-if",
        "/api/v1/factors/totp",
        "/api/v1/factors/totp/{factor_id}/confirm",
        # Done twice, these change nothing more.
        "/api/v1/auth/logout",
        "/api/v1/auth/logout-everywhere",
        "/api/v1/auth/password",
        "/api/v1/ws/ticket",
        "/api/v1/orders/preview",
        "/api/v1/pre-trade/analyze",
        "/api/v1/fear-greed/calculate",
        "/api/v1/sentiment/analyze",
        "/api/v1/succession/estate-tax",
        "/api/v1/risk-rules/test",
        "/api/v1/risk-rules/calculate-position-size",
        # A heartbeat twice is one heartbeat.
        "/api/v1/agents/{agent_id}/heartbeat",
        # Runs a model, and keeps nothing.
        "/api/v1/inference/{name}",
        "/v2/models/{name}/infer",
        "/v2/models/{name}/versions/{version}/infer",
        # Loading what is loaded serves the same.
        "/api/v1/models/{name}/load",
        "/api/v1/models/{name}/unload",
        # Pausing what is paused changes nothing.
        "/api/v1/market/replay/pause",
        "/api/v1/market/replay/resume",
    }


@SHARED
async def test_examples_are_what_the_routes_read_and_answer(
    calm_client: httpx.AsyncClient,
) -> None:
    document = await _document(calm_client)
    checked = 0
    for place, kind in READS.items():
        method, path = place.split()
        operation = document["paths"][path][method.lower()]
        content = operation["requestBody"]["content"]["application/json"]
        value = content["examples"]["example"]["value"]
        decoder_of(kind).decode(msgspec.json.encode(value))
        checked += 1
    assert checked == len(READS)
    for path, kind in (
        ("/api/v1/orders", OrderView),
        ("/api/v1/risk-rules", RuleView),
        ("/api/v1/user/workspace", WorkspaceView),
    ):
        content = document["paths"][path]["post"]["responses"]["201"]["content"]
        value = content["application/json"]["examples"]["example"]["value"]
        assert msgspec.to_builtins(msgspec.convert(value, kind)) == value


@SHARED
async def test_the_example_of_a_workspace_is_one_that_was_saved(
    calm_client: httpx.AsyncClient,
) -> None:
    route = (await _document(calm_client))["paths"]["/api/v1/user/workspace"]
    sent = route["post"]["requestBody"]["content"]["application/json"]["examples"]["example"]
    content = route["get"]["responses"]["200"]["content"]["application/json"]
    shown = content["examples"]["example"]["value"]
    layout = msgspec.json.encode(sent["value"]["layout"])
    assert (len(layout), sha256(layout).hexdigest()) == (shown["size_bytes"], shown["sha256"])
    restored = msgspec.json.decode(msgspec.json.encode(shown), type=RestoredView)
    assert bytes(restored.layout) == layout


@SHARED
async def test_decimals_may_be_strings_or_numbers(calm_client: httpx.AsyncClient) -> None:
    document = await _document(calm_client)
    quantity = document["components"]["schemas"]["OrderBody"]["properties"]["quantity"]
    assert [one["type"] for one in quantity["anyOf"]] == ["string", "number"]
    assert '"format":"decimal"' not in str(document)


@SHARED
async def test_the_page_loads_nothing_from_elsewhere(calm_client: httpx.AsyncClient) -> None:
    page = await calm_client.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    wanted = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert wanted
    for path in wanted:
        assert path.startswith("/")
        answer = await calm_client.get(path)
        assert answer.status_code == 200
        assert not re.search(r"https?://", answer.text) or path == "/openapi.json"
    assert (await calm_client.get("/docs/nope.js")).status_code == 404


async def test_without_docs_there_is_no_document() -> None:
    async with (
        open_context(HttpSettings(access_log=False, docs=False)) as context,
        context.client() as client,
    ):
        assert (await client.get("/openapi.json")).status_code == 404
        assert (await client.get("/docs")).status_code == 404
