"""One WebSocket: who may connect, what follows a subscription, what ends it."""

import asyncio
from typing import Any

import pytest

from adapters.http.app import streams_of
from adapters.http.settings import HttpSettings
from tests.unit.adapters.http.desk import Desk, open_desk
from tests.unit.adapters.http.streams.socket import Closed, Socket, connected


def _bearer(desk: Desk) -> dict[str, str]:
    return {"Authorization": f"Bearer {desk.token}"}


async def _ticket(desk: Desk) -> str:
    async with desk.client() as client:
        ticket: str = (await client.post("/api/v1/ws/ticket")).json()["ticket"]
    return ticket


async def _order(desk: Desk, **changes: Any) -> str:
    async with desk.client() as client:
        answer = await client.post("/api/v1/orders", json=desk.order(**changes))
    await desk.relay()
    order_id: str = answer.json()["id"]
    return order_id


async def _subscribed(socket: Socket, desk: Desk, channel: str = "orders", **more: Any) -> Any:
    socket.say(op="subscribe", channel=channel, account_id=str(desk.account_id), **more)
    return await socket.next("snapshot")


async def test_a_ticket_opens_one_connection_and_then_none(desk: Desk) -> None:
    ticket = await _ticket(desk)
    async with connected(desk.app, query=f"ticket={ticket}") as socket:
        welcome = await socket.next()
        assert welcome["type"] == "welcome"
        assert "orders" in welcome["channels"]
        assert streams_of(desk.app).connections == 1
    assert streams_of(desk.app).connections == 0
    with pytest.raises(Closed, match="401"):
        async with connected(desk.app, query=f"ticket={ticket}"):
            pass


async def test_a_ticket_lapses_after_thirty_seconds(desk: Desk) -> None:
    early, late = await _ticket(desk), await _ticket(desk)
    desk.clock.advance(29.9)
    async with connected(desk.app, query=f"ticket={early}"):
        pass
    desk.clock.advance(0.2)
    with pytest.raises(Closed, match="401"):
        async with connected(desk.app, query=f"ticket={late}"):
            pass


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
    desk: Desk, headers: dict[str, str], query: str, path: str, status: int
) -> None:
    sent = {key: value.replace("TOKEN", f"Bearer {desk.token}") for key, value in headers.items()}
    with pytest.raises(Closed) as refused:
        async with connected(desk.app, headers=sent, query=query, path=path):
            pass
    assert refused.value.code == status


@pytest.mark.parametrize("origin", ["http://ballast.test", "https://desk.example.com"])
async def test_our_own_page_and_allowed_origins_may_connect(origin: str) -> None:
    settings = HttpSettings(access_log=False, allowed_origins=("https://desk.example.com",))
    async with (
        open_desk(settings) as desk,
        connected(desk.app, headers={**_bearer(desk), "Origin": origin}) as socket,
    ):
        assert (await socket.next())["type"] == "welcome"


async def test_no_more_connect_than_there_is_room_for() -> None:
    settings = HttpSettings(access_log=False, connections_max=1)
    async with open_desk(settings) as desk, connected(desk.app, headers=_bearer(desk)):
        with pytest.raises(Closed, match="503"):
            async with connected(desk.app, headers=_bearer(desk)):
                pass


async def test_a_snapshot_comes_first_and_events_follow_by_number(desk: Desk) -> None:
    before = await _order(desk)
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        snapshot = await _subscribed(socket, desk, id="s-1")
        assert snapshot["id"] == "s-1"
        assert [row["order_id"] for row in snapshot["rows"]] == [before]
        after = await _order(desk, quantity="11")
        event = await socket.next("event")
        assert event["event"] == "order.accepted"
        assert event["subject"] == after
        assert event["sequence"] == snapshot["sequence"] + 1
        assert event["account_id"] == str(desk.account_id)


async def test_what_was_missed_is_replayed_from_a_sequence(desk: Desk) -> None:
    made = [await _order(desk, quantity=str(10 + index)) for index in range(5)]
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        socket.say(
            op="subscribe", channel="orders", account_id=str(desk.account_id), from_sequence=2
        )
        assert (await socket.next("resumed"))["sequence"] == 2
        events = [await socket.next("event") for _ in range(3)]
        assert [event["sequence"] for event in events] == [3, 4, 5]
        assert [event["subject"] for event in events] == made[2:]
        live = await _order(desk, quantity="20")
        assert (await socket.next("event"))["subject"] == live
        assert await socket.is_quiet()


async def test_a_sequence_that_never_was_gets_the_state_itself(desk: Desk) -> None:
    await _order(desk)
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        snapshot = await _subscribed(socket, desk, from_sequence=99)
        assert snapshot["sequence"] == 1


