"""What a strategy's fills brought adds up, in any order of trades and over splits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.market.prices import Split, SplitEffective, SplitHistory
from domain.orders.order import Fill
from domain.orders.terms import Side
from domain.strategies.performance import (
    DEFINITIONS,
    FigureAbsent,
    FigureName,
    Performance,
    performance_of,
)
from tests import builders

NO_SPLITS = SplitHistory(since=builders.MARKET_AT, splits=())
PRICES = {"AAPL": Decimal(12), "IBM": Decimal(50)}


def trade(quantity: int | str, price: int | str, *, symbol: str = "AAPL", day: int = 0) -> Fill:
    """A fill of so many units, sold where negative, at a commission of 1."""
    signed, at = Decimal(quantity), timedelta(days=day)
    fill = builders.execution(builders.order(), quantity=abs(signed), price=price)
    return replace(
        fill,
        symbol=symbol,
        side=Side.BUY if signed > 0 else Side.SELL,
        commission=Decimal(1),
        at=builders.AT + at,
        market_at=builders.MARKET_AT + at,
    )


def told(
    fills: Sequence[Fill],
    *,
    splits: SplitHistory = NO_SPLITS,
    prices: Mapping[str, Decimal] = PRICES,
) -> Performance:
    """Return the figures at usual prices, or at others."""
    return performance_of(
        fills,
        multipliers={},
        splits=lambda symbol: splits if symbol == "AAPL" else NO_SPLITS,
        price=prices.get,
    )


def figures(found: Performance) -> dict[str, Decimal]:
    """Return those that are there."""
    return {
        name.value: one for name, one in found.figures.items() if not isinstance(one, FigureAbsent)
    }


def test_two_trips_and_a_position_add_up_as_by_hand() -> None:
    found = told(
        [
            # Won 10 x 2 - 2 commissions = 18.
            trade(10, 10),
            trade(-10, 12, day=1),
            # Lost 5 x 4 + 2 = 22.
            trade(5, 60, symbol="IBM", day=2),
            trade(-5, 56, symbol="IBM", day=3),
            # 4 held at 11, now 12.
            trade(4, 11, day=4),
        ]
    )
    assert figures(found) == {
        "realised_pnl": 0,
        "unrealised_pnl": 4,
        "commissions": 5,
        "net_pnl": -1,
        "win_rate": Decimal("0.5"),
        # From 18 after the first trip to 18 - 22 - 1 behind the last fill.
        "drawdown": 23,
        "turnover": 100 + 120 + 300 + 280 + 44,
    }
    assert (found.fills, found.round_trips, found.open_symbols) == (5, 2, ("AAPL",))
    assert (found.orders_filled, found.currency) == (5, "USD")
    assert set(DEFINITIONS) == set(FigureName)


TRADES = st.lists(
    st.tuples(
        st.integers(-50, 50).filter(bool),
        st.decimals("1", "100", places=2),
        st.sampled_from(("AAPL", "IBM")),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=300, deadline=None)
@given(trades=TRADES)
def test_the_net_is_what_was_paid_and_what_is_held(
    trades: list[tuple[int, Decimal, str]],
) -> None:
    fills = [
        trade(units, str(price), symbol=symbol, day=day)
        for day, (units, price, symbol) in enumerate(trades)
    ]
    found = figures(told(fills))
    cash = -sum(units * price for units, price, _ in trades)
    held = sum(units * PRICES[symbol] for units, _, symbol in trades)
    # Costs leave a position in shares that are rounded to 10 places.
    assert found["net_pnl"] == pytest.approx(cash + held - len(trades), abs=Decimal("1e-8"))
    assert found["turnover"] == sum(abs(units) * price for units, price, _ in trades)
    assert found["drawdown"] >= 0


def test_units_before_a_split_are_restated() -> None:
    split = Split(
        symbol="AAPL", ex_date=date(2013, 3, 3), numerator=Decimal(3), denominator=Decimal(2)
    )
    history = SplitHistory(
        since=builders.MARKET_AT,
        splits=(SplitEffective(split=split, at=builders.MARKET_AT + timedelta(days=2)),),
    )
    found = figures(told([trade(10, 18), trade(-15, 13, day=3)], splits=history))
    assert found["realised_pnl"] == 15
    assert (found["unrealised_pnl"], found["win_rate"]) == builders.decimals(0, 1)


def test_what_cannot_be_told_is_absent_with_its_reason() -> None:
    euros = replace(trade(1, 10), currency="EUR")
    cases: list[tuple[list[Fill], Mapping[str, Decimal], FigureName, str]] = [
        ([], PRICES, FigureName.NET_PNL, "no order of it has been filled"),
        ([trade(1, 10)], {}, FigureName.NET_PNL, "no price of AAPL"),
        ([trade(1, 10)], PRICES, FigureName.WIN_RATE, "no position was closed so far"),
        ([euros, trade(1, 10)], PRICES, FigureName.TURNOVER, "fills in EUR and USD are not added"),
        ([trade(1, 10, day=-1)], PRICES, FigureName.REALISED_PNL, "which splits of AAPL came"),
    ]
    for fills, prices, name, reason in cases:
        absent = told(fills, prices=prices).figures[name]
        assert isinstance(absent, FigureAbsent)
        assert reason in absent.reason
