"""The latest prices refuse bars out of order, keep a limit and restate over several splits."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.market.latest import AVERAGE_VOLUME_DAYS, BARS_KEPT, LatestPrices
from domain.market.prices import Bar, Split, SplitEffective
from domain.shared.values import InvalidValue

START = datetime(2024, 1, 1, 14, 30, tzinfo=UTC)


def bar(index: int, *, volume: int = 100, price: str = "30") -> Bar:
    opened_at = START + timedelta(days=index)
    level = Decimal(price)
    return Bar(
        symbol="AAA",
        opened_at=opened_at,
        closed_at=opened_at + timedelta(hours=6),
        open=level,
        high=level,
        low=level,
        close=level,
        volume=Decimal(volume),
    )


def split(numerator: int, denominator: int) -> SplitEffective:
    return SplitEffective(
        split=Split(
            symbol="AAA",
            ex_date=date(2024, 6, 1),
            numerator=Decimal(numerator),
            denominator=Decimal(denominator),
        ),
        at=START + timedelta(days=9000),
    )


@pytest.mark.parametrize("index", [4, 5])
def test_a_bar_not_later_than_the_last_is_refused(index: int) -> None:
    latest = LatestPrices()
    latest.apply(bar(5))
    with pytest.raises(InvalidValue, match="AAA must close after"):
        latest.apply(bar(index))


def test_no_more_than_the_limit_of_bars_is_kept() -> None:
    latest = LatestPrices()
    for index in range(BARS_KEPT + 10):
        latest.apply(bar(index))
    bars = latest.bars("AAA", count=BARS_KEPT * 2)
    assert len(bars) == BARS_KEPT
    assert bars[0] == bar(10)


def test_splits_add_up_and_a_reverse_split_undoes_one() -> None:
    latest = LatestPrices()
    for index in range(AVERAGE_VOLUME_DAYS):
        latest.apply(bar(index))
    latest.apply(split(3, 1))
    latest.apply(split(2, 1))
    assert latest.bars("AAA", count=1)[0].close == 5
    assert latest.average_daily_volume("AAA") == 600
    latest.apply(split(1, 6))
    assert latest.bars("AAA", count=1)[0].close == 30
    assert latest.average_daily_volume("AAA") == 100


def test_a_ratio_without_end_stays_storable_and_ordered() -> None:
    latest = LatestPrices()
    latest.apply(bar(0, price="100"))
    latest.apply(split(3, 7))
    restated = latest.bars("AAA", count=1)[0]
    assert restated.close == Decimal("233.333333")
    assert restated.volume == Decimal("42.857143")


def test_a_split_of_an_unknown_symbol_changes_nothing() -> None:
    latest = LatestPrices()
    latest.apply(split(2, 1))
    assert latest.quote("AAA") is None
    assert latest.bars("AAA", count=1) == ()
