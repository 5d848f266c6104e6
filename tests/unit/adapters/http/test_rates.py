"""How much anyone may ask, what they are told of it, and what is never held up."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from adapters.http.rates import GROUPS, Bucket, Rates, RouteRates, group_of
from adapters.http.settings import HttpSettings
from adapters.memory.rate_limits import MemoryRateLimits
from adapters.memory.time import ManualClock
from ports.rate_limits import RateLimit
from tests.builders import new_id
from tests.unit.adapters.http.context import SHARED, Context, open_context
from tests.unit.adapters.http.streams.socket import Closed, connected
from tests.unit.adapters.http.surroundings import NOW

WHO = new_id()
SMALL = RateLimit(name="small", per_s=2, burst=4)


def _few(**changes: Any) -> HttpSettings:
    """Allow three of everything, one more each second."""
    few = {name: RateLimit(name=name, per_s=1, burst=3) for name in GROUPS}
    return HttpSettings(access_log=False, rates=Rates(**{**few, "shared": frozenset(), **changes}))


async def _statuses(client: httpx.AsyncClient, method: str, path: str, *, times: int) -> list[int]:
    return [(await client.request(method, path)).status_code for _ in range(times)]


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(SMALL)
    assert [bucket.take("a", now=100.0) for _ in range(4)] == [0.5, 1.0, 1.5, 2.0]
    # Minus what is to be waited for; a refusal takes nothing.
    assert bucket.take("a", now=100.0) == -0.5
    assert bucket.take("a", now=100.25) == -0.25
    assert bucket.take("a", now=100.5) == 2.0
    assert bucket.take("b", now=100.5) == 0.5
    assert bucket.take("a", now=200.0) == 0.5


@pytest.mark.parametrize("per_s", [0.1, 0.3, 7, 1_000, 5_000])
def test_who_waits_as_long_as_told_is_let_through(per_s: float) -> None:
    bucket = Bucket(RateLimit(name="x", per_s=per_s, burst=5))
    now = 1e6
    for _ in range(200):
        waits = -bucket.take("a", now=now)
        if waits > 0:
            now += waits
            assert bucket.take("a", now=now) > 0


def test_the_bucket_asked_least_recently_makes_room() -> None:
    bucket = Bucket(SMALL, keys_max=2)
    for key in ("a", "a", "b", "a", "c"):
        bucket.take(key, now=0.0)
    assert bucket.take("a", now=0.0) == 2.0
    assert bucket.take("b", now=0.0) == 0.5


def test_the_headers_are_those_of_the_draft() -> None:
    bucket = Bucket(RateLimit(name="orders", per_s=2, burst=9))
    told = [dict(bucket.told(bucket.take("a", now=0.0))) for _ in range(9)]
    assert {one[b"ratelimit-policy"] for one in told} == {b'"orders";q=9;w=5'}
    # Only when less than half is left is it worth a header.
    assert [one.get(b"ratelimit") for one in told] == [
        *[None] * 4,
        *(b'"orders";r=%d;t=%d' % pair for pair in ((4, 3), (3, 3), (2, 4), (1, 4), (0, 5))),
    ]


def _routes(context: Context) -> Iterator[tuple[str, str]]:
    for route in context.app.routes:
        if isinstance(route, HTTPRoute):
            for method in route.methods:
                yield str(method), re.sub(r"\{\w+\}", str(new_id()), route.path_format)


@SHARED
async def test_every_route_has_a_group_but_what_stops_trading(calm: Context) -> None:
    free = {
        re.sub(r"[0-9a-f-]{36}", "*", f"{method} {path}")
        for method, path in _routes(calm)
        if group_of(method, path) is None
    }
    assert free == {
        "DELETE /api/v1/orders/*",
        "POST /api/v1/orders/cancel-all",
        "POST /api/v1/kill-switch/activate",
        "POST /api/v1/agents/*/pause",
    }


@pytest.mark.parametrize(
    ("method", "path", "group"),
    [
        ("POST", "/api/v1/orders", "orders"),
        ("POST", "/api/v1/orders/", "orders"),
        ("PATCH", "/api/v1/orders/x", "orders"),
        ("POST", "/api/v1/orders/preview", "orders"),
        ("POST", "/api/v1/order-groups", "orders"),
        ("POST", "/api/v1/orders/cancel-all/", None),
        ("GET", "/api/v1/orders/cancel-all", "reads"),
        ("DELETE", "/api/v1/ordersx", "changes"),
        ("POST", "/api/v1/agents/x/resume", "changes"),
        ("POST", "/api/v1/kill-switch/release", "changes"),
        ("POST", "/api/v1/auth/password", "auth"),
        ("PUT", "/api/v1/authx", "changes"),
        ("OPTIONS", "/api/v1/orders", "reads"),
        ("HEAD", "/x", "reads"),
    ],
)
def test_a_route_s_group(method: str, path: str, group: str | None) -> None:
    assert group_of(method, path) == group


def test_there_is_no_other_group() -> None:
    with pytest.raises(ValueError, match="cancels"):
        Rates(shared=frozenset({"auth", "cancels"}))


async def test_too_many_are_told_when_to_come_back() -> None:
    async with open_context(_few()) as context, context.client() as client:
        assert await _statuses(client, "GET", "/api/status", times=3) == [200] * 3
        refused = await client.get("/api/status")
        assert refused.status_code == 429
        assert refused.json()["type"] == "/problems/too-many-requests"
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["RateLimit"] == '"reads";r=0;t=1'
        assert refused.headers["RateLimit-Policy"] == '"reads";q=3;w=3'
        assert refused.headers["X-Content-Type-Options"] == "nosniff"
        context.clock.advance(1)
        assert await _statuses(client, "GET", "/api/status", times=2) == [200, 429]


async def test_groups_and_users_do_not_take_from_each_other() -> None:
    async with open_context(_few()) as context, context.client() as client:
        await _statuses(client, "GET", "/api/status", times=4)
        theirs, _ = await context.other_tenant()
        async with context.client(theirs) as other:
            assert await _statuses(other, "GET", "/api/v1/orders", times=4) == [200] * 3 + [429]
        bodies = [context.order(client_order_id=f"o{n}") for n in range(4)]
        placed = [(await client.post("/api/v1/orders", json=body)) for body in bodies]
        assert [one.status_code for one in placed][-1] == 429
        assert 429 not in [one.status_code for one in placed][:3]


async def test_what_stops_trading_is_never_held_up() -> None:
    async with open_context(_few()) as context, context.client() as client:
        order_id = (await client.post("/api/v1/orders", json=context.order())).json()["id"]
        for method, path in (
            ("GET", "/api/status"),
            ("POST", "/api/v1/orders"),
            ("POST", "/api/v1/portfolios"),
            ("POST", "/api/v1/auth/password"),
        ):
            assert (await _statuses(client, method, path, times=5))[-1] == 429
        # Nor by strangers at the same address.
        async with context.client("guess") as stranger:
            assert await _statuses(stranger, "GET", "/api/status", times=4) == [401] * 3 + [429]
        cancels = await _statuses(client, "DELETE", f"/api/v1/orders/{order_id}", times=20)
        assert cancels[0] in (200, 202)
        assert 429 not in cancels
        body = {"scope": "tenant", "reason": "test"}
        for _ in range(10):
            all_of_it = {"account_id": str(context.account_id)}
            answer = await client.post("/api/v1/orders/cancel-all", json=all_of_it)
            assert answer.status_code != 429
            assert (await client.post("/api/v1/kill-switch/activate", json=body)).status_code != 429


async def test_strangers_are_counted_by_network_and_take_nothing_from_who_has_a_token() -> None:
    async with (
        open_context(_few()) as context,
        context.client(None) as nobody,
        context.client() as client,
    ):
        assert await _statuses(nobody, "GET", "/api/v1/orders", times=2) == [401] * 2
        assert await _statuses(nobody, "GET", "/problems", times=2) == [200, 429]
        refused = await nobody.get("/api/v1/orders")
        assert (refused.status_code, refused.headers["RateLimit"]) == (429, '"open";r=0;t=1')
        assert (await client.get("/api/v1/orders")).status_code == 200
        # Logging in has a bucket of its own, and health none.
        assert await _statuses(nobody, "POST", "/api/v1/auth/login", times=4) == [400] * 3 + [429]
        assert 429 not in await _statuses(nobody, "GET", "/health/live", times=20)


async def test_handshakes_without_a_ticket_that_holds_are_counted_as_strangers_are() -> None:
    async with open_context(_few()) as context:
        codes: list[int] = []
        for _ in range(4):
            with pytest.raises(Closed) as refused:
                async with connected(context.app, query="ticket=guess"):
                    pass
            codes.append(refused.value.code)
        assert codes == [401, 401, 401, 429]
        headers = {"Authorization": f"Bearer {context.token}"}
        async with connected(context.app, headers=headers) as socket:
            assert (await socket.next())["type"] == "welcome"


class _Noting:
    """Limits over all processes that note what they are asked."""

    def __init__(self, waits: Sequence[float]) -> None:
        self.asked: list[tuple[str, float, int]] = []
        self._waits = list(waits)

    async def take(self, *, limit: RateLimit, key: str, cost: int = 1) -> float:
        assert cost == 1
        self.asked.append((limit.name, limit.per_s, limit.burst))
        return self._waits.pop(0)


def _scope(method: str, path: str) -> Any:
    return {"method": method, "path": path, "state": {}, "client": ("192.0.2.1", 1)}


async def test_shared_groups_are_counted_over_all_processes_and_others_never() -> None:
    noting = _Noting([0.0, 2.2])
    rates = RouteRates(
        Rates(changes=RateLimit(name="changes", per_s=1, burst=3), shared=frozenset({"changes"})),
        limits=noting,
        clock=ManualClock(NOW),
    )
    for method, path in (("POST", "/api/v1/orders"), ("GET", "/x"), ("DELETE", "/api/v1/orders/x")):
        assert (await rates.principal(_scope(method, path), who=WHO))[0] is None
    assert noting.asked == []
    assert (await rates.principal(_scope("PUT", "/x"), who=WHO))[0] is None
    problem, told = await rates.principal(_scope("PUT", "/x"), who=WHO)
    assert problem is not None
    assert problem.headers == {"Retry-After": "3"}
    assert dict(told)[b"ratelimit"] == b'"changes";r=0;t=3'
    assert noting.asked == [("http-changes", 1, 3)] * 2


async def test_what_this_process_alone_refuses_is_not_asked_of_the_others() -> None:
    noting = _Noting([0.0])
    few = Rates(auth=RateLimit(name="auth", per_s=1, burst=1), shared=frozenset({"auth"}))
    rates = RouteRates(few, limits=noting, clock=ManualClock(NOW))
    login = _scope("POST", "/api/v1/auth/login")
    assert (await rates.anyone(login))[0] is None
    assert (await rates.anyone(login))[0] is not None
    assert len(noting.asked) == 1


async def test_two_processes_share_what_is_shared() -> None:
    clock = ManualClock(NOW)
    limits = MemoryRateLimits(clock=clock)
    few = Rates(changes=RateLimit(name="changes", per_s=1, burst=4))
    both = [RouteRates(few, limits=limits, clock=clock) for _ in range(2)]
    asked = [await both[n % 2].principal(_scope("PUT", "/x"), who=WHO) for n in range(6)]
    assert [problem is None for problem, _ in asked] == [True] * 4 + [False] * 2
