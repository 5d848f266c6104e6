"""A command acts once, however often it comes, and is answered each time as the first time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.kafka.facades import CommandFacades
from adapters.memory.commands import MemoryMessageSink, MemoryTopics
from adapters.memory.time import ManualClock
from application.orders.commands import SubmitOrder, SubmitOutcome
from application.orders.submit import Submit
from application.shared.change import Once
from domain.orders.states import OrderState
from ports.commands import Outgoing
from ports.inbox import Begun, CommandAnswer, Inbox, OtherContent
from ports.storage import StorageUnavailable
from tests.unit.adapters.kafka.counter import ORDER, Counter

RULE = {"name": "Small", "rule_type": "MAX_ORDER_VALUE", "threshold": "500", "action": "BLOCK"}


@dataclass
class FailingInbox:
    """An inbox whose answers are lost a few times, before or after they are stored."""

    inner: Inbox
    lost: int = 0
    stored: bool = False

    async def begin(self, **given: Any) -> Begun | CommandAnswer | OtherContent:
        return await self.inner.begin(**given)

    async def find(self, **given: Any) -> Begun | CommandAnswer | OtherContent | None:
        return await self.inner.find(**given)

    async def settle(self, **given: Any) -> CommandAnswer | OtherContent:
        if self.lost:
            self.lost -= 1
            if self.stored:
                await self.inner.settle(**given)
            raise StorageUnavailable("lost")
        return await self.inner.settle(**given)


class DyingInbox(FailingInbox):
    """An inbox at whose answers the process ends."""

    async def settle(self, **given: Any) -> CommandAnswer | OtherContent:
        raise asyncio.CancelledError


class DyingSink(MemoryMessageSink):
    """A log at whose first message the process ends."""

    def __init__(self) -> None:
        super().__init__(MemoryTopics())

    async def send(self, messages: Sequence[Outgoing]) -> None:
        raise asyncio.CancelledError


@dataclass(frozen=True, slots=True, kw_only=True)
class DownSubmit(Submit):
    """An intake without storage; each try takes twenty seconds."""

    clock: ManualClock

    async def __call__(
        self, command: SubmitOrder, *, idempotency: Once[SubmitOutcome] | None
    ) -> SubmitOutcome:
        self.clock.advance(20)
        raise StorageUnavailable("down")


async def picture(counter: Counter) -> Any:
    """Everything that commands change."""
    tenant_id = counter.context.founded.tenant.id
    facades = counter.context.facades
    state = await facades.kill_switch.state(tenant_id=tenant_id)
    return (
        await counter.orders(),
        await counter.cash(),
        list(await facades.risk.list(tenant_id=tenant_id, limit=100)),
        state.latches,
    )


async def commands(counter: Counter) -> list[tuple[bytes, bytes]]:
    """Sign one command of each type that changes something."""
    counter.send(name="to be canceled")
    counter.send(name="to be replaced")
    counter.send("risk_rule.create", RULE, account=None, name="to be deleted")
    counter.send("risk_rule.create", RULE | {"name": "Old"}, account=None, name="to be changed")
    await counter.work()
    first, second = [str(order.id) for order in await counter.orders()]
    rules = {
        rule.name: str(rule.id)
        for rule in await counter.context.facades.risk.list(
            tenant_id=counter.context.founded.tenant.id, limit=100
        )
    }
    update = RULE | {"rule_id": rules["Old"], "name": "New", "threshold": "400000"}
    return [
        counter.signed(name="again"),
        counter.signed("order_group.submit", {"group": "oco", "orders": [ORDER, ORDER]}),
        counter.signed(payload=ORDER | {"quantity": "100000"}, name="denied"),
        counter.signed("order.replace", {"order_id": second, "quantity": "8"}),
        counter.signed("order.cancel", {"order_id": first}),
        counter.signed("order.cancel", {"order_id": counter.tenant}, name="absent"),
        counter.signed("risk_rule.create", RULE | {"name": "Third"}, account=None),
        counter.signed("risk_rule.update", update, account=None),
        counter.signed("risk_rule.delete", {"rule_id": rules["Small"]}, account=None),
        counter.signed("account.deposit", {"amount": "5"}),
        counter.signed("orders.cancel_all", {"symbol": "MSFT"}),
        counter.signed("kill_switch.activate", {"reason": "a test"}),
    ]


async def test_a_second_delivery_of_any_type_changes_nothing_and_is_answered_alike(
    counter: Counter,
) -> None:
    sent = await commands(counter)
    for message in sent:
        counter.put(message)
    await counter.work()
    before = await picture(counter)
    first = {one["command_id"]: one["answer"] for one in counter.replies()}
    told = len(counter.replies())
    counter.context.clock.advance(1)
    for message in sent:
        counter.put(message)
    await counter.work()
    assert await picture(counter) == before
    assert len(counter.replies()) == told + len(sent)
    for one in counter.replies():
        assert one["answer"] == first[one["command_id"]], one["type"]


@pytest.mark.parametrize("stored", [False, True])
async def test_an_answer_whose_storing_is_in_doubt_is_tried_until_it_is_known(
    counter: Counter, stored: bool
) -> None:
    counter.inbox = FailingInbox(counter.inbox, lost=3, stored=stored)
    counter.send("account.deposit", {"amount": "5"})
    before = await counter.cash()
    await counter.work()
    assert await counter.cash() == before + 5
    assert counter.reply()["answer"]["outcome"] == "done"


async def test_the_same_id_with_other_content_is_put_aside(counter: Counter) -> None:
    counter.send(name="once")
    counter.send(name="once", payload=ORDER | {"quantity": "11"})
    counter.send("kill_switch.activate", {"reason": "one"}, name="stop")
    counter.send("kill_switch.activate", {"reason": "two"}, name="stop")
    counter.send("order.cancel", {"order_id": counter.tenant}, name="once")
    await counter.work()
    assert counter.reasons() == ["id_reused"] * 3
    assert len(await counter.orders()) == 1


async def test_many_deliveries_at_once_make_one_order(counter: Counter) -> None:
    """Two processes, as in a rebalance where the first one still runs."""
    message = counter.signed()
    processes = [counter.parts().process for _ in range(8)]
    received = counter.put(message)
    await asyncio.gather(*(process(received) for process in processes))
    assert len(await counter.orders()) == 1
    assert len({str(one["answer"]) for one in counter.replies()}) == 1


async def test_a_crash_between_the_effect_and_the_answer_acts_once(counter: Counter) -> None:
    """The process ends after each effect; the next one finds the command again."""
    for message in await commands(counter):
        received = counter.put(message)
        process = counter.parts().process
        process.inbox = DyingInbox(process.inbox)
        process.sink = DyingSink()
        with pytest.raises(asyncio.CancelledError):
            await process(received)
        after_crash = await picture(counter)
        await counter.parts().process(received)
        assert await picture(counter) == after_crash, message


async def test_a_stop_that_was_released_is_not_thrown_again(counter: Counter) -> None:
    """A crash before the answer, a person's release, then the second delivery."""
    received = counter.send("kill_switch.activate", {"reason": "a test"})
    process = counter.parts().process
    process.inbox = FailingInbox(process.inbox, lost=1_000_000)
    process.retries = replace(process.retries, first_wait_s=30)
    task = asyncio.create_task(process(received))
    await counter.until(lambda: process.waiting == 1)
    task.cancel()
    facades = counter.context.facades
    tenant_id = counter.context.founded.tenant.id
    (latch,) = (await facades.kill_switch.state(tenant_id=tenant_id)).latches
    released = replace(
        latch, canceled_at=counter.now, released_at=counter.now, released_by="user:test"
    )
    await facades.kill_switch.releasing.context.update(released, type="kill_switch.released")
    await counter.parts().process(received)
    assert (await facades.kill_switch.state(tenant_id=tenant_id)).trading
    assert counter.reply()["answer"]["outcome"] == "done"


