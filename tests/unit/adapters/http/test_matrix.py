"""A route, channel or command that does not say who may use it is found and refused."""

from collections.abc import Callable
from typing import Any

import pytest
from litestar import get
from prometheus_client import CollectorRegistry

from adapters.http.app import build_app
from adapters.http.permissions import Undeclared
from adapters.http.settings import HttpSettings
from bootstrap.http import edge_parts, routes_of
from tests.matrix.routes import sweep_routes, uncovered
from tests.matrix.world import open_world
from tests.unit.adapters.http.context import Context


def _app_with(context: Context, handler: Any) -> Any:
    return build_app(
        edge_parts(context.parts),
        settings=HttpSettings(access_log=False),
        registry=CollectorRegistry(),
        hub=context.hub,
        routes=[*routes_of(context.parts), handler],
    )


@pytest.mark.parametrize(
    ("opt", "path", "problem"),
    [
        ({}, "/api/v1/new", "GET /api/v1/new declares no permission"),
        ({"permission": "no.such"}, "/api/v1/new", "GET /api/v1/new declares no permission"),
        (
            {"permission": "orders.read"},
            "/api/v1/new/{thing_id:uuid}",
            "nobody knows to which account thing_id of /api/v1/new/{thing_id} leads",
        ),
    ],
)
async def test_a_route_that_does_not_say_who_may_use_it_stops_the_start(
    context: Context, opt: dict[str, str], path: str, problem: str
) -> None:
    @get(path, opt=opt)
    async def new() -> None: ...

    with pytest.raises(Undeclared) as refused:
        _app_with(context, new)
    assert str(refused.value) == problem


async def test_a_new_route_without_a_case_fails_the_matrix() -> None:
    @get("/api/v1/new", opt={"permission": "orders.read"})
    async def new() -> None: ...

    async with open_world() as world:
        async with world.context.client() as client:
            document = (await client.get("/openapi.json")).json()
        assert uncovered(world, document) == []
        vars(world.context)["app"] = _app_with(world.context, new)
        assert uncovered(world, document) == ["GET /api/v1/new has no case"]
        body = document["components"]["schemas"]["OrderBody"]
        body["properties"]["other_id"] = {"type": "string", "format": "uuid"}
        assert "POST /api/v1/orders: /other_id is in no case" in uncovered(world, document)


@pytest.mark.parametrize(
    ("place", "hole", "only"),
    [
        ("adapters.http.orders.routes.reach", lambda *_, **__: None, "POST /api/v1/orders"),
        ("adapters.http.orders.listing.granted_to", lambda _: None, "GET /api/v1/orders"),
        ("adapters.http.accounts.routes.granted_to", lambda _: None, "GET /api/v1/accounts"),
        ("adapters.http.orders.reading.granted_to", lambda _: None, "GET /api/v1/fills"),
        ("domain.identity.access.Access.sees", lambda *_, **__: True, "{order_id}"),
    ],
)
async def test_the_matrix_finds_a_hole(
    monkeypatch: pytest.MonkeyPatch, place: str, hole: Callable[..., Any], only: str
) -> None:
    monkeypatch.setattr(place, hole)
    async with open_world() as world:
        swept = await sweep_routes(world, only=only)
    assert swept.wrongs
