"""Plans wait for a person, then send reduce-only orders, each once, until the target is there."""

from datetime import timedelta
from decimal import Decimal

import pytest

from application.accounts.book_store import AccountNotFound
from application.kill_switch.commands import ActivateKill
from application.margin.approve_plan import PlanNotApprovable, PlanNotFound
from application.margin.plan_deleverage import NoPlan
from application.shared.asker import Asker
from domain.margin.assessment import Assessment
from domain.margin.deleverage_plan import DeleveragePlan, PlanState
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.shared.values import InvalidValue
from tests import builders
from tests.rig import Rig
from tests.unit.application.margin.context import MarginRig, book_of

D = Decimal


def _rig(cash: int = -60_000, **held: tuple[int, int]) -> MarginRig:
    return MarginRig(rig=Rig(book=book_of(cash, held or {"AAPL": (1_000, 100)})))


async def _proposed(rig: MarginRig, target: str, by: Asker) -> DeleveragePlan:
    made = await rig.planning(rig.rig.account_id, target=D(target), by=by)
    assert isinstance(made, DeleveragePlan)
    return made


async def _approved(rig: MarginRig, target: str) -> DeleveragePlan:
    by = await rig.owner()
    plan = await _proposed(rig, target, by)
    done = await rig.approving(plan.id, account_id=rig.rig.account_id, by=by)
    assert isinstance(done, DeleveragePlan)
    return done


async def _buffer(rig: MarginRig) -> Decimal:
    reading = await rig.reading(tenant_id=rig.rig.tenant_id, account_id=rig.rig.account_id)
    assert isinstance(reading.assessment, Assessment)
    assert reading.assessment.buffer is not None
    return reading.assessment.buffer


async def test_a_proposal_sends_nothing_and_says_what_it_costs() -> None:
    rig = _rig()
    plan = await _proposed(rig, "0.5", await rig.owner())
    assert plan.state is PlanState.PROPOSED
    assert (plan.buffer_before, plan.taxes, plan.least) == (D("0.375"), "zero_cost", True)
    assert plan.buffer_after is not None
    assert plan.buffer_after >= D("0.5")
    (step,) = plan.steps
    # A quarter of each 100 is freed; what cannot be told of the price's moves counts 5 %.
    assert (step.symbol, step.quantity) == ("AAPL", "-223")
    await rig.carry_out.round()
    assert await rig.orders() == []