async def test_a_cancel_all_carried_on_spares_orders_that_came_later(counter: Counter) -> None:
    counter.send(name="before")
    await counter.work()
    received = counter.send("orders.cancel_all", {})
    process = counter.parts().process
    process.inbox = FailingInbox(process.inbox, lost=1_000_000)
    process.retries = replace(process.retries, first_wait_s=30)
    task = asyncio.create_task(process(received))
    await counter.until(lambda: process.waiting == 1)
    task.cancel()
    counter.context.clock.advance(1)
    await counter.parts().process(counter.send(name="after"))
    # Past its expiry, but it was begun in time.
    counter.context.clock.advance(60)
    await counter.parts().process(received)
    states = [order.state for order in await counter.orders()]
    assert states == [OrderState.CANCELED, OrderState.ACCEPTED]
    assert counter.letters() == []


async def test_an_expired_command_that_was_done_in_time_is_answered_as_done(
    counter: Counter,
) -> None:
    message = counter.signed()
    counter.put(message)
    await counter.work()
    counter.context.clock.advance(60)
    counter.put(message)
    await counter.work()
    assert [one["answer"]["outcome"] for one in counter.replies()] == ["done", "done"]
    assert [one["repeated"] for one in counter.replies()] == [False, True]
    assert counter.letters() == []


async def test_an_order_waiting_for_storage_is_not_sent_after_its_expiry(counter: Counter) -> None:
    def down(given: CommandFacades) -> CommandFacades:
        submit = given.orders.submitting
        submitting = DownSubmit(
            context=submit.context,
            gatekeeper=submit.gatekeeper,
            books=submit.books,
            sleeper=submit.sleeper,
            clock=counter.context.clock,
        )
        return replace(given, orders=replace(given.orders, submitting=submitting))

    counter.changed_facades = down
    counter.send(lives_for=timedelta(seconds=30))
    await counter.work()
    assert counter.reasons() == ["expired"]
    assert await counter.orders() == []


async def test_a_command_whose_answer_was_forgotten_is_expired_and_not_carried_out(
    counter: Counter,
) -> None:
    signed = counter.signed(name="once")
    counter.put(signed)
    cancel = counter.signed("orders.cancel_all", {}, name="cancel")
    counter.put(cancel)
    await counter.work()
    spent = counter.context.storage.spent
    day_s = 25 * 3_600.0
    await spent.purge(older_than_s=day_s, limit=100)
    for _ in range(2):
        counter.context.clock.advance(day_s)
        await spent.purge(older_than_s=day_s, limit=100)
    before = await counter.orders()
    for message in (signed, cancel):
        counter.put(message)
    await counter.work()
    assert [one["answer"]["code"] for one in counter.replies()[2:]] == ["expired", "expired"]
    assert not any(one["repeated"] for one in counter.replies()[2:])
    assert await counter.orders() == before
    assert len(before) == 1
