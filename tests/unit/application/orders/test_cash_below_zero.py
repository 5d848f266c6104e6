"""A cash account that came to owe money is told of once, opens nothing and may leave."""

from decimal import Decimal

from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from domain.accounts.account import AccountKind
from domain.orders.order import Order
from domain.orders.terms import OrderTerms, OrderType, Side
from ports.broker import ReportKind
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill


def _rig(*, cash: int, kind: AccountKind = AccountKind.CASH) -> Rig:
    account = builders.account(kind=kind, leverage=Decimal(1 if kind is AccountKind.CASH else 2))
    return Rig(book=builders.book(account, cash={"USD": Decimal(cash)}))


async def _fill(rig: Rig, order: Order, *, price: str, trade: str = "t-1") -> None:
    await rig.send(order)
    fill = venue_fill(int(order.terms.quantity), price=price, trade_id=trade)
    report = report_of(await rig.now(order), ReportKind.FILL, fill=fill)
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None)


async def _ask(rig: Rig, terms: OrderTerms) -> Accepted | DeniedOrders:
    outcome = await rig.submit(
        SubmitOrder(
            asker=rig.asker, account_id=rig.account_id, orders=(OrderRequest(terms=terms),)
        ),
        idempotency=None,
    )
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


def _alerts(rig: Rig) -> list[dict[str, str]]:
    told = [one for one in rig.database.notices if one.type == "risk.cash_below_zero"]
    assert all(one.channel == "risk" for one in told)
    return [dict(one.body) for one in told]


async def test_a_fill_beyond_what_was_set_aside_is_told_and_halts_what_opens() -> None:
    rig = _rig(cash=1_010)
    (order,) = await rig.accepted(builders.terms(type=OrderType.MARKET))
    # A venue that keeps to no cap: ten for 103, where 1,010 were there.
    await _fill(rig, order, price="103")
    assert (await rig.stored()).settled_cash == -20
    assert _alerts(rig) == [{"currency": "USD", "cash": "-20", "before": "1010"}]
    opening = await _ask(rig, builders.terms(quantity=Decimal(1)))
    assert isinstance(opening, DeniedOrders)
    assert [reason.code for reason in opening.reasons] == ["CASH_BELOW_ZERO", "BUYING_POWER"]
    assert "owes 20" in opening.reasons[0].message
    leaving = await _ask(
        rig, builders.terms(side=Side.SELL, quantity=Decimal(1), limit_price=Decimal(99))
    )
    assert isinstance(leaving, Accepted)
    await _fill(rig, leaving.orders[0], price="100", trade="t-2")
    assert (await rig.stored()).settled_cash == 80
    assert len(_alerts(rig)) == 1
    again = await _ask(
        rig, builders.terms(quantity=Decimal(1), limit_price=Decimal(50), symbol="MSFT")
    )
    assert isinstance(again, Accepted)


async def test_a_margin_account_may_owe() -> None:
    # Above the 2,000 that an account must be worth to borrow.
    rig = _rig(cash=5_050, kind=AccountKind.MARGIN)
    (order,) = await rig.accepted(builders.terms(type=OrderType.MARKET, quantity=Decimal(50)))
    await _fill(rig, order, price="103")
    assert _alerts(rig) == []
    assert isinstance(await _ask(rig, builders.terms(quantity=Decimal(1))), Accepted)
