"""A cash account that came to owe money is told of once, opens nothing and may leave."""

from decimal import Decimal

from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from domain.accounts.account import AccountKind
from domain.orders.order import Order
from domain.orders.terms import OrderTerms, OrderType, Side
from ports.broker import ReportKind
from tests import builders
from tests.room import Room
from tests.scripted_broker import report_of, venue_fill


def _room(*, cash: int, kind: AccountKind = AccountKind.CASH) -> Room:
    account = builders.account(kind=kind, leverage=Decimal(1 if kind is AccountKind.CASH else 2))
    return Room(book=builders.book(account, cash={"USD": Decimal(cash)}))


async def _fill(room: Room, order: Order, *, price: str, trade: str = "t-1") -> None:
    await room.send(order)
    fill = venue_fill(int(order.terms.quantity), price=price, trade_id=trade)
    report = report_of(await room.now(order), ReportKind.FILL, fill=fill)
    await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )


async def _ask(room: Room, terms: OrderTerms) -> Accepted | DeniedOrders:
    outcome = await room.submit(
        SubmitOrder(
            asker=room.asker, account_id=room.account_id, orders=(OrderRequest(terms=terms),)
        ),
        idempotency=None,
    )
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


def _alerts(room: Room) -> list[dict[str, str]]:
    told = [one for one in room.database.notices if one.type == "risk.cash_below_zero"]
    assert all(one.channel == "risk" for one in told)
    return [dict(one.body) for one in told]


async def test_a_fill_beyond_what_was_set_aside_is_told_and_halts_what_opens() -> None:
    room = _room(cash=1_010)
    (order,) = await room.accepted(builders.terms(type=OrderType.MARKET))
    # A venue that keeps to no cap: ten for 103, where 1,010 were there.
    await _fill(room, order, price="103")
    assert (await room.stored()).settled_cash == -20
    assert _alerts(room) == [{"currency": "USD", "cash": "-20", "before": "1010"}]
    opening = await _ask(room, builders.terms(quantity=Decimal(1)))
    assert isinstance(opening, DeniedOrders)
    assert [reason.code for reason in opening.reasons] == ["CASH_BELOW_ZERO", "BUYING_POWER"]
    assert "owes 20" in opening.reasons[0].message
    leaving = await _ask(
        room, builders.terms(side=Side.SELL, quantity=Decimal(1), limit_price=Decimal(99))
    )
    assert isinstance(leaving, Accepted)
    await _fill(room, leaving.orders[0], price="100", trade="t-2")
    assert (await room.stored()).settled_cash == 80
    assert len(_alerts(room)) == 1
    again = await _ask(
        room, builders.terms(quantity=Decimal(1), limit_price=Decimal(50), symbol="MSFT")
    )
    assert isinstance(again, Accepted)


async def test_a_margin_account_may_owe() -> None:
    # Above the 2,000 that an account must be worth to borrow.
    room = _room(cash=5_050, kind=AccountKind.MARGIN)
    (order,) = await room.accepted(builders.terms(type=OrderType.MARKET, quantity=Decimal(50)))
    await _fill(room, order, price="103")
    assert _alerts(room) == []
    assert isinstance(await _ask(room, builders.terms(quantity=Decimal(1))), Accepted)
