"""What is stored and sent of accounts keeps its words: rows and readers know them."""

from decimal import Decimal
from enum import StrEnum

import pytest

from domain.accounts.account import AccountKind
from domain.accounts.book import Channel
from domain.accounts.describe import describe_fill, describe_order, describe_position
from domain.accounts.ledger import EntryKind, LedgerAccount, Posting
from domain.accounts.positions import Position
from domain.orders.order import Origin
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, Side, TimeInForce
from domain.shared.values import InvalidValue
from tests import builders


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (AccountKind, {"cash", "margin"}),
        (Channel, {"orders", "fills", "positions", "risk"}),
        (LedgerAccount, {"holding", "trading", "commission", "funding", "corporate_action"}),
        (EntryKind, {"fill", "deposit", "withdrawal", "split", "cash_in_lieu", "dividend"}),
    ],
)
def test_every_word_is_the_name_in_small_letters(words: type[StrEnum], known: set[str]) -> None:
    assert {one.value for one in words} == known
    assert all(one.value == one.name.lower() for one in words)


def test_a_plain_order_is_told_without_what_it_lacks() -> None:
    order = builders.order(client_order_id="c-1", terms=builders.terms(type=OrderType.MARKET))
    assert describe_order(order) == {
        "order_id": str(order.id),
        "account_id": str(order.account_id),
        "client_order_id": "c-1",
        "symbol": "AAPL",
        "side": "buy",
        "type": "market",
        "quantity": "10",
        "time_in_force": "day",
        "state": "initialized",
        "filled_quantity": "0",
        "origin": "client",
    }


def test_a_whole_order_is_told_with_all_it_has() -> None:
    order = builders.order(
        client_order_id="c-2",
        terms=builders.terms(
            side=Side.SELL,
            type=OrderType.STOP_LIMIT,
            quantity=Decimal("10.50"),
            limit_price=Decimal("99.10"),
            stop_price=Decimal("99.90"),
            time_in_force=TimeInForce.GTC,
        ),
        state=OrderState.PARTIALLY_FILLED,
        origin=Origin.EXTERNAL,
        filled_quantity=Decimal(3),
        filled_notional=Decimal(298),
        strategy_id="ema",
        venue_order_id="v-7",
        reason="because",
    )
    assert describe_order(order) == {
        "order_id": str(order.id),
        "account_id": str(order.account_id),
        "client_order_id": "c-2",
        "symbol": "AAPL",
        "side": "sell",
        "type": "stop_limit",
        "quantity": "10.5",
        "time_in_force": "gtc",
        "state": "partially_filled",
        "filled_quantity": "3",
        "origin": "external",
        "limit_price": "99.1",
        "stop_price": "99.9",
        # 298 / 3, to ten places.
        "average_price": "99.3333333333",
        "strategy_id": "ema",
        "venue_order_id": "v-7",
        "reason": "because",
    }


def test_a_fill_is_told_whole() -> None:
    order = builders.order(terms=builders.terms(side=Side.SELL))
    done = builders.execution(
        order, quantity="2.50", price="99.10", trade_id="t-3", commission=Decimal("-0.20")
    )
    assert describe_fill(done) == {
        "fill_id": str(done.id),
        "trade_id": "t-3",
        "order_id": str(order.id),
        "symbol": "AAPL",
        "side": "sell",
        "quantity": "2.5",
        "price": "99.1",
        "commission": "-0.2",
        "currency": "USD",
    }


def test_a_position_is_told_with_its_average_while_there_is_one() -> None:
    flat = Position(symbol="AAPL", realised_pnl=Decimal("1.50"), commissions=Decimal("0.20"))
    said = {
        "symbol": "AAPL",
        "quantity": "0",
        "cost": "0",
        "realised_pnl": "1.5",
        "commissions": "0.2",
    }
    assert describe_position(flat) == said
    held = Position(symbol="AAPL", quantity=Decimal(-3), cost=Decimal(-298))
    assert describe_position(held) == {
        "symbol": "AAPL",
        "quantity": "-3",
        "cost": "-298",
        "realised_pnl": "0",
        "commissions": "0",
        "average_cost": "99.3333333333",
    }


@pytest.mark.parametrize(
    ("kind", "leverage", "problem"),
    [
        (AccountKind.MARGIN, "0.99", "must be between 1 and 10"),
        (AccountKind.MARGIN, "10.01", "must be between 1 and 10"),
        (AccountKind.MARGIN, "NaN", "must be a finite number, not NaN"),
        (AccountKind.CASH, "2", "a cash account has leverage 1"),
    ],
)
def test_an_account_has_a_leverage_that_its_kind_allows(
    kind: AccountKind, leverage: str, problem: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        builders.account(kind=kind, leverage=Decimal(leverage))
    assert (refused.value.field, refused.value.problem) == ("leverage", problem)


@pytest.mark.parametrize(
    ("kind", "leverage"), [("cash", "1"), ("margin", "1"), ("margin", "1.5"), ("margin", "10")]
)
def test_the_leverages_at_the_bounds_are_taken(kind: str, leverage: str) -> None:
    made = builders.account(kind=AccountKind(kind), leverage=Decimal(leverage))
    assert made.leverage == Decimal(leverage)


def test_an_amount_that_cannot_be_stored_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue) as refused:
        Posting(ledger=LedgerAccount.HOLDING, asset="cash:USD", amount=Decimal("1E-19"))
    assert refused.value.field == "amount"
