"""The kill switch, the market, log-in and status over HTTP."""

import json

import httpx
import pytest

from adapters.http.wire import moment
from domain.identity.access import Permission
from ports.health import ComponentState
from tests.builders import new_id
from tests.matrix.world import open_world
from tests.unit.adapters.http.context import EMAIL, SHARED, Context, open_context
from tests.unit.adapters.http.surroundings import NOW, MemoryReplay

RULE = {
    "name": "Max Daily Loss",
    "rule_type": "MAX_DAILY_LOSS",
    "threshold": 500.00,
    "action": "BLOCK",
    "is_active": True,
}
RULES = "/api/v1/risk-rules"
KILL = "/api/v1/kill-switch"


async def test_the_kill_switch_stops_and_releases(
    context: Context, client: httpx.AsyncClient
) -> None:
    for wrong in (
        {"scope": "account", "reason": "r"},
        {"scope": "tenant", "account_id": str(context.account_id), "reason": "r"},
        {"scope": "world", "reason": "r"},
        {"scope": "tenant", "reason": ""},
        {"scope": "tenant", "reason": "r", "passcode": "1234"},
    ):
        assert (await client.post(f"{KILL}/release", json=wrong)).status_code == 400
    nothing = await client.post(f"{KILL}/release", json={"scope": "tenant", "reason": "r"})
    assert nothing.json()["type"] == "/problems/nothing-engaged"
    stop = {"scope": "account", "account_id": str(context.account_id), "reason": "runaway"}
    stopped = await client.post(f"{KILL}/activate", json=stop)
    assert stopped.status_code == 200
    assert stopped.json()["latch"]["acknowledged_at"] is not None
    assert stopped.json()["ack_ms"] >= 0
    refused = await client.post("/api/v1/orders", json=context.order())
    assert refused.status_code == 403
    assert refused.json()["reasons"][0]["code"] == "KILL_SWITCH"
    shown = (await client.get(KILL)).json()
    assert shown["trading"] is False
    assert shown["latches"][0]["account_id"] == str(context.account_id)
    unfinished = await client.post(f"{KILL}/release", json=stop)
    assert unfinished.status_code == 409
    assert unfinished.json()["type"] == "/problems/not-reconciled"


@pytest.mark.parametrize(
    ("named", "hits"),
    [
        ({"scope": "symbol", "symbol": "AAPL"}, True),
        ({"symbol": "AAPL"}, True),
        ({"scope": "symbol", "symbol": "MSFT"}, False),
        ({"scope": "broker", "broker": "paper"}, True),
        ({"scope": "strategy", "strategy_id": "ema"}, False),
    ],
)
async def test_what_is_named_is_stopped_and_released_by_its_name(
    context: Context, client: httpx.AsyncClient, named: dict[str, str], hits: bool
) -> None:
    stopped = await client.post(f"{KILL}/activate", json={**named, "reason": "runaway"})
    assert stopped.status_code == 200
    latch = stopped.json()["latch"]
    assert named.items() <= latch.items() or latch["scope"] == "symbol"
    assert latch["level"] == "halted"
    sent = await client.post("/api/v1/orders", json=context.order())
    assert sent.status_code == (403 if hits else 201)
    scope = {"scope": latch["scope"], **named, "reason": "looked at"}
    assert (await client.post(f"{KILL}/release", json={"scope": "tenant", "reason": "r"})).json()[
        "type"
    ] == "/problems/nothing-engaged"
    asked = await client.post(f"{KILL}/release", json={**scope, "to": "reducing"})
    assert (asked.status_code, asked.json()["type"]) == (409, "/problems/checklist-open")
    unfinished = await client.post(f"{KILL}/release", json=scope)
    assert unfinished.json()["type"] == "/problems/not-reconciled"


