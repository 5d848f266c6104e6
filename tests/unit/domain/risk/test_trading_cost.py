"""What trading costs: half the spread, and an impact that grows with the square root."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.market.prices import Quote
from domain.risk.trading_cost import TradingCost, days_to_exit, half_spread, impact

D = Decimal
AT = datetime(2026, 3, 2, tzinfo=UTC)


def test_half_the_spread_is_a_share_of_the_middle() -> None:
    quote = Quote(symbol="AAPL", bid=D(99), ask=D(101), last=D(100), at=AT)
    assert half_spread(quote) == D("0.01")
    none = Quote(symbol="OIL", bid=D(-2), ask=D(1), last=D(1), at=AT)
    assert half_spread(none) is None


def test_impact_is_volatility_times_the_root_of_the_share_of_volume() -> None:
    def of(quantity: int) -> Decimal | None:
        return impact(D(quantity), average_daily_volume=D(1_000_000), volatility=D("0.02"))

    # 1 % of the volume at 2 % a day: a fifth of a percent.
    assert of(10_000) == D("0.002")
    assert of(-40_000) == D("0.004")


@pytest.mark.parametrize(
    ("volume", "volatility"), [(None, D("0.02")), (D(0), D("0.02")), (D(100), None)]
)
def test_impact_is_not_guessed(volume: Decimal | None, volatility: Decimal | None) -> None:
    unknown = impact(D(1), average_daily_volume=volume, volatility=volatility)
    assert unknown is None
    assert TradingCost(half_spread=D("0.001"), impact=unknown).total is None


def test_the_way_out_takes_a_tenth_of_the_volume_a_day() -> None:
    assert days_to_exit(D(-250_000), average_daily_volume=D(1_000_000)) == D("2.5")
    assert days_to_exit(D(1), average_daily_volume=D(0)) is None
