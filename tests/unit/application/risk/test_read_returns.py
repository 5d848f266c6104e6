"""Returns from kept closes: what the bars say, and another thing as soon as they do."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory.market import MemoryMarket
from application.risk.read_returns import HISTORY_DAYS, ReadReturns
from domain.market.prices import Bar, Split, SplitEffective
from domain.risk.portfolio import daily_returns
from tests.unit.domain.risk.test_portfolio import START, bars

CLOSES = st.lists(st.integers(-2, 400).map(float), min_size=1, max_size=40)


def market_of(*series: list[Bar]) -> MemoryMarket:
    """Return a market that knows the bars."""
    market = MemoryMarket(at=START - timedelta(days=1))
    for bar in sorted((bar for one in series for bar in one), key=lambda bar: bar.closed_at):
        market.record(bar)
    return market


@given(first=CLOSES, second=CLOSES, late=st.integers(0, 5))
def test_they_are_what_the_bars_say(first: list[float], second: list[float], late: int) -> None:
    given = {"AAPL": bars("AAPL", first), "XOM": bars("XOM", second, first=late)}
    read = ReadReturns(market=market_of(*given.values()))
    for symbols in (["AAPL"], ["XOM", "AAPL"], ["XOM", "AAPL"], []):
        found = read(symbols)
        expected = daily_returns({symbol: given[symbol] for symbol in symbols})
        if expected is None:
            assert found is None
            continue
        assert found is not None
        assert (found.symbols, found.days) == (expected.symbols, expected.days)
        np.testing.assert_array_equal(found.values, expected.values)


def test_a_new_bar_and_a_split_are_seen() -> None:
    made = bars("AAPL", [100.0 + number for number in range(40)])
    market = market_of(made[:-1])
    read = ReadReturns(market=market)
    before = read(["AAPL"])
    market.record(made[-1])
    after = read(["AAPL"])
    assert before is not None
    assert after is not None
    assert len(after.days) == len(before.days) + 1
    split = Split(symbol="AAPL", ex_date=START.date(), numerator=Decimal(2), denominator=Decimal(1))
    market.record(SplitEffective(split=split, at=made[-1].closed_at + timedelta(hours=1)))
    restated = read(["AAPL"])
    assert restated is not None
    bars_now = market.bars("AAPL", count=HISTORY_DAYS)
    expected = daily_returns({"AAPL": bars_now})
    assert expected is not None
    np.testing.assert_array_equal(restated.values, expected.values)


class CountingMarket(MemoryMarket):
    """A market that counts how often a whole history is read."""

    def __init__(self) -> None:
        super().__init__(at=START - timedelta(days=1))
        self.read: list[str] = []

    def bars(self, symbol: str, *, count: int) -> Sequence[Bar]:
        """Return the latest bars."""
        if count > 1:
            self.read.append(symbol)
        return super().bars(symbol, count=count)


def test_a_history_is_read_once_until_a_bar_follows() -> None:
    made = bars("AAPL", [100.0 + number for number in range(40)])
    market = CountingMarket()
    for bar in made[:-1]:
        market.record(bar)
    read = ReadReturns(market=market)
    for _ in range(3):
        assert read(["AAPL"]) is not None
    assert market.read == ["AAPL"]
    market.record(made[-1])
    read(["AAPL"])
    assert market.read == ["AAPL", "AAPL"]


def test_a_symbol_without_any_bar_has_no_returns() -> None:
    assert ReadReturns(market=market_of(bars("AAPL", [1.0] * 30)))(["AAPL", "IBM"]) is None
