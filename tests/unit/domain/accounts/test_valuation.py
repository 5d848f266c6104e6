"""A book is worth what its parts are worth at the market, or it is not valued at all."""

from decimal import Decimal
from typing import Any

from domain.accounts.positions import Position
from domain.accounts.valuation import MissingPrice, Valuation, value_book
from domain.orders.states import OrderState
from domain.shared.values import ZERO
from tests import builders

PRICES = {"AAPL": Decimal(110), "MSFT": Decimal(50)}


def _held(symbol: str, quantity: int, cost: int, **given: Any) -> Position:
    return Position(symbol=symbol, quantity=Decimal(quantity), cost=Decimal(cost), **given)


def test_longs_and_shorts_are_valued_at_the_market() -> None:
    book = builders.book(
        positions={
            "AAPL": _held("AAPL", 10, 1000, realised_pnl=Decimal(5), commissions=Decimal(2)),
            "MSFT": _held("MSFT", -20, -1100),
        }
    )
    assert value_book(book, price_of=PRICES.get) == Valuation(
        cash=Decimal(100_000),
        equity=Decimal(100_100),
        gross_exposure=Decimal(2_100),
        net_exposure=Decimal(100),
        realised_pnl=Decimal(5),
        unrealised_pnl=Decimal(200),
        commissions=Decimal(2),
        resting_exposure=ZERO,
    )


def test_a_held_symbol_without_a_price_leaves_the_book_without_a_value() -> None:
    book = builders.book(positions={"IBM": _held("IBM", 1, 1)})
    assert value_book(book, price_of=PRICES.get) == MissingPrice("IBM")


def test_a_flat_symbol_needs_no_price() -> None:
    flat = Position(symbol="IBM", realised_pnl=Decimal(-7))
    valued = value_book(builders.book(positions={"IBM": flat}), price_of=PRICES.get)
    assert isinstance(valued, Valuation)
    assert (valued.realised_pnl, valued.equity) == builders.decimals(-7, 100_000)


def test_cash_of_other_currencies_is_not_counted_as_our_own() -> None:
    book = builders.book(cash={"EUR": Decimal(5), "USD": Decimal(3)})
    valued = value_book(book, price_of=PRICES.get)
    assert isinstance(valued, Valuation)
    assert (valued.cash, valued.equity) == builders.decimals(3, 3)
    assert isinstance(valued.resting_exposure, Decimal)


def test_what_orders_may_still_fill_counts_as_exposure_at_its_reserved_price() -> None:
    orders = [
        builders.order(state=OrderState.WORKING, reserved_price=Decimal(100)),
        builders.order(
            state=OrderState.PARTIALLY_FILLED,
            reserved_price=Decimal(100),
            filled_quantity=Decimal(4),
        ),
        builders.order(state=OrderState.UNKNOWN, reserved_price=Decimal(-3)),
        builders.order(state=OrderState.ACCEPTED, reserved_price=None),
    ]
    book = builders.book(orders={one.id: one for one in orders})
    valued = value_book(book, price_of=PRICES.get)
    assert isinstance(valued, Valuation)
    assert valued.resting_exposure == 1000 + 600 + 30


def test_a_resting_order_counts_with_the_multiplier_of_what_is_held() -> None:
    order = builders.order(state=OrderState.WORKING, reserved_price=Decimal(150))
    held = _held("AAPL", 1, 1_000, multiplier=Decimal(10))
    book = builders.book(orders={order.id: order}, positions={"AAPL": held})
    valued = value_book(book, price_of=PRICES.get)
    assert isinstance(valued, Valuation)
    assert (valued.resting_exposure, valued.gross_exposure) == builders.decimals(15_000, 1_100)