async def test_an_approved_plan_is_carried_out_anew_after_each_fill_until_it_is_there() -> None:
    rig = _rig(-70_000, AAPL=(1_000, 100), MSFT=(200, 150))
    await _approved(rig, "0.5")
    for _ in range(20):
        await rig.carry_out.round()
        assert rig.failures == []
        working = [one for one in await rig.orders() if not one.is_closed]
        if not working:
            break
        (order,) = working
        assert order.terms.reduce_only
        # No more is asked while one is in hand.
        await rig.carry_out.round()
        assert len([one for one in await rig.orders() if not one.is_closed]) == 1
        size = int(order.terms.quantity)
        await rig.fill(order, units=max(size // 2, 1))
    (plan,) = await rig.plans()
    assert plan.state is PlanState.REACHED
    assert await _buffer(rig) >= D("0.5")
    orders = await rig.orders()
    # Losers first: MSFT was bought at 150.
    assert orders[0].symbol == "MSFT"
    assert len({one.client_order_id for one in orders}) == len(orders) == plan.step
    assert ("deleverage_reached", "reached") in rig.told()


async def test_a_short_position_is_bought_back() -> None:
    rig = _rig(160_000, AAPL=(-1_000, 100))
    await _approved(rig, "0.6")
    await rig.carry_out.round()
    (order,) = await rig.orders()
    assert order.side is Side.BUY
    await rig.fill(order)
    await rig.carry_out.round()
    assert (await rig.plans())[0].state is PlanState.REACHED


@pytest.mark.parametrize("cut", ["before the order", "after the order", "beside another"])
async def test_however_it_is_cut_short_each_order_is_taken_in_once(cut: str) -> None:
    rig = _rig()
    plan = await _approved(rig, "0.5")
    if cut == "before the order":
        # The number is stored, and then the process is gone.
        async with rig.context.changes.works.begin(rig.rig.tenant_id) as work:
            numbered = await rig.carry_out._numbered(work, plan)
        assert numbered is not None
        assert numbered.step == 1
    elif cut == "after the order":
        await rig.carry_out.round()
    twin = MarginRig(rig=rig.rig.twin(seed=2))
    await twin.carry_out.round()
    if cut == "beside another":
        await rig.carry_out.advance(plan)
    await twin.carry_out.round()
    (order,) = await rig.orders()
    assert order.client_order_id == f"deleverage-{plan.id.hex}-1"
    assert [*twin.failures, *rig.failures] == []


async def test_a_plan_that_the_gate_stops_says_so() -> None:
    rig = _rig()
    await _approved(rig, "0.5")
    await rig.rig.activate(
        ActivateKill(tenant_id=rig.rig.tenant_id, account_id=None, reason="drill", actor="user:x")
    )
    await rig.carry_out.round()
    (plan,) = await rig.plans()
    assert plan.state is PlanState.STOPPED
    assert "kill switch" in plan.problem
    assert ("deleverage_stopped", "stopped") in rig.told()
    await rig.carry_out.round()
    assert len(await rig.orders()) == 1


async def test_a_plan_whose_order_was_canceled_stops() -> None:
    rig = _rig()
    plan = await _approved(rig, "0.5")
    await rig.carry_out.round()
    (order,) = await rig.orders()
    await rig.rig.cancel.one(order_id=order.id, asker=rig.rig.asker)
    assert (await rig.rig.now(order)).state is OrderState.CANCELED
    await rig.carry_out.round()
    (plan,) = await rig.plans()
    assert plan.state is PlanState.STOPPED
    assert "canceled" in plan.problem


async def test_an_account_that_recovered_sells_nothing() -> None:
    rig = _rig()
    await _approved(rig, "0.5")
    rig.price("AAPL", "200")
    await rig.carry_out.round()
    assert (await rig.plans())[0].state is PlanState.REACHED
    assert await rig.orders() == []


async def test_who_has_lost_everything_is_told_why_there_is_no_plan() -> None:
    rig = _rig()
    by = await rig.owner()
    rig.price("AAPL", "50")
    made = await rig.planning(rig.rig.account_id, target=D("0.1"), by=by)
    assert isinstance(made, NoPlan)
    assert "equity is -10000" in made.reason
    rig.price("AAPL", "500")
    met = await rig.planning(rig.rig.account_id, target=D("0.1"), by=by)
    assert isinstance(met, NoPlan)
    assert "target or above" in met.reason
    assert await rig.plans() == []


async def test_only_one_plan_of_an_account_is_carried_out_and_none_that_is_old() -> None:
    rig = _rig()
    by = await rig.owner()
    first, second = [await _proposed(rig, "0.5", by) for _ in range(2)]
    account_id = rig.rig.account_id
    with pytest.raises(PlanNotApprovable, match="void"):
        await rig.approving(first.id, account_id=account_id, by=by)
    await rig.approving(second.id, account_id=account_id, by=by)
    with pytest.raises(PlanNotApprovable, match="approved already"):
        await rig.approving(second.id, account_id=account_id, by=by)
    third = await _proposed(rig, "0.5", by)
    with pytest.raises(PlanNotApprovable, match="being carried out"):
        await rig.approving(third.id, account_id=account_id, by=by)
    other = _rig()
    old = await _proposed(other, "0.5", await other.owner())
    other.rig.clock.advance(timedelta(hours=24).total_seconds())
    with pytest.raises(PlanNotApprovable, match="too long ago"):
        await other.approving(old.id, account_id=other.rig.account_id, by=other.rig.asker)


async def test_another_tenant_or_account_has_no_such_plan() -> None:
    rig = _rig()
    plan = await _proposed(rig, "0.5", await rig.owner())
    stranger = Asker(tenant_id=builders.new_id(), actor="user:stranger")
    with pytest.raises(PlanNotFound):
        await rig.approving(plan.id, account_id=rig.rig.account_id, by=stranger)
    with pytest.raises(PlanNotFound):
        await rig.approving(plan.id, account_id=builders.new_id(), by=rig.rig.asker)
    with pytest.raises(AccountNotFound):
        await rig.planning(rig.rig.account_id, target=D("0.5"), by=stranger)


async def test_a_target_that_is_none_is_refused() -> None:
    rig = _rig()
    with pytest.raises(InvalidValue, match="target_buffer"):
        await rig.planning(rig.rig.account_id, target=D(1), by=rig.rig.asker)
