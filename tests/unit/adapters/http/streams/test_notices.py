"""Everyone hears of what was done to their own way in, and nobody of another's."""

from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest

from application.streams.channels import StreamChannel
from application.streams.facade import ChannelNotFound
from tests.matrix.world import Place, World, open_world
from tests.unit.adapters.http.context import EMAIL, Context
from tests.unit.adapters.http.streams.socket import Socket, connected


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as made:
        yield made


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def _follow(socket: Socket, **more: Any) -> Any:
    socket.say(op="subscribe", channel="notices", id="s", **more)
    frame = await socket.next()
    while frame.get("id") != "s":
        frame = await socket.next()
    return frame


async def _done(
    context: Context, path: str, body: dict[str, Any], *, token: str | None = None
) -> Any:
    async with context.client(token) as client:
        answer = await client.post(f"/api/v1{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def _log_in(context: Context) -> Any:
    return await _done(
        context, "/auth/login", {"email": EMAIL, "password": context.founded.password}
    )


async def test_a_log_in_a_factor_and_a_recovery_are_told_at_once(context: Context) -> None:
    token = (await _log_in(context))["access_token"]
    async with connected(context.app, headers=_bearer(token)) as socket:
        assert "notices" in (await socket.next())["channels"]
        snapshot = await _follow(socket)
        assert (snapshot["type"], snapshot["channel"], snapshot["rows"]) == (
            "snapshot",
            "notices",
            [],
        )
        # The log-in's own came before.
        assert snapshot["sequence"] == 1
        await _log_in(context)
        made = await _done(context, "/factors/totp", {}, token=token)
        code = {"code": pyotp.TOTP(made["seed"]).at(context.clock.now())}
        await _done(context, f"/factors/totp/{made['id']}/confirm", code, token=token)
        asked = await _log_in(context)
        await _done(context, "/auth/recovery", {"challenge": asked["challenge"]})
        await context.relay()
        frames = [await socket.next("event") for _ in range(3)]
        async with context.client(token) as client:
            assert (await client.delete("/api/v1/recovery")).status_code == 204
            kept = (await client.get("/api/v1/notices")).json()["items"]
        await context.relay()
        frames.append(await socket.next("event"))
    assert [(one["channel"], one["sequence"], one["event"]) for one in frames] == [
        ("notices", 2, "notice.new_device"),
        ("notices", 3, "notice.factor_added"),
        ("notices", 4, "notice.recovery_asked"),
        ("notices", 5, "notice.recovery_canceled"),
    ]
    assert [one["subject"] for one in reversed(frames)] == [one["id"] for one in kept[:4]]
    # The detail is fetched; what goes over the streams has no address and no place.
    owner = str(context.founded.owner.id)
    assert [one["body"] for one in frames] == [
        {"kind": one["event"].removeprefix("notice."), "user_id": owner, "priority": "MEDIUM"}
        for one in frames
    ]
    assert [one["account_id"] for one in frames] == [None] * 4


async def test_what_was_missed_comes_again_by_sequence(context: Context) -> None:
    token = (await _log_in(context))["access_token"]
    for _ in range(2):
        await _log_in(context)
    async with connected(context.app, headers=_bearer(token)) as socket:
        resumed = await _follow(socket, from_sequence=1)
        assert (resumed["type"], resumed["channel"], resumed["sequence"]) == (
            "resumed",
            "notices",
            1,
        )
        assert [(await socket.next("event"))["sequence"] for _ in range(2)] == [2, 3]
        socket.say(op="unsubscribe", channel="notices", id="u")
        assert (await socket.next("unsubscribed"))["channel"] == "notices"
        await _log_in(context)
        await context.relay()
        socket.say(op="ping", id="p")
        assert (await socket.next())["type"] == "pong"


@pytest.mark.parametrize("name", ["viewer", "trader", "auditor", "script"])
async def test_nobody_hears_of_another_s_not_even_that_there_is_one(
    world: World, name: str
) -> None:
    whose, other = world.actors[name], world.actors["trustee"]
    async with connected(world.context.app, headers=_bearer(whose.token)) as socket:
        before = (await _follow(socket))["sequence"]
        # Notices to somebody else of the tenant, and to one of another tenant.
        for place in (Place.OWN, Place.FOREIGN):
            await world.thing("notice", place, actor=other, anew=True)
        await world.context.relay()
        socket.say(op="ping", id="p")
        assert (await socket.next())["type"] == "pong"
        await world.thing("notice", Place.OWN, actor=whose, anew=True)
        await world.context.relay()
        event = await socket.next("event")
    assert event["sequence"] == before + 1
    assert event["body"]["user_id"] == str(whose.member.id)


@pytest.mark.parametrize(
    ("channel", "status"), [("notices", 400), ("notices:", 404), ("notices:OTHER", 404)]
)
async def test_nobody_can_name_another_user(world: World, channel: str, status: int) -> None:
    other = str(world.actors["trader"].member.id)
    asked = {"channel": channel.replace("OTHER", other)[:32]}
    if status == 400:
        asked["account_id"] = other
    async with connected(world.context.app, headers=_bearer(world.actors["owner"].token)) as socket:
        socket.say(op="subscribe", **asked)
        assert (await socket.next("error"))["problem"]["status"] == status


async def test_a_script_needs_the_scope(world: World) -> None:
    async with connected(world.context.app, headers=_bearer(world.actors["probe"].token)) as socket:
        problem = (await _follow(socket))["problem"]
    assert (problem["status"], problem["permission"]) == (403, "identity.self")


async def test_the_channel_has_no_account_and_no_one_without_a_user(context: Context) -> None:
    tenant_id, streams = context.founded.tenant.id, context.facades.streams
    for account_id, user_id in ((context.account_id, context.founded.owner.id), (None, None)):
        with pytest.raises(ChannelNotFound):
            await streams.snapshot(
                tenant_id=tenant_id,
                account_id=account_id,
                channel=StreamChannel.NOTICES,
                user_id=user_id,
            )
    with pytest.raises(ChannelNotFound):
        await streams.replay(
            tenant_id=tenant_id,
            account_id=None,
            channel=StreamChannel.NOTICES,
            after_sequence=0,
            limit=9,
        )