async def test_at_reducing_nothing_opens(context: Context, client: httpx.AsyncClient) -> None:
    stop = {"scope": "tenant", "reason": "calm down", "level": "reducing"}
    stopped = await client.post(f"{KILL}/activate", json=stop)
    assert stopped.json()["latch"]["level"] == "reducing"
    refused = await client.post("/api/v1/orders", json=context.order())
    assert refused.json()["reasons"][0]["code"] == "KILL_SWITCH_REDUCING"
    account = (await client.get(f"/api/v1/accounts/{context.account_id}")).json()
    assert account["trading_state"] == "reducing"


async def test_only_the_operator_stops_the_firm(client: httpx.AsyncClient) -> None:
    for route in ("activate", "release"):
        refused = await client.post(f"{KILL}/{route}", json={"scope": "firm", "reason": "r"})
        assert (refused.status_code, refused.json()["permission"]) == (403, "firm.stop")


async def test_a_broker_that_holds_none_of_ones_accounts_is_named(
    client: httpx.AsyncClient,
) -> None:
    body = {"scope": "broker", "broker": "elsewhere", "reason": "r"}
    refused = await client.post(f"{KILL}/activate", json=body)
    assert refused.status_code == 400
    assert "broker" in refused.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"scope=tenant",
        b'{"scope":"account","reason":"r","flatten":true}',
        b'{"scope":"world","reason":"r","flatten":true}',
        b'{"scope":"tenant","scope":"tenant","flatten":true}',
        b'{"reason":"a\xe2\x80\xaeb","flatten":true}',
        b'{"flatten":"yes"}',
        b" " * 2_000_000,
    ],
)
@pytest.mark.parametrize("kind", [None, "application/x-www-form-urlencoded"])
async def test_a_body_that_cannot_be_read_stops_everything_and_flattens_nothing(
    context: Context, client: httpx.AsyncClient, body: bytes, kind: str | None
) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    stopped = await client.post(f"{KILL}/activate", content=body, headers=headers)
    assert stopped.status_code == 200, stopped.text
    latch = stopped.json()["latch"]
    assert (latch["scope"], latch["account_id"]) == ("tenant", None)
    assert (latch["reason"], latch["flatten"]) == ("by hand", False)
    assert latch["acknowledged_at"] is not None
    assert [one["id"] for one in (await client.get(KILL)).json()["latches"]] == [latch["id"]]


async def test_what_is_said_of_a_stop_counts_however_little_it_is(
    context: Context, client: httpx.AsyncClient
) -> None:
    one = json.dumps({"account_id": str(context.account_id)})
    stopped = await client.post(f"{KILL}/activate", content=one)
    assert stopped.json()["latch"]["account_id"] == str(context.account_id)
    flat = await client.post(f"{KILL}/activate", json={"reason": "runaway", "flatten": True})
    latch = flat.json()["latch"]
    assert (latch["scope"], latch["reason"], latch["flatten"]) == ("tenant", "runaway", True)


async def test_an_empty_body_stops_the_widest_scope_that_each_may_stop() -> None:
    async with open_world() as world:
        trader = world.actors["trader"].member.id
        async with world.context.client() as owner:
            portfolio = (await owner.get("/api/v1/portfolios")).json()["items"][0]["id"]
            body = {"portfolio_id": portfolio, "name": "second"}
            second = (await owner.post("/api/v1/accounts", json=body)).json()["id"]
            granted = await owner.put(f"/api/v1/members/{trader}/accounts/{second}")
            assert granted.status_code == 200
        for actor in world.actors.values():
            access = actor.access
            async with world.context.client(actor.token) as client:
                answer = await client.post(f"{KILL}/activate", content=b"")
            wanted: set[str | None] = {None}
            if access.accounts is not None:
                wanted = {str(one) for one in access.accounts - access.read_only}
                wanted |= {second} if actor.member.id == trader else set()
            if not access.may(Permission.KILL_ACTIVATE) or not wanted:
                assert answer.status_code == 403, actor.name
                continue
            assert answer.status_code == 200, answer.text
            assert {one["account_id"] for one in answer.json()["latches"]} == wanted, actor.name


