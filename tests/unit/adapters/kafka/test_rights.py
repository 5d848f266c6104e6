"""A command may do no more than the user that its key is bound to."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.kafka.catalogue import COMMANDS
from adapters.memory.access import MemoryMembers
from adapters.memory.commands import MemoryTopics
from domain.identity.access import ROLES, Permission, Role
from domain.orders.states import OrderState
from tests.matrix.world import Place, World, open_world
from tests.unit.adapters.kafka.counter import ACTOR, ORDER, SECRET, Counter


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as made:
        yield made


def _counter(world: World, name: str, **more: Any) -> Counter:
    key = {"id": "k", "secret": SECRET, "tenant": str(world.home), "actor": ACTOR}
    return Counter(
        context=world.context,
        topics=MemoryTopics(),
        keys=[{**key, "user": str(world.actors[name].member.id), **more}],
        inbox=world.context.storage.inbox,
    )


async def _answer(counter: Counter, type: str, payload: dict[str, Any], **given: Any) -> Any:
    """Return what a command was answered, and take the answers away."""
    before = len(counter.replies())
    counter.send(type, payload, key_id="k", **given)
    await counter.work()
    return counter.replies()[before:][-1]["answer"]


async def _withdraw(world: World, name: str) -> None:
    member_id = world.actors[name].member.id
    path = f"/api/v1/members/{member_id}/accounts/{world.accounts[Place.OWN]}"
    async with world.context.client() as owner:
        assert (await owner.delete(path)).status_code == 200


def test_every_command_names_a_permission_that_some_role_has() -> None:
    for command in COMMANDS.values():
        assert any(command.permission in held for held in ROLES.values())
    assert COMMANDS["order.submit"].permission is Permission.ORDERS_TRADE
    assert Permission.ORDERS_TRADE not in ROLES[Role.VIEWER]


async def test_a_withdrawn_account_takes_no_more_commands(world: World) -> None:
    counter = _counter(world, "trader")
    taken = await _answer(counter, "order.submit", ORDER, name="one")
    assert taken["outcome"] == "done"
    await _withdraw(world, "trader")
    refused = await _answer(counter, "order.submit", ORDER, name="two")
    assert (refused["outcome"], refused["code"]) == ("refused", "not_found")
    # The first one is answered as it was, whatever may be done now.
    assert await _answer(counter, "order.submit", ORDER, name="one") == taken


async def test_what_was_refused_stays_refused_when_it_comes_again(world: World) -> None:
    counter = _counter(world, "viewer")
    refused = await _answer(counter, "order.submit", ORDER, name="one")
    assert (refused["outcome"], refused["code"]) == ("refused", "forbidden")
    assert "orders.trade" in refused["detail"]
    members = world.context.storage.members
    assert isinstance(members, MemoryMembers)
    (entry,) = (one for one in (await members.link.enter()).audit if one.action == "access.refused")
    assert entry.subject == "orders.trade"
    assert dict(entry.detail)["place"] == "command order.submit"
    assert entry.actor == f"user:{world.actors['viewer'].member.id}"
    async with world.context.client() as owner:
        path = f"/api/v1/members/{world.actors['viewer'].member.id}"
        assert (await owner.patch(path, json={"role": "trader"})).status_code == 200
    assert await _answer(counter, "order.submit", ORDER, name="one") == refused
    assert (await _answer(counter, "order.submit", ORDER, name="two"))["outcome"] == "done"


async def test_cancel_all_reaches_the_granted_accounts_only(world: World) -> None:
    orders = {
        place: await world.thing("order", place, actor=world.actors["owner"], anew=True)
        for place in (Place.OWN, Place.UNGRANTED)
    }
    answer = await _answer(_counter(world, "trustee"), "orders.cancel_all", {}, account=None)
    canceled = {one["id"] for one in answer["result"]["orders"]}
    assert orders[Place.OWN] in canceled
    assert orders[Place.UNGRANTED] not in canceled
    async with world.context.client() as owner:
        other = (await owner.get(f"/api/v1/orders/{orders[Place.UNGRANTED]}")).json()
    assert other["state"] == OrderState.ACCEPTED


async def test_the_accounts_of_a_key_narrow_its_user(world: World) -> None:
    counter = _counter(world, "owner", accounts=[str(world.accounts[Place.UNGRANTED])])
    counter.send("order.submit", ORDER, key_id="k")
    await counter.work()
    assert counter.reasons() == ["wrong_account"]


async def test_a_key_of_a_user_that_is_gone_may_do_nothing(world: World) -> None:
    key = {"user": "01900000-0000-7000-8000-00000000dead"}
    for name, payload in (("order.submit", ORDER), ("heartbeat", {})):
        answer = await _answer(_counter(world, "owner", **key), name, payload, name=name)
        assert (answer["outcome"], answer["code"]) == ("refused", "forbidden")
    disabled = _counter(world, "agent")
    async with world.context.client() as owner:
        path = f"/api/v1/members/{world.actors['agent'].member.id}"
        assert (await owner.patch(path, json={"disabled": True})).status_code == 200
    answer = await _answer(disabled, "order.submit", ORDER, name="disabled")
    assert (answer["outcome"], answer["code"]) == ("refused", "forbidden")


async def test_who_signs_as_a_user_has_that_users_rights(world: World) -> None:
    viewer = world.actors["viewer"].member.id
    counter = _counter(world, "viewer", actor=f"user:{viewer}")
    del counter.keys[0]["user"]
    answer = await _answer(counter, "order.submit", ORDER, actor=f"user:{viewer}")
    assert (answer["outcome"], answer["code"]) == ("refused", "forbidden")