async def test_events_that_come_while_catching_up_are_neither_lost_nor_told_twice(
    desk: Desk,
) -> None:
    for index in range(3):
        await _order(desk, quantity=str(10 + index))
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        await socket.next("welcome")
        # Nobody reads: the resumed frame and the replay wait, and new events come.
        socket.reads.clear()
        socket.say(
            op="subscribe", channel="orders", account_id=str(desk.account_id), from_sequence=1
        )
        for index in range(3):
            await _order(desk, quantity=str(20 + index))
        socket.reads.set()
        events = [await socket.next("event") for _ in range(5)]
        assert [event["sequence"] for event in events] == [2, 3, 4, 5, 6]
        assert await socket.is_quiet()


async def test_unsubscribed_is_silent(desk: Desk) -> None:
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        await _subscribed(socket, desk)
        socket.say(op="unsubscribe", channel="orders", account_id=str(desk.account_id))
        assert (await socket.next("unsubscribed"))["channel"] == "orders"
        await _order(desk)
        assert await socket.is_quiet()


async def test_the_kill_switch_is_heard_by_the_whole_tenant_and_nobody_else(desk: Desk) -> None:
    token, _ = await desk.other_tenant()
    stranger = {"Authorization": f"Bearer {token}"}
    async with (
        connected(desk.app, headers=_bearer(desk)) as ours,
        connected(desk.app, headers=stranger) as theirs,
    ):
        for socket in (ours, theirs):
            socket.say(op="subscribe", channel="kill_switch")
            assert (await socket.next("snapshot"))["rows"] == []
        async with desk.client() as client:
            stop = {"scope": "tenant", "reason": "test"}
            await client.post("/api/v1/kill-switch/activate", json=stop)
        await desk.relay()
        assert (await ours.next("event"))["event"] == "kill_switch.engaged"
        assert (await ours.next("event"))["event"] == "kill_switch.acknowledged"
        assert await theirs.is_quiet()


@pytest.mark.parametrize("channel", ["orders", "fills", "positions", "risk"])
async def test_another_tenants_account_cannot_be_followed(desk: Desk, channel: str) -> None:
    _, theirs = await desk.other_tenant()
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        for more in ({}, {"from_sequence": 0}, {"from_sequence": 1}):
            socket.say(op="subscribe", channel=channel, account_id=str(theirs), **more)
            error = await socket.next("error")
            assert error["problem"]["status"] == 404
            assert error["op"] == "subscribe"


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
    desk: Desk, message: dict[str, Any], status: int, pointer: str | None
) -> None:
    said = {key: str(desk.account_id) if value == "ID" else value for key, value in message.items()}
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        socket.say(**said)
        problem = (await socket.next("error"))["problem"]
        assert problem["status"] == status
        if pointer is not None:
            assert problem["errors"][0]["pointer"] == pointer
        # The connection goes on.
        socket.say(op="ping", id="p")
        assert (await socket.next("pong"))["id"] == "p"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"op":', "\ud800", "[" * 50_000])
async def test_a_frame_that_is_not_json_is_answered_with_a_problem(desk: Desk, text: str) -> None:
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        socket.say_raw(text)
        assert (await socket.next("error"))["problem"]["status"] == 400
        socket.say_bytes(b"\x00\x01")
        assert "text" in (await socket.next("error"))["problem"]["detail"]


async def test_a_frame_over_the_limit_ends_the_connection(desk: Desk) -> None:
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        socket.say_raw(" " * 65_537)
        with pytest.raises(Closed, match="1009"):
            await socket.next("none")


async def test_too_many_messages_end_the_connection() -> None:
    settings = HttpSettings(access_log=False, messages_burst=5, messages_per_s=1)
    async with open_desk(settings) as desk, connected(desk.app, headers=_bearer(desk)) as socket:
        for _ in range(5):
            socket.say(op="ping")
            await socket.next("pong")
        desk.clock.advance(1)
        socket.say(op="ping")
        await socket.next("pong")
        socket.say(op="ping")
        with pytest.raises(Closed, match="1008"):
            await socket.next("pong")


async def test_a_connection_follows_no_more_than_it_may() -> None:
    settings = HttpSettings(access_log=False, subscriptions_max=2)
    async with open_desk(settings) as desk, connected(desk.app, headers=_bearer(desk)) as socket:
        for channel in ("orders", "fills", "orders"):
            await _subscribed(socket, desk, channel)
        socket.say(op="subscribe", channel="risk", account_id=str(desk.account_id))
        assert (await socket.next("error"))["problem"]["status"] == 400


