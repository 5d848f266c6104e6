"""A strategy that runs away is off until a person enables it, whatever happens meanwhile."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from application.risk.commands import RuleNotFound
from application.risk.strategy_stops import NotAPerson, NotStopped, StrategyStops
from application.shared.asker import Asker
from domain.orders.terms import OrderTerms, Side
from domain.risk.record import replay
from domain.risk.rule import Action, Rule, RuleType
from domain.risk.strategies import strategy_policy
from domain.risk.strategy_stop import StrategyStop
from domain.shared.values import InvalidValue
from tests import builders
from tests.rig import Rig
from tests.unit.application.orders.test_read_activity import codes, filled

BUY = builders.terms()
SELL = builders.terms(side=Side.SELL)
RULE = UUID(int=1)


def desk(*, action: Action = Action.BLOCK) -> Rig:
    """A desk where two fills of one side within a minute are too many."""
    rig = Rig(strategies=strategy_policy(known=("ema", "other"), required=False))
    rig.database.rules[RULE] = Rule(
        id=RULE,
        tenant_id=rig.tenant_id,
        name="Runaway",
        rule_type=RuleType.REPEAT_EXECUTION,
        threshold=Decimal(2),
        action=action,
        parameters={"window_s": "60"},
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    rig.database.rules_versions[rig.tenant_id] = 1
    return rig


async def asked(
    rig: Rig, terms: OrderTerms = BUY, *, strategy: str | None = "ema"
) -> Accepted | DeniedOrders:
    """Ask for an order of a strategy."""
    command = SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=(OrderRequest(terms=terms),),
        strategy_id=strategy,
    )
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


async def executed(rig: Rig, terms: OrderTerms = BUY, *, strategy: str | None = "ema") -> None:
    """Have an order of a strategy taken in and filled."""
    outcome = await asked(rig, terms, strategy=strategy)
    assert isinstance(outcome, Accepted), outcome
    await filled(rig, outcome.orders[0])


def stops_of(rig: Rig) -> StrategyStops:
    """What enables strategies again."""
    return StrategyStops(changes=rig.changes, gatekeeper=rig.gatekeeper)


async def enabled(rig: Rig, *, strategy: str | None = "ema") -> StrategyStop:
    """Let a strategy open again."""
    stop = await stops_of(rig).enable(
        rule_id=RULE, strategy_id=strategy, reason="looked at", by=rig.asker
    )
    assert isinstance(stop, StrategyStop)
    return stop


async def ran_away() -> Rig:
    """A desk whose strategy was just stopped."""
    rig = desk()
    await executed(rig)
    await executed(rig)
    assert codes(await asked(rig)) == ["REPEAT_EXECUTION"]
    return rig


async def test_so_many_fills_of_one_side_stop_the_strategy_and_no_other() -> None:
    rig = await ran_away()
    await executed(rig, strategy="other")
    assert isinstance(await asked(rig, strategy=None), Accepted)
    (stop,) = await stops_of(rig).list(tenant_id=rig.tenant_id, rule_id=RULE)
    assert (stop.strategy, stop.executions, stop.is_off) == ("ema", 2, True)
    assert [one.action for one in rig.database.audit if one.action.startswith("strategy.")] == [
        "strategy.stopped"
    ]


async def test_fills_of_both_sides_are_counted_apart() -> None:
    rig = desk()
    await executed(rig)
    await executed(rig, SELL)
    assert isinstance(await asked(rig), Accepted)


async def test_time_and_a_restart_enable_nothing() -> None:
    rig = await ran_away()
    rig.clock.advance(30 * 86_400)
    assert codes(await asked(rig)) == ["REPEAT_EXECUTION"]
    assert codes(await asked(rig.twin(seed=7))) == ["REPEAT_EXECUTION"]


async def test_what_only_reduces_passes() -> None:
    rig = await ran_away()
    assert isinstance(await asked(rig, SELL), Accepted)


async def test_a_person_enables_it_and_it_counts_anew() -> None:
    rig = await ran_away()
    rig.clock.advance(1)
    stop = await enabled(rig)
    assert (stop.enabled_by, stop.reason, stop.is_off) == ("user:test", "looked at", False)
    rig.clock.advance(1)
    twin = rig.twin(seed=8)
    await executed(twin)
    await executed(twin)
    assert codes(await asked(twin)) == ["REPEAT_EXECUTION"]
    (again,) = await stops_of(rig).list(tenant_id=rig.tenant_id, rule_id=RULE)
    assert (again.is_off, again.version) == (True, 3)


async def test_a_burst_is_found_out_when_its_window_is_over_already() -> None:
    rig = desk()
    await executed(rig)
    await executed(rig)
    rig.clock.advance(1_800)
    assert codes(await asked(rig)) == ["REPEAT_EXECUTION"]


async def test_the_denial_is_replayed_as_it_was_decided() -> None:
    rig = await ran_away()
    outcome = await asked(rig)
    record = rig.database.decisions[outcome.orders[0].id][-1].record
    assert replay(record) == record
    assert isinstance(outcome, DeniedOrders)
    assert "until a person enables it" in outcome.reasons[0].message


async def test_only_a_person_enables_what_is_off() -> None:
    rig = await ran_away()
    program = Asker(tenant_id=rig.tenant_id, actor="key:momentum")
    stops = stops_of(rig)
    with pytest.raises(NotAPerson):
        await stops.enable(rule_id=RULE, strategy_id="ema", reason="mine", by=program)
    with pytest.raises(InvalidValue):
        await stops.enable(rule_id=RULE, strategy_id="ema", reason="", by=rig.asker)
    stranger = Asker(tenant_id=builders.new_id(), actor="user:other")
    with pytest.raises(RuleNotFound):
        await stops.enable(rule_id=RULE, strategy_id="ema", reason="theirs", by=stranger)
    with pytest.raises(NotStopped):
        await stops.enable(rule_id=RULE, strategy_id="other", reason="why not", by=rig.asker)
    assert codes(await asked(rig)) == ["REPEAT_EXECUTION"]
    await enabled(rig)
    with pytest.raises(NotStopped):
        await enabled(rig)


async def test_orders_that_name_no_strategy_are_one_strategy() -> None:
    rig = desk()
    await executed(rig, strategy=None)
    await executed(rig, strategy=None)
    assert codes(await asked(rig, strategy=None)) == ["REPEAT_EXECUTION"]
    assert isinstance(await asked(rig), Accepted)
    assert (await enabled(rig, strategy=None)).strategy == ""


async def test_a_rule_that_warns_stops_nothing_and_neither_does_a_preview() -> None:
    rig = desk(action=Action.WARN)
    await executed(rig)
    await executed(rig)
    assert isinstance(await asked(rig), Accepted)
    strict = desk()
    await executed(strict)
    await executed(strict)
    told = await strict.preview(
        SubmitOrder(
            asker=strict.asker,
            account_id=strict.account_id,
            orders=(OrderRequest(terms=BUY),),
            strategy_id="ema",
        )
    )
    assert [one.code for one in told.reasons] == ["REPEAT_EXECUTION"]
    for one in (rig, strict):
        assert not await stops_of(one).list(tenant_id=one.tenant_id, rule_id=RULE)


async def test_two_processes_that_find_it_at_once_stop_it_once() -> None:
    rig = desk()
    await executed(rig)
    await executed(rig)
    told = await asyncio.gather(*(asked(one) for one in (rig, rig.twin(seed=3)) for _ in "12"))
    assert [codes(one) for one in told] == [["REPEAT_EXECUTION"]] * 4
    assert len(await stops_of(rig).list(tenant_id=rig.tenant_id, rule_id=RULE)) == 1
