"""What is in doubt is sent again only to a venue that keeps ids apart, and as a first send is."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from application.kill_switch.commands import Activated, ActivateKill
from application.orders.dispatch import SendOutcome
from application.orders.send_again import SENDS_MAX
from domain.accounts.positions import Position
from domain.market.prices import Split, SplitEffective
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.risk.rule import Action, Rule, RuleType
from ports.broker import Dedup
from ports.orders import OpenWork
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import HORIZON_S, Answer, ScriptedBroker

_S = OrderState


def _rig(**given: Any) -> Rig:
    return Rig(broker=ScriptedBroker(dedup=Dedup.FULL), **given)


async def _in_doubt(rig: Rig, answer: Answer = Answer.LOSE_REQUEST) -> Order:
    rig.broker.script.append(answer)
    (order,) = await rig.accepted()
    assert await rig.send(order) is SendOutcome.UNSURE
    return order


async def _again(rig: Rig, order: Order) -> SendOutcome:
    return await rig.send_again(
        OpenWork(
            tenant_id=order.tenant_id,
            account_id=order.account_id,
            order_id=order.id,
            state=_S.UNKNOWN,
            broker="paper",
        )
    )


async def _stop(rig: Rig) -> None:
    stopped = await rig.activate(
        ActivateKill(tenant_id=rig.tenant_id, actor="user:test", reason="enough")
    )
    assert isinstance(stopped, Activated)


def _restrict(rig: Rig) -> None:
    rule = Rule(
        id=builders.new_id(),
        tenant_id=rig.tenant_id,
        name="Not this",
        rule_type=RuleType.RESTRICTED_SYMBOL,
        threshold=Decimal(1),
        action=Action.BLOCK,
        parameters={"symbols": ("AAPL",)},
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    rig.database.rules[rule.id] = rule
    versions = rig.database.rules_versions
    versions[rig.tenant_id] = versions.get(rig.tenant_id, 0) + 1


async def test_what_never_arrived_is_sent_again_under_its_id_after_the_horizon() -> None:
    rig = _rig()
    order = await _in_doubt(rig)
    rig.clock.advance(HORIZON_S - 1)
    await rig.run_dispatch.round()
    assert ((await rig.now(order)).state, rig.broker.count("submit")) == (_S.UNKNOWN, 1)
    rig.clock.advance(1)
    await rig.run_dispatch.round()
    now = await rig.now(order)
    assert now.state is _S.WORKING
    assert now.sent_at == rig.clock.now()
    assert [one for one in rig.broker.asked if one.startswith("submit")] == [
        f"submit {order.client_order_id}"
    ] * 2
    told = [one.type for one in await rig.events(order)]
    assert told.count("order.submitted") == 2
    assert "order.parked" not in told


@pytest.mark.parametrize("dedup", [Dedup.NONE, Dedup.OPEN_ONLY])
async def test_a_venue_that_may_take_an_id_twice_is_never_asked_twice(dedup: Dedup) -> None:
    rig = Rig(broker=ScriptedBroker(dedup=dedup))
    order = await _in_doubt(rig)
    rig.clock.advance(HORIZON_S)
    await rig.run_dispatch.round()
    assert ((await rig.now(order)).state, rig.broker.count("submit")) == (_S.PARKED, 1)


async def test_nor_is_it_where_who_asks_believes_so() -> None:
    rig = Rig()
    order = await _in_doubt(rig)
    assert await _again(rig, order) is SendOutcome.NOTHING
    assert rig.broker.count("submit") == 1
    assert "may take an id twice" in (await rig.now(order)).reason


async def test_nothing_is_sent_again_after_a_kill() -> None:
    rig = _rig()
    order = await _in_doubt(rig)
    await _stop(rig)
    rig.clock.advance(HORIZON_S)
    await rig.run_dispatch.round()
    now = await rig.now(order)
    assert (now.state, rig.broker.count("submit")) == (_S.PARKED, 1)
    assert "the kill switch is on" in now.reason


async def test_nor_is_what_somebody_wants_cancelled() -> None:
    rig = _rig()
    order = await _in_doubt(rig)
    await rig.cancel.all(asker=rig.asker, account_ids=[rig.account_id])
    rig.clock.advance(HORIZON_S)
    await rig.run_dispatch.round()
    assert ((await rig.now(order)).state, rig.broker.count("submit")) == (_S.PARKED, 1)


async def test_the_gate_is_asked_again_however_young_the_approval_is() -> None:
    rig = _rig()
    order = await _in_doubt(rig)
    _restrict(rig)
    rig.clock.advance(HORIZON_S)
    await rig.run_dispatch.round()
    now = await rig.now(order)
    assert (now.state, rig.broker.count("submit")) == (_S.PARKED, 1)
    assert "not sent again: Not this" in now.reason
    assert now.id in (await rig.stored()).orders


async def test_terms_from_before_a_split_are_not_sent_again() -> None:
    rig = _rig()
    order = await _in_doubt(rig)
    at = builders.MARKET_AT + timedelta(days=1)
    split = Split(symbol="AAPL", ex_date=at.date(), numerator=Decimal(2), denominator=Decimal(1))
    rig.market.record(SplitEffective(at=at, split=split))
    rig.clock.advance(HORIZON_S)
    await rig.run_dispatch.round()
    assert ((await rig.now(order)).state, rig.broker.count("submit")) == (_S.PARKED, 1)


async def test_a_refusal_may_mean_that_the_first_has_arrived_so_it_is_read_back() -> None:
    rig = _rig()
    order = await _in_doubt(rig, Answer.LOSE_REPLY)
    held = rig.broker.held.pop(order.client_order_id)
    rig.clock.advance(HORIZON_S)
    rig.broker.script.append(Answer.REFUSE)
    await rig.run_dispatch.round()
    assert (await rig.now(order)).state is _S.UNKNOWN
    rig.broker.held[order.client_order_id] = held
    rig.clock.advance(HORIZON_S)
    await rig.run_dispatch.round()
    assert (await rig.now(order)).state is _S.WORKING
    assert rig.broker.count("submit") == 2


async def test_no_connection_says_nothing_of_the_first_send() -> None:
    rig = _rig()
    order = await _in_doubt(rig)
    rig.clock.advance(HORIZON_S)
    rig.broker.script.append(Answer.UNAVAILABLE)
    await rig.run_dispatch.round()
    assert (await rig.now(order)).state is _S.UNKNOWN


async def test_a_venue_that_never_says_a_word_is_left_to_a_person_in_the_end() -> None:
    rig = _rig()
    order = await _in_doubt(rig)
    rig.broker.script.extend([Answer.LOSE_REQUEST] * 2 * SENDS_MAX)
    for _ in range(2 * SENDS_MAX):
        rig.clock.advance(HORIZON_S)
        await rig.run_dispatch.round()
    assert ((await rig.now(order)).state, rig.broker.count("submit")) == (_S.PARKED, SENDS_MAX)


async def test_of_two_processes_one_sends() -> None:
    rig = _rig()
    order = await _in_doubt(rig)
    rig.clock.advance(HORIZON_S)
    await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)
    twin = rig.twin(seed=2)
    sent: list[SendOutcome] = []

    async def other() -> None:
        rig.broker.before_written = _nothing
        sent.append(await _again(twin, order))

    rig.broker.before_written = other
    assert await _again(rig, order) is SendOutcome.SENT
    assert sent == [SendOutcome.NOTHING]
    assert rig.broker.count("submit") == 2


async def _nothing() -> None:
    return


async def test_who_has_lost_the_lease_sends_nothing() -> None:
    rig = _rig()
    order = await _in_doubt(rig)
    rig.clock.advance(HORIZON_S)
    rig.lease.held = False
    assert await _again(rig, order) is SendOutcome.NOTHING
    assert rig.broker.count("submit") == 1


async def test_an_exit_in_doubt_goes_out_again_whatever_the_rules_say() -> None:
    rig = _rig(
        book=builders.book(
            positions={"AAPL": Position(symbol="AAPL", quantity=Decimal(10), cost=Decimal(1000))}
        )
    )
    rig.broker.script.append(Answer.LOSE_REQUEST)
    (order,) = await rig.accepted(builders.terms(side=Side.SELL))
    await rig.send(order)
    _restrict(rig)
    rig.clock.advance(HORIZON_S)
    await rig.run_dispatch.round()
    assert (await rig.now(order)).state is _S.WORKING