async def test_a_missing_passcode_keeps_nothing_but_the_flattening_from_happening(
    context: Context, client: httpx.AsyncClient
) -> None:
    await client.put(f"{KILL}/passcode", json={"passcode": "12345678"})
    stop = {"scope": "tenant", "reason": "r"}
    key = {"Idempotency-Key": "one"}
    halted = await client.post(f"{KILL}/activate", json=stop)
    assert (halted.status_code, halted.json()["latch"]["flatten"]) == (200, False)
    told = await client.post(f"{KILL}/activate", json={**stop, "flatten": True}, headers=key)
    assert (told.status_code, told.json()["type"]) == (403, "/problems/passcode-refused")
    assert told.json()["detail"].startswith("trading is stopped and orders are being cancelled")
    latches = (await client.get(KILL)).json()["latches"]
    assert [one["flatten"] for one in latches] == [False, False]
    # Under the same key, with the passcode.
    right = {**stop, "flatten": True, "passcode": "12345678"}
    flat = await client.post(f"{KILL}/activate", json=right, headers=key)
    assert flat.json()["latch"]["flatten"] is True
    for wrong in ("00000000", "abc", "1" * 200):
        refused = await client.post(f"{KILL}/activate", json={**stop, "passcode": wrong})
        assert (refused.status_code, refused.json()["type"]) == (
            403,
            "/problems/passcode-refused",
        )
    assert len((await client.get(KILL)).json()["latches"]) == 3


async def test_a_strategy_is_stopped_and_none_of_the_positions_is_called_its_own(
    client: httpx.AsyncClient,
) -> None:
    stop = {"scope": "strategy", "strategy_id": "momentum", "reason": "r", "flatten": True}
    told = await client.post(f"{KILL}/activate", json=stop)
    assert (told.status_code, told.json()["type"]) == (409, "/problems/not-flattened")
    assert "Flatten an account or a symbol" in told.json()["detail"]
    (latch,) = (await client.get(KILL)).json()["latches"]
    assert (latch["strategy_id"], latch["flatten"]) == ("momentum", False)


async def test_a_wrong_passcode_is_refused_and_locks_the_release_alone(
    context: Context, client: httpx.AsyncClient
) -> None:
    assert (await client.put(f"{KILL}/passcode", json={"passcode": "12345678"})).json()[
        "passcode_set"
    ]
    stop = {"scope": "tenant", "reason": "r"}
    right = {**stop, "passcode": "12345678"}
    assert (await client.post(f"{KILL}/activate", json=right)).status_code == 200
    wrong = {**stop, "passcode": "00000000"}
    for _ in range(5):
        assert (await client.post(f"{KILL}/release", json=wrong)).status_code == 403
    locked = await client.post(f"{KILL}/release", json=right)
    assert locked.status_code == 429
    assert 1 <= int(locked.headers["Retry-After"]) <= 901
    assert (await client.post(f"{KILL}/activate", json=right)).status_code == 200


@SHARED
async def test_the_market_is_shown(calm_client: httpx.AsyncClient) -> None:
    path = "/api/v1/market"
    symbols = [
        one["symbol"] for one in (await calm_client.get(f"{path}/instruments")).json()["items"]
    ]
    assert symbols == ["AAPL", "IBM", "MSFT"]
    every = (await calm_client.get(f"{path}/quotes")).json()["items"]
    # IBM was never quoted: it is left out of the list, and absent by itself.
    assert [one["symbol"] for one in every] == ["AAPL", "MSFT"]
    one = await calm_client.get(f"{path}/quotes", params={"symbol": "MSFT"})
    assert [quote["symbol"] for quote in one.json()["items"]] == ["MSFT"]
    assert (await calm_client.get(f"{path}/quotes/AAPL")).json()["last"] == "100"
    assert (await calm_client.get(f"{path}/quotes/IBM")).status_code == 404
    assert (await calm_client.get(f"{path}/quotes?symbol=NOPE")).status_code == 404
    bars = (await calm_client.get(f"{path}/bars/AAPL", params={"count": 3})).json()
    assert (bars["symbol"], len(bars["items"])) == ("AAPL", 3)
    assert (await calm_client.get(f"{path}/bars/AAPL?count=0")).status_code == 400
    assert (await calm_client.get(f"{path}/bars/NOPE")).status_code == 404
    status = (await calm_client.get(f"{path}/status")).json()
    assert status["calendars"][0]["is_open"] is True
    assert (await calm_client.post(f"{path}/replay/pause")).json()["type"] == "/problems/no-replay"


