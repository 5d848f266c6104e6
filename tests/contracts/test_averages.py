"""Averages of a whole series say at each bar, to the last bit, what a pattern said there."""

from datetime import date, timedelta

import numpy as np
import pytest

from adapters.compute.averages import exponential, simple, weighted
from bench.ticks import ticks
from domain.signals.pattern import FAST, SLOW, Pattern

DAY = date(2026, 1, 5)


@pytest.mark.parametrize("count", [1, 7, 19, 20, 21, 600])
def test_they_say_what_the_pattern_says_bar_by_bar(count: int) -> None:
    given = ticks(count)
    volumes = [0.0 if place % 50 < 3 else one for place, one in enumerate(given.volumes)]
    pattern = Pattern()
    bars = [
        pattern.update(price=price, volume=volume, session=DAY + timedelta(day))
        for price, volume, day in zip(given.prices, volumes, given.sessions, strict=True)
    ]
    prices = np.array(given.prices)
    assert exponential(prices, FAST).tolist() == [one.ema_fast for one in bars]
    assert exponential(prices, SLOW).tolist() == [one.ema_slow for one in bars]
    found = weighted(prices, np.array(volumes), np.array(given.sessions))
    assert [None if np.isnan(one) else one for one in found.tolist()] == [one.vwap for one in bars]


@pytest.mark.parametrize("window", [1, 2, 20])
@pytest.mark.parametrize("bars", [0, 1, 19, 20, 21, 300])
def test_a_simple_average_is_that_of_the_last_ones_from_the_oldest_on(
    window: int, bars: int
) -> None:
    values = np.random.default_rng(bars).random(bars) * 1_000
    wanted = [
        sum(values[max(at + 1 - window, 0) : at + 1].tolist()) / min(at + 1, window)
        for at in range(bars)
    ]
    assert simple(values, window).tolist() == wanted


def test_of_no_bars_there_is_no_average() -> None:
    none = np.empty(0)
    assert len(exponential(none, FAST)) == len(weighted(none, none, np.empty(0, np.int64))) == 0
