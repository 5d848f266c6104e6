"""Each type of command reaches its use case once, and its sender hears what came of it."""

from decimal import Decimal
from typing import Any

from application.agents.desire import StateRequest
from application.identity.deps import Asking
from application.kill_switch.commands import SetPasscode
from domain.agents.agent import Heartbeat, ReportedState
from domain.orders.states import OrderState
from tests.unit.adapters.kafka.counter import KEY_ID, ORDER, Counter


async def rules(counter: Counter) -> dict[str, Any]:
    found = await counter.context.facades.risk.list(
        tenant_id=counter.context.founded.tenant.id, limit=100
    )
    return {rule.name: rule for rule in found}


RULE = {"name": "Small", "rule_type": "MAX_ORDER_VALUE", "threshold": "500", "action": "BLOCK"}


async def test_an_order_is_taken_in_and_answered(counter: Counter) -> None:
    put = counter.send()
    await counter.work()
    (order,) = await counter.orders()
    assert order.state is OrderState.ACCEPTED
    assert order.actor == "producer:tests"
    reply = counter.reply()
    assert reply["tenant"] == counter.tenant
    assert reply["account"] == counter.account
    assert reply["type"] == "order.submit"
    assert reply["answer"]["outcome"] == "done"
    assert reply["answer"]["result"]["orders"][0]["id"] == str(order.id)
    assert not reply["repeated"]
    assert reply["origin"]["offset"] == put.offset
    assert counter.letters() == []


async def test_a_group_is_taken_in_whole(counter: Counter) -> None:
    legs = [ORDER, {**ORDER, "limit_price": "99"}]
    counter.send("order_group.submit", {"group": "oco", "orders": legs})
    await counter.work()
    assert len(await counter.orders()) == 2
    assert len(counter.reply()["answer"]["result"]["orders"]) == 2


async def test_a_denied_order_is_stored_and_told_with_its_reasons(counter: Counter) -> None:
    counter.send(payload={**ORDER, "quantity": "100000"})
    await counter.work()
    (order,) = await counter.orders()
    assert order.state is OrderState.DENIED
    answer = counter.reply()["answer"]
    assert answer["outcome"] == "denied"
    assert answer["result"]["reasons"]


async def test_an_order_is_replaced_and_canceled(counter: Counter) -> None:
    counter.send(name="first")
    await counter.work()
    (order,) = await counter.orders()
    counter.send("order.replace", {"order_id": str(order.id), "quantity": "8"})
    counter.send("order.cancel", {"order_id": str(order.id)})
    await counter.work()
    outcomes = {one["type"]: one["answer"]["outcome"] for one in counter.replies()}
    assert outcomes["order.cancel"] == "done"
    assert outcomes["order.replace"] == "done"
    (order,) = await counter.orders()
    assert order.state is OrderState.CANCELED


async def test_a_paused_agent_may_only_stop_and_take_back(counter: Counter) -> None:
    counter.send(name="first")
    await counter.work()
    (order,) = await counter.orders()
    agents, tenant_id = counter.context.facades.agents, counter.context.founded.tenant.id
    await agents.hear(
        Heartbeat(
            tenant_id=tenant_id,
            agent_id="tests",
            account_id=None,
            kind="strategy",
            at=counter.now,
            sequence=1,
            state=ReportedState.RUNNING,
            version="1",
        )
    )
    wish = StateRequest(tenant_id=tenant_id, agent_id="tests", actor="user:me", trace_id="")
    await agents.pause(wish)
    before = await rules(counter)
    counter.send(name="second")
    counter.send("order.replace", {"order_id": str(order.id), "quantity": "8"})
    counter.send("risk_rule.create", RULE, account=None)
    counter.send("account.deposit", {"amount": "5"})
    counter.send("order.cancel", {"order_id": str(order.id)})
    counter.send("heartbeat", {})
    counter.send("kill_switch.activate", {"reason": "enough"})
    await counter.work()
    answers = {one["type"]: one["answer"] for one in counter.replies()[1:]}
    assert {name: one["outcome"] for name, one in answers.items()} == {
        "order.submit": "denied",
        "order.replace": "denied",
        "risk_rule.create": "refused",
        "account.deposit": "refused",
        "order.cancel": "done",
        "heartbeat": "done",
        "kill_switch.activate": "done",
    }
    assert answers["account.deposit"]["code"] == "agent_paused"
    reasons = answers["order.submit"]["result"]["reasons"]
    assert next(one["code"] for one in reasons) == "AGENT_PAUSED"
    assert await rules(counter) == before


async def test_a_disabled_key_gives_no_command_at_all(counter: Counter) -> None:
    identity, owner = counter.context.facades.identity, counter.context.founded.owner
    _, principal = counter.context.tokens.issue(user_id=owner.id, tenant_id=owner.tenant_id)
    asking = Asking(principal=principal)
    await identity.users.note_keys([(owner.tenant_id, KEY_ID)])
    counter.send(name="before")
    await counter.work()
    await identity.users.set_key(asking, key_id=KEY_ID, enabled=False)
    before = await rules(counter)
    for name in ("order.submit", "kill_switch.activate", "heartbeat"):
        payload = {"order.submit": None, "kill_switch.activate": {"reason": "x"}}.get(name, {})
        counter.send(name, payload, name=f"disabled {name}")
    # What was done before is told again as it was.
    counter.send(name="before")
    await counter.work()
    answers = [one["answer"] for one in counter.replies()[1:]]
    assert [one["outcome"] for one in answers] == ["refused"] * 3 + ["done"]
    assert {one["code"] for one in answers[:3]} == {"producer_disabled"}
    assert await rules(counter) == before
    await identity.users.set_key(asking, key_id=KEY_ID, enabled=True)
    counter.send(name="after")
    await counter.work()
    assert counter.replies()[-1]["answer"]["outcome"] == "done"


