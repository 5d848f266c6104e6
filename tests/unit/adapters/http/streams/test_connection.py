"""One WebSocket: who may connect, what follows a subscription, what ends it."""

from typing import Any

import pytest

from adapters.http.app import streams_of
from adapters.http.settings import HttpSettings
from tests.unit.adapters.http.context import SHARED, Context, open_context
from tests.unit.adapters.http.streams.socket import Closed, Socket, connected


def _bearer(context: Context) -> dict[str, str]:
    return {"Authorization": f"Bearer {context.token}"}


async def _ticket(context: Context) -> str:
    async with context.client() as client:
        ticket: str = (await client.post("/api/v1/ws/ticket")).json()["ticket"]
    return ticket


async def _order(context: Context, **changes: Any) -> str:
    async with context.client() as client:
        answer = await client.post("/api/v1/orders", json=context.order(**changes))
    await context.relay()
    order_id: str = answer.json()["id"]
    return order_id


async def _subscribed(
    socket: Socket, context: Context, channel: str = "orders", **more: Any
) -> Any:
    socket.say(op="subscribe", channel=channel, account_id=str(context.account_id), **more)
    return await socket.next("snapshot")


async def test_a_ticket_opens_one_connection_and_then_none(context: Context) -> None:
    ticket = await _ticket(context)
    async with connected(context.app, query=f"ticket={ticket}") as socket:
        welcome = await socket.next()
        assert welcome["type"] == "welcome"
        assert "orders" in welcome["channels"]
        assert streams_of(context.app).connections == 1
    assert streams_of(context.app).connections == 0
    with pytest.raises(Closed, match="401"):
        async with connected(context.app, query=f"ticket={ticket}"):
            pass


async def test_a_ticket_lapses_after_thirty_seconds(context: Context) -> None:
    early, late = await _ticket(context), await _ticket(context)
    context.clock.advance(29.9)
    async with connected(context.app, query=f"ticket={early}"):
        pass
    context.clock.advance(0.2)
    with pytest.raises(Closed, match="401"):
        async with connected(context.app, query=f"ticket={late}"):
            pass


@SHARED
@pytest.mark.parametrize(
    ("headers", "query", "path", "status"),
    [
        ({}, "", "/ws/v1", 401),
        ({}, "ticket=guess", "/ws/v1", 401),
        ({"Authorization": "Bearer forged"}, "", "/ws/v1", 401),
        ({"Authorization": "TOKEN"}, "ticket=guess", "/ws/v1", 401),
        ({"Authorization": "TOKEN"}, "", "/ws/v2", 404),
        ({"Authorization": "TOKEN", "Origin": "https://evil.example.com"}, "", "/ws/v1", 403),
        ({"Authorization": "TOKEN", "Origin": "null"}, "", "/ws/v1", 403),
        ({"Authorization": "TOKEN", "Origin": "http://[bad"}, "", "/ws/v1", 403),
    ],
)
async def test_who_may_not_connect_is_told_why(
    calm: Context, headers: dict[str, str], query: str, path: str, status: int
) -> None:
    sent = {key: value.replace("TOKEN", f"Bearer {calm.token}") for key, value in headers.items()}
    with pytest.raises(Closed) as refused:
        async with connected(calm.app, headers=sent, query=query, path=path):
            pass
    assert refused.value.code == status


@pytest.mark.parametrize("origin", ["http://localhost", "https://desk.example.com"])
async def test_our_own_page_and_allowed_origins_may_connect(origin: str) -> None:
    settings = HttpSettings(access_log=False, allowed_origins=("https://desk.example.com",))
    async with (
        open_context(settings) as context,
        connected(context.app, headers={**_bearer(context), "Origin": origin}) as socket,
    ):
        assert (await socket.next())["type"] == "welcome"


async def test_no_more_connect_than_there_is_room_for() -> None:
    settings = HttpSettings(access_log=False, websockets_max=1)
    async with open_context(settings) as context, connected(context.app, headers=_bearer(context)):
        with pytest.raises(Closed, match="503"):
            async with connected(context.app, headers=_bearer(context)):
                pass


