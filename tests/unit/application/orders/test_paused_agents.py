"""A paused agent's orders are refused, by every process, until it is resumed."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.memory.work import MemoryWorks
from application.agents.list_agents import agent_named
from application.orders.commands import (
    Accepted,
    Asker,
    DeniedOrders,
    GroupKind,
    OrderRequest,
    ReplaceDenied,
    ReplaceOrder,
    Replacing,
    SubmitOrder,
    SubmitOutcome,
)
from application.orders.preview import ExplainOrder, PreviewOrder
from application.orders.replace import Replace
from domain.agents.agent import DesiredState
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.risk.rule import Action
from domain.risk.strategies import strategy_policy
from ports.agents import AGENTS
from ports.broker import ReportKind
from tests import builders
from tests.contracts.work.agents import agent_of
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill
from tests.unit.application.orders.trail import limited

KNOWN = strategy_policy(known=("momentum", "momentum-2", "value"), required=False)


async def _known(rig: Rig, **changes: Any) -> None:
    async with MemoryWorks(rig.link).begin(rig.tenant_id) as work:
        agents, known = work.records(AGENTS), await agent_named(work, "momentum")
        if known is None:
            await agents.add(agent_of(rig.tenant_id, **changes))
        else:
            assert await agents.update(replace(known, version=known.version + 1, **changes))


async def _desire(rig: Rig, desired: DesiredState) -> None:
    await _known(rig, desired=desired)


def _command(rig: Rig, *, strategy: str | None, actor: str = "user:test") -> SubmitOrder:
    return SubmitOrder(
        asker=replace(rig.asker, actor=actor),
        account_id=rig.account_id,
        orders=(OrderRequest(terms=builders.terms()),),
        strategy_id=strategy,
    )


async def _submit(
    rig: Rig, *, strategy: str | None = "momentum", actor: str = "user:test"
) -> SubmitOutcome:
    return await rig.submit(_command(rig, strategy=strategy, actor=actor), idempotency=None)


async def _accepted(rig: Rig) -> Order:
    outcome = await _submit(rig)
    assert isinstance(outcome, Accepted)
    return outcome.orders[0]


async def test_its_orders_are_denied_with_the_reason_and_stored() -> None:
    rig = Rig(strategies=KNOWN)
    await _accepted(rig)
    # The rules are remembered now: the pause must reach who remembers them.
    await _desire(rig, DesiredState.PAUSED)
    outcome = await _submit(rig)
    assert isinstance(outcome, DeniedOrders)
    assert [reason.code for reason in outcome.reasons] == ["AGENT_PAUSED"]
    assert "momentum is paused" in outcome.reasons[0].message
    assert rig.database.orders[outcome.orders[0].id].state is OrderState.DENIED
    await _desire(rig, DesiredState.RUNNING)
    assert isinstance(await _submit(rig), Accepted)


async def test_other_processes_and_one_started_later_refuse_them_too() -> None:
    rig = Rig(strategies=KNOWN)
    other = rig.twin(seed=2)
    assert isinstance(await _submit(other), Accepted)
    await _desire(rig, DesiredState.PAUSED)
    for process in (other, rig.twin(seed=3)):
        assert isinstance(await _submit(process), DeniedOrders)


@pytest.mark.parametrize(
    ("strategy", "actor", "passes"),
    [
        ("momentum", "user:test", False),
        (None, "momentum", False),
        (None, "producer:momentum", False),
        ("value", "producer:momentum", False),
        (None, "user:test", True),
        ("momentum-2", "producer:momentum-2", True),
        (None, "producer:", True),
    ],
)
async def test_an_agent_is_known_by_the_strategy_and_by_the_sender(
    strategy: str | None, actor: str, passes: bool
) -> None:
    rig = Rig(strategies=KNOWN)
    await _desire(rig, DesiredState.PAUSED)
    outcome = await _submit(rig, strategy=strategy, actor=actor)
    assert isinstance(outcome, Accepted) is passes


async def test_its_orders_are_not_replaced_but_canceled() -> None:
    rig = Rig(strategies=KNOWN)
    order = await _accepted(rig)
    bigger = builders.terms().quantity + 1
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    command = ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=bigger)
    await _desire(rig, DesiredState.PAUSED)
    outcome = await replacing(command)
    assert isinstance(outcome, ReplaceDenied)
    assert [reason.code for reason in outcome.reasons] == ["AGENT_PAUSED"]
    await _desire(rig, DesiredState.RUNNING)
    assert isinstance(await replacing(command), Replacing)
    await _desire(rig, DesiredState.PAUSED)
    await rig.cancel.one(asker=rig.asker, order_id=order.id)
    assert rig.database.orders[order.id].state is OrderState.CANCELED


async def test_a_paused_agents_replace_that_breaks_a_halting_rule_halts_all_the_same() -> None:
    rig = Rig(strategies=KNOWN)
    limited(rig, "1500", action=Action.HALT)
    order = await _accepted(rig)
    await _desire(rig, DesiredState.PAUSED)
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    outcome = await replacing(
        ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=order.terms.quantity * 2)
    )
    assert isinstance(outcome, ReplaceDenied)
    assert [reason.code for reason in outcome.reasons] == ["AGENT_PAUSED", "MAX_ORDER_VALUE"]
    assert [latch.reason for latch in rig.database.latches.values()] == [outcome.reasons[1].message]


async def test_its_denial_is_explained_as_it_was_told() -> None:
    rig = Rig(strategies=KNOWN)
    await _desire(rig, DesiredState.PAUSED)
    outcome = await _submit(rig)
    assert isinstance(outcome, DeniedOrders)
    told = await ExplainOrder(context=rig.context)(
        tenant_id=rig.tenant_id, order_id=outcome.orders[0].id
    )
    assert (told.approved, told.reasons) == (False, outcome.reasons)


async def test_a_preview_says_so() -> None:
    rig = Rig(strategies=KNOWN)
    await _desire(rig, DesiredState.PAUSED)
    preview = PreviewOrder(context=rig.context, gatekeeper=rig.gatekeeper, latches=rig.latches)
    said = await preview(_command(rig, strategy="momentum"))
    assert not said.approved
    assert [reason.code for reason in said.reasons] == ["AGENT_PAUSED"]
    asker = Asker(tenant_id=rig.tenant_id, actor="user:test")
    assert (await preview(replace(_command(rig, strategy=None), asker=asker))).approved


async def test_a_child_of_its_order_that_opens_more_is_not_sent_while_it_is_paused() -> None:
    rig = Rig(strategies=KNOWN)
    command = replace(
        _command(rig, strategy="momentum"),
        orders=tuple(
            OrderRequest(terms=builders.terms(symbol=symbol)) for symbol in ("AAPL", "MSFT")
        ),
        group=GroupKind.OTO,
    )
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted)
    entry, child = outcome.orders
    await rig.send(entry)
    await _desire(rig, DesiredState.PAUSED)
    report = report_of(await rig.now(entry), ReportKind.FILL, fill=venue_fill(10))
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None)
    await rig.run_dispatch.round()
    now = await rig.now(child)
    assert (now.state, rig.broker.count("submit")) == (OrderState.CANCELED, 1)
    assert "momentum is paused" in now.reason


async def test_an_unknown_strategy_opens_nothing_and_is_told_until_somebody_registers_it() -> None:
    rig = Rig()
    assert isinstance(await _submit(rig, strategy=None), Accepted)
    outcome = await _submit(rig)
    assert isinstance(outcome, DeniedOrders)
    assert [reason.code for reason in outcome.reasons] == ["STRATEGY_UNKNOWN"]
    # The rules are remembered: that there is such an agent must reach who remembers them.
    await _known(rig)
    assert isinstance(await _submit(rig, strategy=" MOMENTUM"), Accepted)


async def test_where_a_strategy_is_required_an_order_without_one_is_denied() -> None:
    rig = Rig(strategies=replace(KNOWN, required=True))
    outcome = await _submit(rig, strategy=None)
    assert isinstance(outcome, DeniedOrders)
    assert [reason.code for reason in outcome.reasons] == ["STRATEGY_REQUIRED"]
    assert isinstance(await _submit(rig, strategy="value"), Accepted)


async def test_a_machine_that_is_a_paused_agent_is_known_by_who_it_is() -> None:
    rig = Rig()
    machine = builders.new_id()
    await _desire(rig, DesiredState.PAUSED)
    await _known(rig, member_id=machine)
    outcome = await _submit(rig, strategy=None, actor=f"user:{machine}")
    assert isinstance(outcome, DeniedOrders)
    assert [reason.code for reason in outcome.reasons] == ["AGENT_PAUSED"]
