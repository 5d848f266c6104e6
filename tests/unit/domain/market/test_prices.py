"""Quotes, bars and splits refuse what cannot be; every event has its time."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.market.prices import Bar, Quote, Split, event_time
from domain.shared.values import InvalidValue

AT = datetime(2024, 1, 1, 14, 30, tzinfo=UTC)


def bar(*, low: str = "1", high: str = "3", volume: str = "5") -> Bar:
    return Bar(
        symbol="AAA",
        opened_at=AT,
        closed_at=AT + timedelta(hours=6),
        open=Decimal(2),
        high=Decimal(high),
        low=Decimal(low),
        close=Decimal(2),
        volume=Decimal(volume),
    )


@pytest.mark.parametrize(("bid", "ask"), [("2", "1"), ("NaN", "1"), ("1", "Infinity")])
def test_a_quote_crossed_or_not_finite_is_refused(bid: str, ask: str) -> None:
    with pytest.raises(InvalidValue):
        Quote(symbol="AAA", bid=Decimal(bid), ask=Decimal(ask), last=Decimal(1), at=AT)


@pytest.mark.parametrize("wrong", [{"low": "2.5"}, {"high": "1.5"}, {"low": "NaN"}])
def test_a_bar_whose_extremes_do_not_hold_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        bar(**wrong)


@pytest.mark.parametrize("volume", ["-1", "NaN", "Infinity"])
def test_a_bar_with_an_impossible_volume_is_refused(volume: str) -> None:
    with pytest.raises(InvalidValue, match="volume"):
        bar(volume=volume)


def test_a_bar_is_known_at_its_close_and_a_quote_at_its_time() -> None:
    quote = Quote(symbol="AAA", bid=Decimal(1), ask=Decimal(1), last=Decimal(1), at=AT)
    assert event_time(quote) == AT
    assert event_time(bar()) == AT + timedelta(hours=6)


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (1, 0), (-2, 1)])
def test_a_split_into_nothing_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(InvalidValue):
        Split(
            symbol="AAA",
            ex_date=date(2024, 1, 1),
            numerator=Decimal(numerator),
            denominator=Decimal(denominator),
        )