async def test_a_snapshot_comes_first_and_events_follow_by_number(context: Context) -> None:
    before = await _order(context)
    async with connected(context.app, headers=_bearer(context)) as socket:
        snapshot = await _subscribed(socket, context, id="s-1")
        assert snapshot["id"] == "s-1"
        assert [row["order_id"] for row in snapshot["rows"]] == [before]
        after = await _order(context, quantity="11")
        event = await socket.next("event")
        assert event["event"] == "order.accepted"
        assert event["subject"] == after
        assert event["sequence"] == snapshot["sequence"] + 1
        assert event["account_id"] == str(context.account_id)


async def test_what_was_missed_is_replayed_from_a_sequence(context: Context) -> None:
    made = [await _order(context, quantity=str(10 + index)) for index in range(5)]
    async with connected(context.app, headers=_bearer(context)) as socket:
        socket.say(
            op="subscribe", channel="orders", account_id=str(context.account_id), from_sequence=2
        )
        assert (await socket.next("resumed"))["sequence"] == 2
        events = [await socket.next("event") for _ in range(3)]
        assert [event["sequence"] for event in events] == [3, 4, 5]
        assert [event["subject"] for event in events] == made[2:]
        live = await _order(context, quantity="20")
        assert (await socket.next("event"))["subject"] == live
        assert await socket.is_quiet()


async def test_a_sequence_that_never_was_gets_the_state_itself(context: Context) -> None:
    await _order(context)
    async with connected(context.app, headers=_bearer(context)) as socket:
        snapshot = await _subscribed(socket, context, from_sequence=99)
        assert snapshot["sequence"] == 1


async def test_events_that_come_while_catching_up_are_neither_lost_nor_told_twice(
    context: Context,
) -> None:
    for index in range(3):
        await _order(context, quantity=str(10 + index))
    async with connected(context.app, headers=_bearer(context)) as socket:
        await socket.next("welcome")
        # Nobody reads: the resumed frame and the replay wait, and new events come.
        socket.reads.clear()
        socket.say(
            op="subscribe", channel="orders", account_id=str(context.account_id), from_sequence=1
        )
        for index in range(3):
            await _order(context, quantity=str(20 + index))
        socket.reads.set()
        events = [await socket.next("event") for _ in range(5)]
        assert [event["sequence"] for event in events] == [2, 3, 4, 5, 6]
        assert await socket.is_quiet()


async def test_unsubscribed_is_silent(context: Context) -> None:
    async with connected(context.app, headers=_bearer(context)) as socket:
        await _subscribed(socket, context)
        socket.say(op="unsubscribe", channel="orders", account_id=str(context.account_id))
        assert (await socket.next("unsubscribed"))["channel"] == "orders"
        await _order(context)
        assert await socket.is_quiet()


async def test_the_kill_switch_is_heard_by_the_whole_tenant_and_nobody_else(
    context: Context,
) -> None:
    token, _ = await context.other_tenant()
    stranger = {"Authorization": f"Bearer {token}"}
    async with (
        connected(context.app, headers=_bearer(context)) as ours,
        connected(context.app, headers=stranger) as theirs,
    ):
        for socket in (ours, theirs):
            socket.say(op="subscribe", channel="kill_switch")
            assert (await socket.next("snapshot"))["rows"] == []
        async with context.client() as client:
            stop = {"scope": "tenant", "reason": "test"}
            await client.post("/api/v1/kill-switch/activate", json=stop)
        await context.relay()
        assert (await ours.next("event"))["event"] == "kill_switch.engaged"
        assert (await ours.next("event"))["event"] == "kill_switch.acknowledged"
        assert await theirs.is_quiet()


