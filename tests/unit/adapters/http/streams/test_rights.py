"""What a reader may follow is asked again all the time: what was withdrawn is cut off."""

import asyncio

import pytest
import structlog

from application.kill_switch.commands import ActivateKill
from domain.identity.access import GrantLevel
from tests.builders import new_id
from tests.matrix.world import Place, World, open_world
from tests.unit.adapters.http.streams.socket import Closed, Socket, connected
from tests.virtual_time import in_virtual_time


def _bearer(world: World, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.actors[name].token}"}


async def _follow(socket: Socket, channel: str, account_id: str | None = None) -> dict[str, object]:
    more = {} if account_id is None else {"account_id": account_id}
    socket.say(op="subscribe", channel=channel, id="s", **more)
    return await socket.next("snapshot")


async def _set_grant(world: World, name: str, level: GrantLevel | None) -> None:
    member_id = world.actors[name].member.id
    path = f"/api/v1/members/{member_id}/accounts/{world.accounts[Place.OWN]}"
    async with world.context.client() as owner:
        if level is None:
            answer = await owner.delete(path)
        else:
            answer = await owner.put(path, json={"level": level})
    assert answer.status_code == 200


@in_virtual_time
async def test_a_withdrawn_account_is_followed_no_more_within_the_second() -> None:
    async with open_world() as world:
        account = str(world.accounts[Place.OWN])
        trader = world.actors["trader"]
        async with connected(world.context.app, headers=_bearer(world, "trader")) as socket:
            await _follow(socket, "orders", account)
            await _follow(socket, "kill_switch")
            await world.thing("order", Place.OWN, actor=trader, anew=True)
            await world.context.relay()
            assert (await socket.next("event"))["event"] == "order.accepted"
            await _set_grant(world, "trader", None)
            async with asyncio.timeout(1.0):
                withdrawn = await socket.next("withdrawn")
            assert (withdrawn["channel"], withdrawn["account_id"]) == ("orders", account)
            await world.thing("order", Place.OWN, actor=trader, anew=True)
            await world.context.relay()
            socket.say(op="subscribe", channel="orders", account_id=account)
            # Nothing of the new order comes before the refusal.
            error = await socket.next()
            assert (error["type"], error["problem"]["status"]) == ("error", 404)
            # The tenant's own channel goes on, and an account that comes back may be followed.
            await _set_grant(world, "trader", GrantLevel.READ)
            await asyncio.sleep(0.6)
            assert (await _follow(socket, "orders", account))["channel"] == "orders"


@in_virtual_time
async def test_a_disabled_member_is_let_go() -> None:
    async with open_world() as world:
        member_id = world.actors["viewer"].member.id
        async with connected(world.context.app, headers=_bearer(world, "viewer")) as socket:
            await _follow(socket, "quotes")
            async with world.context.client() as owner:
                path = f"/api/v1/members/{member_id}"
                assert (await owner.patch(path, json={"disabled": True})).status_code == 200
            with pytest.raises(Closed) as closed:
                async with asyncio.timeout(1.0):
                    await socket.next("withdrawn")
            assert closed.value.code == 1008


@in_virtual_time
async def test_a_script_follows_what_its_scopes_name() -> None:
    async with open_world() as world:
        body = {"name": "ears", "scopes": ["orders.read", "identity.self"]}
        async with world.context.client() as owner:
            created = (await owner.post("/api/v1/tokens", json=body)).json()
            account = str(world.accounts[Place.OWN])
            async with world.context.client(created["token"]) as script:
                ticket = (await script.post("/api/v1/ws/ticket")).json()["ticket"]
            async with connected(world.context.app, query=f"ticket={ticket}") as socket:
                await _follow(socket, "orders", account)
                socket.say(op="subscribe", channel="positions", account_id=account)
                problem = (await socket.next("error"))["problem"]
                assert (problem["status"], problem["permission"]) == (403, "accounts.read")
                await owner.delete(f"/api/v1/tokens/{created['id']}")
                with pytest.raises(Closed) as closed:
                    async with asyncio.timeout(1.0):
                        await socket.next("event")
                assert closed.value.code == 1008


@in_virtual_time
async def test_a_ticket_gives_what_is_allowed_when_it_is_redeemed() -> None:
    async with open_world() as world:
        account = str(world.accounts[Place.OWN])
        async with world.context.client(world.actors["trader"].token) as client:
            ticket = (await client.post("/api/v1/ws/ticket")).json()["ticket"]
        await _set_grant(world, "trader", None)
        async with connected(world.context.app, query=f"ticket={ticket}") as socket:
            socket.say(op="subscribe", channel="orders", account_id=account)
            assert (await socket.next("error"))["problem"]["status"] == 404


@in_virtual_time
async def test_of_other_accounts_latches_only_the_number_is_told() -> None:
    async with open_world() as world:
        seeing, other = _bearer(world, "owner"), _bearer(world, "trader")
        async with (
            connected(world.context.app, headers=seeing) as owner,
            connected(world.context.app, headers=other) as trader,
        ):
            last = (await _follow(owner, "kill_switch"))["sequence"]
            await _follow(trader, "kill_switch")
            for place in (Place.UNGRANTED, Place.OWN):
                await world.context.facades.kill_switch.activate(
                    ActivateKill(
                        tenant_id=world.home,
                        actor="user:x",
                        reason=f"of {place.name}",
                        account_id=world.accounts[place],
                    )
                )
            await world.context.relay()
            whole = [await owner.next("event") for _ in range(4)]
            told = [await trader.next("event") for _ in range(4)]
            assert [one["sequence"] for one in told] == [one["sequence"] for one in whole]
            hidden = [one for one in told if one["event"] == "withheld"]
            assert hidden
            assert all(one["body"] == {} and one["subject"] == "" for one in hidden)
            assert str(world.accounts[Place.UNGRANTED]) not in str(told)
            assert "of OWN" in str(told)
            assert "of UNGRANTED" not in str(told)
            # The same when it is read back, and when the state is shown.
            trader.say(op="subscribe", channel="kill_switch", from_sequence=last)
            assert [await trader.next("event") for _ in range(4)] == told
            rows = (await _follow(trader, "kill_switch"))["rows"]
            assert "of UNGRANTED" not in str(rows)
            assert "of OWN" in str(rows)


@in_virtual_time
async def test_a_channel_that_may_not_be_followed_is_logged_with_who_asked() -> None:
    async with open_world() as world:
        user_id = str(world.actors["trader"].member.id)
        with structlog.testing.capture_logs() as logs:
            async with connected(world.context.app, headers=_bearer(world, "trader")) as socket:
                for asked in (
                    {"channel": "orders", "account_id": str(new_id())},
                    {"channel": "quotes", "from_sequence": 1},
                ):
                    socket.say(op="subscribe", **asked)
                    await socket.next("error")
        denied = [one for one in logs if one["event"] == "streams.denied"]
        assert [(one["op"], one["reason"], one["user"]) for one in denied] == [
            ("subscribe", "not-found", user_id)
        ]
