"""A day's events stay inside its bar, end at its close and carry all of its volume."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.replay.history import DailyPrice, TradingDay
from adapters.market_data.replay.intraday import (
    STEPS_PER_DAY,
    closing_events,
    day_steps,
    path_of,
    quote_of,
    volumes_of,
)
from domain.market.instruments import Instrument
from domain.market.prices import Bar, Quote, SessionClosed, SessionOpened, Split, TradedVolume

OPENS = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
TICK = Decimal("0.01")
PRICES = st.decimals(min_value="0.0001", max_value=100_000, places=4)


@st.composite
def daily_prices(draw: st.DrawFn) -> DailyPrice:
    low, first, second, high = sorted(draw(st.lists(PRICES, min_size=4, max_size=4)))
    opening, close = (first, second) if draw(st.booleans()) else (second, first)
    volume = draw(st.integers(min_value=0, max_value=10**12))
    return DailyPrice(OPENS.date(), opening, high, low, close, Decimal(volume))


def day_of(
    *prices: tuple[str, DailyPrice],
    hours: timedelta = timedelta(hours=6.5),
    splits: tuple[Split, ...] = (),
) -> TradingDay:
    return TradingDay(
        date=OPENS.date(),
        opens_at=OPENS,
        closes_at=OPENS + hours,
        splits=splits,
        prices=tuple((Instrument(symbol=name, name=name), price) for name, price in prices),
    )


def price(opening: str, high: str, low: str, close: str) -> DailyPrice:
    return DailyPrice(
        OPENS.date(), Decimal(opening), Decimal(high), Decimal(low), Decimal(close), Decimal(1000)
    )


@given(price=daily_prices())
def test_trades_form_one_path_inside_the_bar_from_open_to_close(price: DailyPrice) -> None:
    steps = day_steps(day_of(("AAA", price)), calendar="X", half_spread_ticks=1)
    trades = [event for step in steps for event in step.events if isinstance(event, TradedVolume)]
    assert len(trades) == STEPS_PER_DAY
    assert trades[0].path == (price.open,)
    assert trades[-1].path[-1] == price.close
    for before, after in itertools.pairwise(trades):
        assert before.path[-1] == after.path[0]
    passed = {each for trade in trades for each in trade.path}
    assert (min(passed), max(passed)) == (price.low, price.high)
    assert sum(trade.volume for trade in trades) == price.volume


@given(price=daily_prices())
def test_the_nearer_extreme_comes_first(price: DailyPrice) -> None:
    opening, first, second, close = path_of(price)
    assert (opening, close) == (price.open, price.close)
    assert sorted((first, second)) == [price.low, price.high]
    assert abs(first - opening) <= abs(second - opening)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (price("10", "13", "9", "11"), "9"),
        (price("10", "11", "7", "8"), "11"),
        (price("10", "12", "8", "11"), "8"),
        (price("10", "12", "8", "9"), "12"),
    ],
)
def test_on_a_tie_the_extreme_away_from_the_close_comes_first(day: DailyPrice, first: str) -> None:
    assert path_of(day)[1] == Decimal(first)


@given(
    volume=st.integers(min_value=0, max_value=10**12), lot=st.sampled_from(["1", "100", "0.001"])
)
def test_volumes_are_whole_lots_but_for_the_rest_at_the_close(volume: int, lot: str) -> None:
    one = Decimal(1)
    day = DailyPrice(OPENS.date(), one, one, one, one, Decimal(volume))
    parts = volumes_of(day, lot=Decimal(lot))
    assert sum(parts) == volume
    assert all(part >= 0 for part in parts)
    assert all(part % Decimal(lot) == 0 for part in parts[:-1])


@given(last=PRICES, half=st.integers(min_value=0, max_value=50))
def test_a_quote_stands_on_the_tick_around_the_trade(last: Decimal, half: int) -> None:
    quote = quote_of(symbol="AAA", last=last, tick=TICK, half_spread_ticks=half, at=OPENS)
    assert quote.last == last
    assert 0 < quote.bid <= last <= quote.ask
    assert quote.ask % TICK == 0
    assert quote.ask - last >= half * TICK
    assert quote.bid % TICK == 0 or quote.bid == last < TICK
    assert last - quote.bid >= half * TICK or quote.bid <= TICK


def test_a_trade_on_the_tick_is_quoted_one_tick_each_side() -> None:
    quote = quote_of(symbol="AAA", last=Decimal("35.21"), tick=TICK, half_spread_ticks=1, at=OPENS)
    assert (quote.bid, quote.ask) == (Decimal("35.20"), Decimal("35.22"))


def test_a_day_runs_from_the_open_to_the_close_symbol_by_symbol() -> None:
    day = day_of(("AAA", price("10", "13", "9", "11")), ("BBB", price("20", "23", "19", "21")))
    steps = day_steps(day, calendar="X", half_spread_ticks=1)
    assert [step.at - OPENS for step in steps] == [
        timedelta(0),
        timedelta(hours=1),
        timedelta(hours=3.25),
        timedelta(hours=6, minutes=29),
        timedelta(hours=6.5),
    ]
    shape = [type(event) for event in steps[0].events]
    assert shape == [SessionOpened, TradedVolume, Quote, TradedVolume, Quote]
    shape = [type(event) for event in steps[-1].events]
    assert shape == [TradedVolume, Quote, TradedVolume, Quote, Bar, Bar, SessionClosed]
    assert [
        event.symbol for event in steps[1].events if isinstance(event, TradedVolume | Quote)
    ] == [
        "AAA",
        "AAA",
        "BBB",
        "BBB",
    ]


@given(minutes=st.integers(min_value=1, max_value=24 * 60))
def test_steps_are_in_order_in_a_session_of_any_length(minutes: int) -> None:
    day = day_of(("AAA", price("10", "13", "9", "11")), hours=timedelta(minutes=minutes))
    times = [step.at for step in day_steps(day, calendar="X", half_spread_ticks=1)]
    assert times == sorted(set(times))
    assert (times[0], times[-1]) == (day.opens_at, day.closes_at)


def test_a_split_takes_effect_in_a_step_of_its_own_before_the_open() -> None:
    split = Split(
        symbol="AAA", ex_date=date(2024, 1, 2), numerator=Decimal(2), denominator=Decimal(1)
    )
    day = day_of(("AAA", price("10", "13", "9", "11")), splits=(split,))
    steps = day_steps(day, calendar="X", half_spread_ticks=1)
    assert len(steps) == STEPS_PER_DAY + 1
    assert steps[0].at == OPENS - timedelta(minutes=1)
    kept = closing_events(day, calendar="X", half_spread_ticks=1)
    assert [type(event).__name__ for event in kept] == ["SplitEffective", "Quote", "Bar"]