async def test_an_absent_order_is_refused(counter: Counter) -> None:
    counter.send("order.cancel", {"order_id": counter.tenant})
    await counter.work()
    assert counter.reply()["answer"]["outcome"] == "refused"
    assert counter.reply()["answer"]["code"] == "not_found"
    assert counter.letters() == []


async def test_all_orders_of_the_tenant_are_canceled(counter: Counter) -> None:
    counter.send(name="one")
    counter.send(name="two")
    await counter.work()
    counter.send("orders.cancel_all", {}, account=None)
    await counter.work()
    assert {one.state for one in await counter.orders()} == {OrderState.CANCELED}


async def test_the_kill_switch_is_thrown_and_acknowledged(counter: Counter) -> None:
    counter.send("kill_switch.activate", {"reason": "runaway strategy", "flatten": True})
    await counter.work()
    state = await counter.context.facades.kill_switch.state(
        tenant_id=counter.context.founded.tenant.id
    )
    (latch,) = state.latches
    assert latch.scope.account_id == counter.context.account_id
    assert latch.flatten
    assert latch.acknowledged_at is not None
    assert counter.reply()["answer"]["result"]["latch_id"] == str(latch.id)


async def test_the_signature_stands_for_the_passcode_of_an_activation(counter: Counter) -> None:
    await counter.context.facades.kill_switch.set_passcode(
        SetPasscode(
            tenant_id=counter.context.founded.tenant.id, actor="user:test", passcode="20260102"
        )
    )
    counter.send("kill_switch.activate", {"reason": "runaway strategy"}, account=None)
    await counter.work()
    assert counter.reply()["answer"]["outcome"] == "done"


async def test_rules_are_made_changed_and_deleted(counter: Counter) -> None:
    counter.send("risk_rule.create", RULE, account=None)
    await counter.work()
    made = (await rules(counter))["Small"]
    higher = {"rule_id": str(made.id), "threshold": "600", "expected_version": made.version}
    counter.send("risk_rule.update", {**RULE, **higher}, account=None, name="why")
    await counter.work()
    assert "reason" in counter.replies()[-1]["answer"]["detail"]
    higher |= {"reason": "earnings week"}
    counter.send("risk_rule.update", {**RULE, **higher}, account=None)
    await counter.work()
    assert (await rules(counter))["Small"].threshold == 600
    counter.send(
        "risk_rule.update",
        {**RULE, "rule_id": str(made.id), "expected_version": made.version},
        account=None,
        name="late",
    )
    await counter.work()
    assert "rule_changed" in {one["answer"]["code"] for one in counter.replies()}
    counter.send("risk_rule.delete", {"rule_id": str(made.id), "reason": "unused"}, account=None)
    await counter.work()
    assert "Small" not in await rules(counter)


async def test_money_is_deposited_once_per_reference(counter: Counter) -> None:
    before = await counter.cash()
    counter.send("account.deposit", {"amount": "250.50", "reference": "r"}, name="one")
    counter.send("account.deposit", {"amount": "250.50", "reference": "r"}, name="two")
    counter.send("account.deposit", {"amount": "1", "reference": "r"}, name="three")
    await counter.work()
    assert await counter.cash() - before == Decimal("250.50")
    codes = [one["answer"]["code"] for one in counter.replies()]
    assert codes == ["done", "done", "reference_used"]


async def test_a_heartbeat_is_answered_with_the_time(counter: Counter) -> None:
    counter.send("heartbeat", {})
    await counter.work()
    at = counter.reply()["answer"]["result"]["at"]
    assert at == counter.now.isoformat().replace("+00:00", "Z")


async def test_more_than_may_wait_to_be_sent_is_refused_with_when_to_send_it_again(
    counter: Counter,
) -> None:
    counter.send("order.submit", ORDER, name="first")
    await counter.work()
    counter.context.clock.advance(7.5)
    counter.send("order.submit", ORDER, name="second")
    await counter.work()
    answer = counter.replies()[-1]["answer"]
    assert (answer["outcome"], answer["code"]) == ("refused", "dispatch_behind")
    assert answer["result"]["retry_after_s"] == 3
    # Nothing was taken in; under another id it is once the first is out of the way.
    (order_id,) = [one["id"] for one in counter.replies()[0]["answer"]["result"]["orders"]]
    counter.send("order.cancel", {"order_id": order_id}, name="cancel")
    counter.send("order.submit", ORDER, name="third")
    await counter.work()
    assert [one["answer"]["outcome"] for one in counter.replies()] == [
        "done",
        "refused",
        "done",
        "done",
    ]
    assert counter.letters() == []
