"""What is taken while the market is closed is decided on at the opening's price, and capped."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from application.orders.decide_again import DecideAgain
from application.orders.dispatch import Dispatch, SendOutcome
from domain.accounts.account import AccountKind
from domain.accounts.book import TradingDay
from domain.accounts.positions import Position
from domain.market.prices import Quote, SessionOpened
from domain.market.sessions import OpenHours
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, Side, TimeInForce
from domain.risk.collar import Collars
from domain.risk.rule import Action, Rule, RuleType
from ports.orders import OpenWork
from tests import builders
from tests.builders import MARKET_AT
from tests.rig import CALENDAR, Rig

_S = OrderState
OPENS = MARKET_AT + timedelta(days=1)
# Closed at MARKET_AT, and open a day later.
HOURS = (
    OpenHours(
        date=date(2013, 2, 28),
        opens_at=MARKET_AT - timedelta(days=1),
        closes_at=MARKET_AT - timedelta(hours=1),
    ),
    OpenHours(date=date(2013, 3, 4), opens_at=OPENS, closes_at=OPENS + timedelta(hours=6)),
)
COLLARS = Collars(market_percent=Decimal(10), opening_percent=Decimal(20))


def _rig(
    cash: int = 1_000_000, *, held: int = 0, hours: Any = HOURS, day: date = HOURS[1].date
) -> Rig:
    account = builders.account(kind=AccountKind.CASH, leverage=Decimal(1))
    today = TradingDay(date=day, opening_equity=Decimal(cash))
    book = builders.book(account, cash={"USD": Decimal(cash)}, day=today)
    if held:
        position = Position(symbol="AAPL", quantity=Decimal(held), cost=Decimal(100 * held))
        book = replace(book, positions={"AAPL": position})
    return Rig(book=book, hours=hours, collars=COLLARS)


def _at_market(**given: Any) -> Any:
    return builders.terms(type=OrderType.MARKET, time_in_force=TimeInForce.GTC, **given)


def _open(rig: Rig, price: int | None) -> None:
    rig.market.record(SessionOpened(calendar=CALENDAR, date=HOURS[1].date, at=OPENS))
    if price is not None:
        last = Decimal(price)
        rig.market.record(Quote(symbol="AAPL", bid=last, ask=last, last=last, at=OPENS))


async def _round(rig: Rig, order: Order) -> Order:
    await rig.run_dispatch.round()
    assert rig.failures == []
    return await rig.now(order)


async def test_a_market_buy_waits_for_the_price_that_it_is_then_decided_on() -> None:
    rig = _rig(cash=1_300)
    (order,) = await rig.accepted(_at_market())
    # Ten at 100.01 and a fifth: what was set aside.
    assert order.reserved_price == Decimal("120.01")
    assert (await _round(rig, order)).state is _S.ACCEPTED
    _open(rig, None)
    # The session is open, its first price is not there yet.
    assert (await _round(rig, order)).state is _S.ACCEPTED
    _open(rig, 110)
    now = await _round(rig, order)
    assert (now.state, now.reserved_price) == (_S.WORKING, Decimal(121))
    assert rig.broker.caps == {order.client_order_id: Decimal(121)}


async def test_one_that_gaps_beyond_the_cash_is_not_sent() -> None:
    rig = _rig(cash=1_300)
    (order,) = await rig.accepted(_at_market())
    _open(rig, 125)
    now = await _round(rig, order)
    assert (now.state, rig.broker.count("submit")) == (_S.CANCELED, 0)
    assert now.reason.startswith("not sent: cash with this order would be 1375 of 1300")


async def test_one_that_gaps_beyond_the_value_of_an_order_is_not_sent() -> None:
    rig = _rig()
    fields: dict[str, Any] = {"created_at": builders.AT, "updated_at": builders.AT}
    rule = Rule(
        id=builders.new_id(),
        tenant_id=rig.tenant_id,
        name="Size",
        rule_type=RuleType.MAX_ORDER_VALUE,
        threshold=Decimal(1_250),
        action=Action.BLOCK,
        **fields,
    )
    rig.database.rules[rule.id] = rule
    (order,) = await rig.accepted(_at_market())
    _open(rig, 120)
    now = await _round(rig, order)
    assert (now.state, rig.broker.count("submit")) == (_S.CANCELED, 0)
    assert "Size: 1320 of 1250" in now.reason


async def test_it_waits_for_its_accounts_day_to_be_opened_as_well() -> None:
    rig = _rig(day=HOURS[0].date)
    (order,) = await rig.accepted(_at_market())
    _open(rig, 100)
    assert (await _round(rig, order)).state is _S.ACCEPTED
    book = rig.database.books[rig.account_id]
    day = TradingDay(date=HOURS[1].date, opening_equity=Decimal(1_000_000))
    rig.database.books[rig.account_id] = replace(book, version=book.version + 1, day=day)
    assert (await _round(rig, order)).state is _S.WORKING


async def test_who_leaves_is_sent_to_wait_at_the_venue() -> None:
    rig = _rig(held=10)
    (order,) = await rig.accepted(_at_market(side=Side.SELL))
    now = await _round(rig, order)
    assert now.state is _S.WORKING
    assert rig.broker.caps == {order.client_order_id: None}


async def test_an_order_for_the_opening_auction_is_sent_before_it_and_capped() -> None:
    rig = _rig()
    (order,) = await rig.accepted(
        builders.terms(type=OrderType.MARKET, time_in_force=TimeInForce.OPG)
    )
    assert (await _round(rig, order)).state is _S.WORKING
    assert rig.broker.caps == {order.client_order_id: Decimal("120.01")}


async def test_a_limit_is_its_own_cap_and_rests_at_the_venue() -> None:
    rig = _rig()
    (order,) = await rig.accepted(builders.terms(time_in_force=TimeInForce.GTC))
    assert (await _round(rig, order)).state is _S.WORKING
    assert rig.broker.caps == {order.client_order_id: None}


async def test_a_market_buy_of_an_open_market_goes_out_at_once_and_capped() -> None:
    rig = _rig(hours=())
    (order,) = await rig.accepted(builders.terms(type=OrderType.MARKET))
    assert (await _round(rig, order)).state is _S.WORKING
    assert rig.broker.caps == {order.client_order_id: Decimal("110.01")}


async def test_a_venue_that_holds_to_no_cap_is_sent_none() -> None:
    rig = _rig(hours=())
    rig.broker.traits = replace(rig.broker.traits, protective_limits=False)
    (order,) = await rig.accepted(builders.terms(type=OrderType.MARKET))
    assert (await _round(rig, order)).state is _S.WORKING
    assert rig.broker.caps == {order.client_order_id: None}


async def test_what_is_held_is_not_read_again_until_there_is_a_price() -> None:
    rig = _rig()
    (order,) = await rig.accepted(_at_market())
    again = DecideAgain(context=rig.context, gatekeeper=rig.gatekeeper)
    dispatch = Dispatch(context=rig.context, again=again, barrier=rig.barrier, lease=rig.lease)
    work = OpenWork(
        tenant_id=rig.tenant_id,
        account_id=rig.account_id,
        order_id=order.id,
        state=order.state,
        broker="paper",
    )
    assert await dispatch(work) is SendOutcome.NOTHING
    assert again.is_held(order.id)
    woken = rig.woken
    _open(rig, None)
    await again.on_market(SessionOpened(calendar=CALENDAR, date=HOURS[1].date, at=OPENS))
    assert again.is_held(order.id)
    _open(rig, 100)
    quote = rig.market.quote("AAPL")
    assert quote is not None
    await again.on_market(quote)
    assert (again.is_held(order.id), rig.woken) == (False, woken + 1)
    assert await dispatch(work) is SendOutcome.SENT