async def test_a_reader_too_slow_for_orders_is_closed_and_resumes_without_a_gap() -> None:
    settings = HttpSettings(access_log=False, buffer_max=4)
    async with open_desk(settings) as desk:
        async with connected(desk.app, headers=_bearer(desk)) as socket:
            snapshot = await _subscribed(socket, desk)
            socket.reads.clear()
            for index in range(8):
                await _order(desk, quantity=str(10 + index))
            seen, closed = await socket.until_closed()
        assert closed.code == 1013
        assert "resume" in closed.reason
        assert [frame for frame in seen if frame["type"] == "event"] == []
        async with connected(desk.app, headers=_bearer(desk)) as socket:
            socket.say(
                op="subscribe",
                channel="orders",
                account_id=str(desk.account_id),
                from_sequence=snapshot["sequence"],
            )
            events = [await socket.next("event") for _ in range(8)]
        assert [event["sequence"] for event in events] == list(range(1, 9))


async def test_a_slow_reader_loses_quotes_and_is_told_how_many(desk: Desk) -> None:
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        socket.say(op="subscribe", channel="quotes", symbols=["AAPL", "MSFT"])
        snapshot = await socket.next("snapshot")
        assert [row["symbol"] for row in snapshot["rows"]] == ["AAPL", "MSFT"]
        await desk.quote("AAPL", last="101")
        first = await socket.next("event")
        assert (first["subject"], first["body"]["last"]) == ("AAPL", "101")
        assert first["sequence"] > snapshot["sequence"]
        socket.reads.clear()
        await desk.quote("MSFT", last="1")
        await socket.is_quiet()
        for price in range(2, 7):
            await desk.quote("AAPL", last=str(price))
        socket.reads.set()
        assert (await socket.next("event"))["subject"] == "MSFT"
        latest = await socket.next("event")
        assert latest["body"]["last"] == "6"
        assert (await socket.next("lagging"))["dropped"] == 4


async def test_quotes_of_other_symbols_do_not_come(desk: Desk) -> None:
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        socket.say(op="subscribe", channel="quotes", symbols=["AAPL"])
        await socket.next("snapshot")
        await desk.quote("MSFT", last="7")
        assert await socket.is_quiet()
        socket.say(op="subscribe", channel="quotes")
        assert len((await socket.next("snapshot"))["rows"]) == 2
        await desk.quote("MSFT", last="8")
        assert (await socket.next("event"))["subject"] == "MSFT"
        socket.say(op="unsubscribe", channel="quotes")
        await socket.next("unsubscribed")
        await desk.quote("MSFT", last="9")
        assert await socket.is_quiet()


@pytest.mark.parametrize("how", ["expired", "revoked"])
async def test_a_token_that_ends_ends_the_connection_within_a_second(desk: Desk, how: str) -> None:
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        await socket.next("welcome")
        if how == "expired":
            desk.clock.advance(300)
        else:
            desk.tokens.revoked.add(desk.token)
        async with asyncio.timeout(1.0):
            with pytest.raises(Closed, match="1008"):
                await socket.next("none")


async def test_a_newer_token_of_the_same_user_keeps_it_open(desk: Desk) -> None:
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        welcome = await socket.next("welcome")
        desk.clock.advance(200)
        owner = desk.founded.owner
        newer, _ = desk.tokens.issue(user_id=owner.id, tenant_id=owner.tenant_id)
        socket.say(op="authenticate", token=newer, id="a")
        told = await socket.next("authenticated")
        assert told["expires_at"] > welcome["expires_at"]
        desk.clock.advance(200)
        await asyncio.sleep(0.7)
        socket.say(op="ping")
        await socket.next("pong")
        strangers, _ = await desk.other_tenant()
        socket.say(op="authenticate", token=strangers)
        assert (await socket.next("error"))["problem"]["status"] == 401


async def test_silence_is_filled_with_heartbeats() -> None:
    settings = HttpSettings(access_log=False, heartbeat_s=10)
    async with open_desk(settings) as desk, connected(desk.app, headers=_bearer(desk)) as socket:
        await socket.next("welcome")
        desk.clock.advance(10.1)
        assert (await socket.next())["type"] == "heartbeat"


async def test_a_reader_that_reads_nothing_is_let_go() -> None:
    settings = HttpSettings(access_log=False, heartbeat_s=10)
    async with open_desk(settings) as desk, connected(desk.app, headers=_bearer(desk)) as socket:
        await socket.next("welcome")
        socket.reads.clear()
        socket.say(op="ping")
        await socket.is_quiet()
        desk.clock.advance(31)
        with pytest.raises(Closed, match="1001"):
            await socket.next("none")


async def test_a_stop_closes_everyone_with_1012_and_lets_nobody_in(desk: Desk) -> None:
    async with connected(desk.app, headers=_bearer(desk)) as socket:
        await socket.next("welcome")
        await streams_of(desk.app).stop()
        with pytest.raises(Closed) as closed:
            await socket.next("none")
        assert closed.value.code == 1012
        with pytest.raises(Closed, match="503"):
            async with connected(desk.app, headers=_bearer(desk)):
                pass
