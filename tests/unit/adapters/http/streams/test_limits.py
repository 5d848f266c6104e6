"""What ends a WebSocket, and what a slow reader gets."""

from typing import Any

import pytest

from adapters.http.app import streams_of
from adapters.http.settings import HttpSettings
from adapters.http.streams.routes import TICKET_RATE
from tests.unit.adapters.http.context import Context, open_context
from tests.unit.adapters.http.streams.socket import Closed, Socket, connected


def _bearer(context: Context) -> dict[str, str]:
    return {"Authorization": f"Bearer {context.token}"}


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


async def test_a_frame_over_the_limit_ends_the_connection(context: Context) -> None:
    async with connected(context.app, headers=_bearer(context)) as socket:
        socket.say_raw(" " * 65_537)
        with pytest.raises(Closed, match="1009"):
            await socket.next("none")


async def test_too_many_messages_end_the_connection() -> None:
    settings = HttpSettings(access_log=False, messages_burst=5, messages_per_s=1)
    async with (
        open_context(settings) as context,
        connected(context.app, headers=_bearer(context)) as socket,
    ):
        for _ in range(5):
            socket.say(op="ping")
            await socket.next("pong")
        context.clock.advance(1)
        socket.say(op="ping")
        await socket.next("pong")
        socket.say(op="ping")
        with pytest.raises(Closed, match="1008"):
            await socket.next("pong")


async def test_a_connection_follows_no_more_than_it_may() -> None:
    settings = HttpSettings(access_log=False, subscriptions_max=2)
    async with (
        open_context(settings) as context,
        connected(context.app, headers=_bearer(context)) as socket,
    ):
        for channel in ("orders", "fills", "orders"):
            await _subscribed(socket, context, channel)
        socket.say(op="subscribe", channel="risk", account_id=str(context.account_id))
        assert (await socket.next("error"))["problem"]["status"] == 400


async def test_a_reader_too_slow_for_orders_is_closed_and_resumes_without_a_gap() -> None:
    settings = HttpSettings(access_log=False, buffer_max=4)
    async with open_context(settings) as context:
        async with connected(context.app, headers=_bearer(context)) as socket:
            snapshot = await _subscribed(socket, context)
            socket.reads.clear()
            for index in range(8):
                await _order(context, quantity=str(10 + index))
            seen, closed = await socket.until_closed()
        assert closed.code == 1013
        assert "resume" in closed.reason
        assert [frame for frame in seen if frame["type"] == "event"] == []
        async with connected(context.app, headers=_bearer(context)) as socket:
            socket.say(
                op="subscribe",
                channel="orders",
                account_id=str(context.account_id),
                from_sequence=snapshot["sequence"],
            )
            events = [await socket.next("event") for _ in range(8)]
        assert [event["sequence"] for event in events] == list(range(1, 9))


async def test_a_slow_reader_loses_quotes_and_is_told_how_many(context: Context) -> None:
    async with connected(context.app, headers=_bearer(context)) as socket:
        socket.say(op="subscribe", channel="quotes", symbols=["AAPL", "MSFT"])
        snapshot = await socket.next("snapshot")
        assert [row["symbol"] for row in snapshot["rows"]] == ["AAPL", "MSFT"]
        await context.quote("AAPL", last="101")
        first = await socket.next("event")
        assert (first["subject"], first["body"]["last"]) == ("AAPL", "101")
        assert first["sequence"] > snapshot["sequence"]
        socket.reads.clear()
        await context.quote("MSFT", last="1")
        await socket.is_quiet()
        for price in range(2, 7):
            await context.quote("AAPL", last=str(price))
        socket.reads.set()
        assert (await socket.next("event"))["subject"] == "MSFT"
        latest = await socket.next("event")
        assert latest["body"]["last"] == "6"
        assert (await socket.next("lagging"))["dropped"] == 4


async def test_quotes_of_other_symbols_do_not_come(context: Context) -> None:
    async with connected(context.app, headers=_bearer(context)) as socket:
        socket.say(op="subscribe", channel="quotes", symbols=["AAPL"])
        await socket.next("snapshot")
        await context.quote("MSFT", last="7")
        assert await socket.is_quiet()
        socket.say(op="subscribe", channel="quotes")
        assert len((await socket.next("snapshot"))["rows"]) == 2
        await context.quote("MSFT", last="8")
        assert (await socket.next("event"))["subject"] == "MSFT"
        socket.say(op="unsubscribe", channel="quotes")
        await socket.next("unsubscribed")
        await context.quote("MSFT", last="9")
        assert await socket.is_quiet()


async def test_a_stop_closes_everyone_with_1012_and_lets_nobody_in(context: Context) -> None:
    async with connected(context.app, headers=_bearer(context)) as socket:
        await socket.next("welcome")
        await streams_of(context.app).stop()
        with pytest.raises(Closed) as closed:
            await socket.next("none")
        assert closed.value.code == 1012
        with pytest.raises(Closed, match="503"):
            async with connected(context.app, headers=_bearer(context)):
                pass


async def test_tickets_are_given_at_a_bounded_rate(context: Context) -> None:
    burst = TICKET_RATE.burst
    async with context.client() as client:
        answers = [await client.post("/api/v1/ws/ticket") for _ in range(burst + 1)]
    assert [one.status_code for one in answers] == [201] * burst + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert len({one.json()["ticket"] for one in answers[:-1]}) == burst