async def test_changes_of_rules_are_told_on_the_tenants_risk_channel(context: Context) -> None:
    token, _ = await context.other_tenant()
    stranger = {"Authorization": f"Bearer {token}"}
    rule = {"name": "Loss", "rule_type": "MAX_DAILY_LOSS", "threshold": 500, "action": "BLOCK"}
    last = 0
    async with (
        connected(context.app, headers=_bearer(context)) as ours,
        connected(context.app, headers=stranger) as theirs,
    ):
        for socket in (ours, theirs):
            socket.say(op="subscribe", channel="risk")
            told = await socket.next("snapshot")
            assert (told["rows"], told["account_id"]) == ([], None)
            last = told["sequence"] if socket is ours else last
        async with context.client() as client:
            made = (await client.post("/api/v1/risk-rules", json=rule)).json()
            etag = {"If-Match": '"1"'}
            path = f"/api/v1/risk-rules/{made['id']}?reason=unused"
            deleted = await client.delete(path, headers=etag)
            assert deleted.status_code == 204
        await context.relay()
        events = [await ours.next("event") for _ in range(2)]
        assert [one["event"] for one in events] == ["risk_rule.created", "risk_rule.deleted"]
        assert [one["sequence"] for one in events] == [last + 1, last + 2]
        assert await theirs.is_quiet()
        ours.say(op="unsubscribe", channel="risk")
        await ours.next("unsubscribed")
        # What was missed is read back from a sequence.
        ours.say(op="subscribe", channel="risk", from_sequence=last + 1)
        assert (await ours.next("event"))["event"] == "risk_rule.deleted"


@pytest.mark.parametrize("channel", ["orders", "fills", "positions", "risk"])
async def test_another_tenants_account_cannot_be_followed(context: Context, channel: str) -> None:
    _, theirs = await context.other_tenant()
    async with connected(context.app, headers=_bearer(context)) as socket:
        for more in ({}, {"from_sequence": 0}, {"from_sequence": 1}):
            socket.say(op="subscribe", channel=channel, account_id=str(theirs), **more)
            error = await socket.next("error")
            assert error["problem"]["status"] == 404
            assert error["op"] == "subscribe"


@SHARED
@pytest.mark.parametrize(
    ("message", "status", "pointer"),
    [
        ({"op": "subscribe", "channel": "orders"}, 400, "/account_id"),
        ({"op": "subscribe", "channel": "gossip"}, 404, None),
        ({"op": "subscribe"}, 400, "/channel"),
        ({"op": "dance"}, 400, "/op"),
        ({"channel": "orders"}, 400, "/op"),
        ({"op": "ping", "extra": 1}, 400, "/extra"),
        ({"op": "subscribe", "channel": "orders", "account_id": "x"}, 400, "/account_id"),
        ({"op": "subscribe", "channel": "quotes", "symbols": []}, 400, "/symbols"),
        ({"op": "subscribe", "channel": "quotes", "symbols": ["NOPE"]}, 404, None),
        ({"op": "subscribe", "channel": "quotes", "from_sequence": 1}, 400, "/from_sequence"),
        ({"op": "subscribe", "channel": "kill_switch", "account_id": "ID"}, 400, "/account_id"),
        ({"op": "subscribe", "channel": "kill_switch", "symbols": ["AAPL"]}, 400, "/symbols"),
        ({"op": "subscribe", "channel": "kill_switch", "from_sequence": -1}, 400, "/from_sequence"),
        ({"op": "authenticate", "token": "forged"}, 401, None),
    ],
)
async def test_a_message_that_does_not_fit_is_answered_with_a_problem(
    calm: Context, message: dict[str, Any], status: int, pointer: str | None
) -> None:
    said = {key: str(calm.account_id) if value == "ID" else value for key, value in message.items()}
    async with connected(calm.app, headers=_bearer(calm)) as socket:
        socket.say(**said)
        problem = (await socket.next("error"))["problem"]
        assert problem["status"] == status
        if pointer is not None:
            assert problem["errors"][0]["pointer"] == pointer
        # The connection goes on.
        socket.say(op="ping", id="p")
        assert (await socket.next("pong"))["id"] == "p"


@SHARED
@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"op":', '{"op":"ping","id":"a","id":"b"}', "\ud800", "[" * 50_000],
)
async def test_a_frame_that_is_not_json_is_answered_with_a_problem(
    calm: Context, text: str
) -> None:
    async with connected(calm.app, headers=_bearer(calm)) as socket:
        socket.say_raw(text)
        assert (await socket.next("error"))["problem"]["status"] == 400
        socket.say_bytes(b"\x00\x01")
        assert "text" in (await socket.next("error"))["problem"]["detail"]