async def test_a_replay_is_paused_and_goes_on() -> None:
    async with open_context(replay=MemoryReplay()) as context, context.client() as client:
        paused = await client.post("/api/v1/market/replay/pause")
        assert paused.json() == {"state": "paused"}
        assert (await client.get("/api/v1/market/status")).json()["replay"] == "paused"
        assert (await client.post("/api/v1/market/replay/resume")).json() == {"state": "running"}


async def test_an_ended_replay_starts_over_only_where_that_is_asked_for() -> None:
    replay, path = MemoryReplay(ended=True), "/api/v1/market/replay/resume"
    async with open_context(replay=replay) as context, context.client() as client:
        for body in (None, {}, {"from_start": False}):
            refused = await client.post(path, json=body)
            assert (refused.status_code, refused.json()["type"]) == (409, "/problems/replay-ended")
            assert "--from-start" in refused.json()["detail"]
        for wrong in ({"from_start": "yes"}, {"from_begin": "now"}):
            assert (await client.post(path, json=wrong)).status_code == 400
        # What the desk's storage knows of the replay is its first moment.
        goes_on = await client.post(path, json={"from_start": True})
        assert (goes_on.status_code, goes_on.json()["type"]) == (409, "/problems/replay-goes-on")
        await context.storage.replay_cursor.save(NOW)
        begun = await client.post(path, json={"from_start": True})
        assert (begun.status_code, begun.json()) == (200, {"state": "running"})
        assert (await context.storage.replay_cursor.load()).lap == 2


async def test_an_account_that_is_not_done_keeps_the_replay_from_starting_over() -> None:
    replay, path = MemoryReplay(ended=True), "/api/v1/market/replay/resume"
    async with open_context(replay=replay) as context, context.client() as client:
        await context.storage.replay_cursor.save(NOW)
        order = context.order(type="limit", limit_price="99", time_in_force="gtc")
        sent = await client.post("/api/v1/orders", json=order)
        assert sent.status_code == 201, sent.text
        refused = await client.post(path, json={"from_start": True})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/accounts-busy")
        assert f"account {context.account_id} has an order not closed" in refused.json()["detail"]


async def test_the_right_password_gets_a_token_that_works(context: Context) -> None:
    async with context.client(None) as nobody:
        body = {"email": EMAIL.upper(), "password": context.founded.password}
        issued = await nobody.post("/api/v1/auth/token", json=body)
        assert issued.status_code == 200
        token = issued.json()
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 300)
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        assert (await nobody.get("/api/status", headers=headers)).status_code == 200


async def test_guessing_passwords_is_slowed_down(context: Context) -> None:
    async with context.client(None) as nobody:
        body = {"email": "who@example.com", "password": "wrong"}
        first = await nobody.post("/api/v1/auth/token", json=body)
        assert first.status_code == 401
        assert first.json()["type"] == "/problems/login-refused"
        assert "WWW-Authenticate" in first.headers
        soon = await nobody.post("/api/v1/auth/token", json=body)
        assert soon.status_code == 429
        assert int(soon.headers["Retry-After"]) >= 1


