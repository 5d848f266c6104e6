"""A pattern is what its formulas say of the whole history, whatever came in bar by bar."""

import math
from datetime import date, timedelta

import numpy as np
import pytest

from domain.shared.values import InvalidValue
from domain.signals.pattern import Pattern, PatternBar

DAY = date(2026, 1, 2)
BARS_A_DAY = 40


def series(seed: int, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    prices = 100 * np.exp(np.cumsum(random.normal(0, 0.004, count)))
    return prices, random.integers(1, 1_000, count).astype(float)


def read(prices: np.ndarray, volumes: np.ndarray) -> list[PatternBar]:
    pattern = Pattern()
    return [
        pattern.update(
            price=float(price), volume=float(volume), session=DAY + timedelta(index // BARS_A_DAY)
        )
        for index, (price, volume) in enumerate(zip(prices, volumes, strict=True))
    ]


def score_at(at: int, prices: np.ndarray, volumes: np.ndarray) -> tuple[float, ...]:
    """Return fast, slow, VWAP, sigma and score of one bar, out of all up to it."""
    averages = [
        [
            float((1 - alpha) ** np.arange(i, -1, -1) * np.r_[1, [alpha] * i] @ prices[: i + 1])
            for alpha in (0.1, 0.05)
        ]
        for i in range(at + 1)
    ]
    fast, slow = averages[at]
    first = at // BARS_A_DAY * BARS_A_DAY
    here = slice(first, at + 1)
    vwap = float(prices[here] @ volumes[here] / volumes[here].sum())
    returns = np.diff(np.log(prices[: at + 1]))
    sigma = float(returns[-20:].std(ddof=1))
    signs = [np.sign(one - other) for one, other in averages]
    crosses = [i for i in range(2, at + 1) if signs[i] != signs[i - 1]]
    cross = float(signs[crosses[-1]] / 2 ** ((at - crosses[-1]) // 5)) if crosses else 0.0
    busy = float(np.clip(volumes[at] / volumes[at - 19 : at + 1].mean(), 0.5, 1.5))
    calm = min(1.0, 2 * float(returns[-100:].std(ddof=1)) / sigma) if at >= 100 else 1.0
    trend, distance = (
        np.tanh((fast - slow) / (sigma * slow)),
        np.tanh((prices[at] - vwap) / (sigma * vwap)),
    )
    score = float(np.clip((0.4 * trend + 0.3 * distance + 0.3 * cross) * busy * calm, -1, 1))
    return fast, slow, vwap, sigma, score


@pytest.mark.parametrize("at", [20, 21, 60, 99, 100, 101, 160])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_figure_is_that_of_its_formula_over_the_whole_past(seed: int, at: int) -> None:
    prices, volumes = series(seed, at + 1)
    bar = read(prices, volumes)[at]
    told = (bar.ema_fast, bar.ema_slow, bar.vwap, bar.sigma, bar.score)
    assert told == pytest.approx(score_at(at, prices, volumes), rel=1e-9, abs=1e-12)


def test_what_has_too_little_behind_it_is_absent() -> None:
    prices, volumes = series(4, 30)
    bars = read(prices, volumes)
    assert [bar.score is None for bar in bars] == [True] * 20 + [False] * 10
    assert bars[0].ema_fast == bars[0].ema_slow == bars[0].vwap == pytest.approx(prices[0])
    still = read(np.full(30, 10.0), volumes[:30])
    assert {bar.sigma for bar in still} == {None}
    dry = read(prices, np.zeros(30))
    assert {(bar.vwap, bar.score) for bar in dry} == {(None, None)}


def test_a_signal_fires_beyond_the_threshold_and_not_again_for_five_bars() -> None:
    fired = 0
    for seed in range(20):
        last: tuple[int, float] | None = None
        for index, bar in enumerate(read(*series(seed))):
            strong = bar.score is not None and abs(bar.score) > 0.3
            due = last is None or index - last[0] >= 5 or (bar.score or 0) * last[1] < 0
            assert bar.fires is (strong and due)
            if bar.fires:
                assert bar.score is not None
                last, fired = (index, bar.score), fired + 1
    assert fired > 100


def test_a_split_changes_no_score() -> None:
    prices, volumes = series(5)
    whole = read(prices, volumes)
    pattern, bars = Pattern(), []
    for index, (price, volume) in enumerate(zip(prices, volumes, strict=True)):
        if index == 150:
            pattern.restate(4.0)
        ratio = 4.0 if index >= 150 else 1.0
        session = DAY + timedelta(index // BARS_A_DAY)
        bars.append(
            pattern.update(
                price=float(price) / ratio, volume=float(volume) * ratio, session=session
            )
        )
    for one, other in zip(bars, whole, strict=True):
        assert (one.score is None) == (other.score is None)
        assert one.score is None or one.score == pytest.approx(other.score, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("price", "volume", "said"),
    [
        (0.0, 1.0, "price: must be above 0, not 0.0"),
        (math.nan, 1.0, "price: must be above 0, not nan"),
        (1.0, -1.0, "volume: must be 0 or more, not -1.0"),
        (1.0, math.inf, "volume: must be 0 or more, not inf"),
    ],
)
def test_what_is_no_bar_is_refused(price: float, volume: float, said: str) -> None:
    with pytest.raises(InvalidValue) as met:
        Pattern().update(price=price, volume=volume, session=DAY)
    assert str(met.value) == said
