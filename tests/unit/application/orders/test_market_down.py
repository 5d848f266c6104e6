"""While feed or venue is down nothing that opens is taken in or sent; who leaves may go."""

from dataclasses import replace
from decimal import Decimal

import pytest

from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from application.orders.decide_again import DOWN_WAITS
from domain.accounts.positions import Position
from domain.market.condition import WELL, MarketCondition
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.record import replay
from tests import builders
from tests.rig import Rig

_S = OrderState
DOWN = MarketCondition(down="market_feed: it failed: BrokerUnsure: no space left on device")


def _holding(rig: Rig, units: int) -> Rig:
    held = Position(symbol="AAPL", quantity=Decimal(units), cost=Decimal(100 * units))
    return Rig(book=replace(rig.book, positions={"AAPL": held}))


async def _asked(rig: Rig, terms: OrderTerms) -> Accepted | DeniedOrders:
    outcome = await rig.submit(
        SubmitOrder(
            asker=rig.asker, account_id=rig.account_id, orders=(OrderRequest(terms=terms),)
        ),
        idempotency=None,
    )
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


async def test_an_order_that_opens_is_denied_and_told_what_is_down() -> None:
    rig = Rig()
    rig.condition = DOWN
    outcome = await _asked(rig, builders.terms())
    assert isinstance(outcome, DeniedOrders)
    assert [reason.code for reason in outcome.reasons] == ["MARKET_DOWN"]
    assert "no space left" in outcome.reasons[0].message
    (order,) = outcome.orders
    decision = await rig.context.archive.decision(tenant_id=rig.tenant_id, order_id=order.id)
    assert decision is not None
    assert replay(decision.record) == decision.record
    rig.condition = WELL
    assert isinstance(await _asked(rig, builders.terms()), Accepted)


async def _taken(rig: Rig, terms: OrderTerms) -> Order:
    outcome = await _asked(rig, terms)
    assert isinstance(outcome, Accepted)
    return outcome.orders[0]


async def test_an_order_accepted_before_waits_and_is_sent_once_all_is_well() -> None:
    rig = Rig()
    order = await _taken(rig, builders.terms())
    rig.condition = DOWN
    await rig.run_dispatch.round()
    assert ((await rig.now(order)).state, rig.broker.count("submit")) == (_S.ACCEPTED, 0)
    rig.condition = WELL
    await rig.run_dispatch.round()
    assert (await rig.now(order)).state is _S.WORKING


async def test_an_order_accepted_long_before_is_cancelled() -> None:
    rig = Rig()
    order = await _taken(rig, builders.terms())
    rig.condition = DOWN
    rig.clock.advance(DOWN_WAITS.total_seconds() + 1)
    await rig.run_dispatch.round()
    now = await rig.now(order)
    assert (now.state, rig.broker.count("submit")) == (_S.CANCELED, 0)
    assert now.reason.startswith("not sent: nothing is opened while it is down: market_feed")


@pytest.mark.parametrize("type", [OrderType.MARKET, OrderType.LIMIT])
async def test_who_leaves_is_taken_in_and_sent(type: OrderType) -> None:
    rig = _holding(Rig(), 10)
    rig.condition = DOWN
    limit = Decimal(100) if type is OrderType.LIMIT else None
    leaves = await _taken(
        rig, builders.terms(side=Side.SELL, type=type, limit_price=limit, quantity=Decimal(10))
    )
    await rig.run_dispatch.round()
    assert (await rig.now(leaves)).state is _S.WORKING