async def test_health_is_told_in_a_word(context: Context) -> None:
    async with context.client(None) as nobody:
        at = moment(context.clock.now())
        well = (await nobody.get("/health")).json()
        assert well == {"status": "healthy", "timestamp": at, "degraded": []}
        context.health.set("market", ComponentState.DEGRADED, detail="feed at 10.0.0.9 is slow")
        less = await nobody.get("/health")
        assert less.json() == {"status": "degraded", "timestamp": at, "degraded": ["market"]}
        context.health.set("database", ComponentState.DOWN)
        unready = await nobody.get("/health")
        assert (unready.status_code, unready.json()["type"]) == (503, "/problems/not-ready")


async def test_readiness_names_what_is_missing_and_tells_strangers_no_more(
    context: Context,
) -> None:
    async with context.client(None) as nobody, context.client() as owner:
        assert (await nobody.get("/health/live")).json() == {"status": "live"}
        assert (await nobody.get("/health/ready")).json() == {"status": "ready", "degraded": []}
        context.health.set("market", ComponentState.DEGRADED, detail="feed at 10.0.0.9 is slow")
        assert (await nobody.get("/health/ready")).json()["degraded"] == ["market"]
        context.health.set("database", ComponentState.DOWN, detail="cannot reach 10.0.0.7")
        unready = await nobody.get("/health/ready")
        assert unready.status_code == 503
        assert "database" in unready.json()["detail"]
        assert "10.0.0" not in unready.text
        assert unready.headers["Retry-After"]
        status = (await owner.get("/api/status")).json()
        assert status["ready"] is False
        assert status["timestamp"] == moment(context.clock.now())
        assert status["components"] == {
            "database": {
                "status": "down",
                "running": False,
                "version": "0.1.0",
                "details": {
                    "reason": "cannot reach 10.0.0.7",
                    "since": moment(context.clock.now()),
                    "required": True,
                },
            },
            "market": {
                "status": "degraded",
                "running": True,
                "version": "0.1.0",
                "details": {
                    "reason": "feed at 10.0.0.9 is slow",
                    "since": moment(context.clock.now()),
                    "required": True,
                },
            },
        }
        assert (await nobody.get("/health/live")).status_code == 200


async def test_stops_are_listed_and_shown_with_their_venues_and_checklist(
    context: Context, client: httpx.AsyncClient
) -> None:
    body = {"scope": "account", "account_id": str(context.account_id), "reason": "enough"}
    latch = (await client.post(f"{KILL}/activate", json=body)).json()["latch"]
    page = (await client.get(f"{KILL}/events")).json()
    (event,) = page["items"]
    assert (event["id"], event["trigger_type"], event["scope"]) == (
        latch["id"],
        "person",
        "account",
    )
    assert (event["broker_confirmed"], event["confirmation_ms"]) == (False, None)
    assert event["triggered_at"] == latch["engaged_at"]
    assert page["next_cursor"] is None
    shown = (await client.get(f"{KILL}/latches/{latch['id']}")).json()
    assert shown["latch"] == latch
    assert shown["venues"] == []
    missing = await client.get(f"{KILL}/latches/{new_id()}")
    assert missing.status_code == 404
    scope = f"scope=account&account_id={context.account_id}"
    checklist = (await client.get(f"{KILL}/release-checklist?{scope}")).json()
    assert [one["id"] for one in checklist["latches"]] == [latch["id"]]
    assert len(checklist["open"]) == 1
    names = [one["name"] for one in checklist["questions"]]
    assert (await client.get(f"{KILL}/release-checklist?scope=account")).status_code == 400
    # Who answers one with no, or leaves one out, has not answered.
    release = {**body, "to": "active", "reason": "looked at"}
    for answers in (
        None,
        {},
        dict.fromkeys(names[1:], True),
        {**dict.fromkeys(names, True), names[0]: False},
    ):
        open_still = await client.post(f"{KILL}/release", json={**release, "answers": answers})
        assert open_still.json()["type"] == "/problems/checklist-open"
    answered = {**release, "answers": dict.fromkeys(names, True)}
    unfinished = await client.post(f"{KILL}/release", json=answered)
    assert unfinished.json()["type"] == "/problems/not-reconciled"
