"""What factors say of a pattern, and what they are weighed to."""

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.shared.values import InvalidValue
from domain.signals.pattern import Pattern, PatternBar, PatternState
from domain.strategies.factors import (
    LEAST_COVERAGE,
    OF_PATTERN,
    WEIGHTS,
    Factor,
    FactorAbsent,
    FactorName,
    cross_of,
    factor_of,
    pattern_factors,
    said_by_signal,
    weigh,
)
from domain.strategies.follow import SizingInputs, objection, size
from domain.strategies.strategy import ActionReason, StrategyKind
from tests import builders
from tests.unit.domain.strategies.test_follow import INSTRUMENT, STANDING, STRATEGY, signal_of

MANY = replace(STRATEGY, kind=StrategyKind.MULTI_FACTOR)
VALUES = st.decimals("-1", "1", places=6)
READS = st.lists(st.none() | VALUES, min_size=8, max_size=8)


def walked(
    seed: int, *, bars: int = 60, volume: float = 1_000
) -> tuple[PatternState, PatternBar, list[float], list[float]]:
    """Return a pattern after a random walk, and what was walked."""
    random = Random(seed)
    pattern, price = Pattern(), 100.0
    prices, volumes = [], []
    for _ in range(bars):
        price *= math.exp(random.gauss(0, 0.02))
        prices.append(price)
        volumes.append(volume * random.uniform(0.2, 3))
        left = pattern.update(price=price, volume=volumes[-1], session=date(2026, 1, 2))
    return pattern.state(), left, prices, volumes


def opinion_of(reads: list[Decimal | None]) -> Any:
    named = zip(FactorName, reads, strict=True)
    return weigh([Factor(name=one, value=value, weight=WEIGHTS[one]) for one, value in named])


def test_the_weights_are_one_together() -> None:
    assert sum(WEIGHTS.values()) == 1
    assert set(WEIGHTS) == set(FactorName)


@pytest.mark.parametrize("seed", range(50))
def test_the_five_factors_of_a_pattern_are_those_of_numpy(seed: int) -> None:
    state, left, prices, volumes = walked(seed)
    returns = np.diff(np.log(prices))
    sigma = float(returns[-20:].std(ddof=1))
    vwap = float(np.dot(prices, volumes) / np.sum(volumes))
    moves = float(returns[-1]) / sigma
    expected = {
        "ema_trend": np.tanh((left.ema_fast - left.ema_slow) / (sigma * left.ema_slow)),
        "vwap": np.tanh((prices[-1] - vwap) / (sigma * vwap)),
        "momentum": np.tanh(math.log(prices[-1] / prices[-11]) / (sigma * math.sqrt(10))),
        "volume": np.sign(returns[-1]) * np.clip(volumes[-1] / np.mean(volumes[-20:]) - 1, 0, 1),
        "volatility": np.clip(moves / 3, -1, 1) if abs(moves) >= 2 else 0.0,
    }
    found = pattern_factors(state, sigma=left.sigma)
    assert set(found) == set(OF_PATTERN)
    for name, value in expected.items():
        assert found[FactorName(name)] == pytest.approx(float(value), rel=1e-9, abs=1e-12)


def test_a_move_of_two_deviations_says_something_and_less_says_nothing() -> None:
    state, left, *_ = walked(3)
    for moves, expected in ((1.99, 0.0), (-2.4, -0.8), (2.4, 0.8), (7.0, 1.0), (-7.0, -1.0)):
        assert left.sigma is not None
        moved = replace(state, returns=(*state.returns[:-1], moves * left.sigma))
        found = pattern_factors(moved, sigma=left.sigma)[FactorName.VOLATILITY]
        assert found == pytest.approx(expected)


def test_what_is_not_known_is_absent_and_never_naught() -> None:
    state, left, *_ = walked(1, bars=15)
    assert left.sigma is None
    found = pattern_factors(state, sigma=left.sigma)
    assert all(isinstance(one, FactorAbsent) and one.reason for one in found.values())
    state, left, *_ = walked(1, volume=0)
    found = pattern_factors(state, sigma=left.sigma)
    absent = {name for name, read in found.items() if isinstance(read, FactorAbsent)}
    assert absent == {FactorName.VWAP, FactorName.VOLUME}


def test_a_split_changes_no_factor() -> None:
    state, left, *_ = walked(5)
    pattern = Pattern.of(state)
    pattern.restate(4)
    before = pattern_factors(state, sigma=left.sigma)
    after = pattern_factors(pattern.state(), sigma=left.sigma)
    for name, read in before.items():
        assert after[name] == pytest.approx(read, abs=1e-12)


def test_a_cross_halves_every_five_bars_and_there_is_none_before_the_first() -> None:
    state, *_ = walked(2)
    expected = {0: 1.0, 4: 1.0, 5: 0.5, 9: 0.5, 10: 0.25}
    for since, value in expected.items():
        for way in (1, -1):
            assert cross_of(replace(state, crossed=way, since_cross=since)) == way * value
    assert cross_of(replace(state, crossed=0, since_cross=3)) == 0


@settings(max_examples=1_000, deadline=None)
@given(reads=READS)
def test_the_score_is_the_weighted_mean_of_those_present(reads: list[Decimal | None]) -> None:
    opinion = opinion_of(reads)
    named = zip(FactorName, reads, strict=True)
    present = [(WEIGHTS[name], value) for name, value in named if value is not None]
    assert opinion.coverage == sum(weight for weight, _ in present)
    if not present:
        assert (opinion.score, opinion.confidence) == (None, 0)
        return
    weights = [float(weight) for weight, _ in present]
    values = [float(value) for _, value in present]
    assert opinion.score is not None
    assert float(opinion.score) == pytest.approx(np.average(values, weights=weights), abs=1e-11)
    assert opinion.confidence == abs(opinion.score) * opinion.coverage
    assert -1 <= opinion.score <= 1


@settings(max_examples=1_000, deadline=None)
@given(reads=READS)
def test_below_half_the_weight_nothing_is_made_of_it(reads: list[Decimal | None]) -> None:
    opinion = opinion_of(reads)
    found = objection(MANY, signal_of("1"), now=builders.AT, acted_at=None, opinion=opinion)
    if opinion.coverage < LEAST_COVERAGE:
        assert found is ActionReason.INSUFFICIENT_FACTORS
    elif opinion.strength < MANY.threshold:
        assert found is ActionReason.BELOW_THRESHOLD
    else:
        assert found is None


def sized(score: Decimal, **changes: Any) -> Decimal:
    standing: SizingInputs = replace(STANDING, **changes)
    said = weigh([Factor(name="x", value=score, weight=Decimal(1))])
    return size(MANY, said, standing=standing, instrument=INSTRUMENT).quantity


@settings(max_examples=1_000, deadline=None)
@given(
    one=VALUES.filter(bool),
    other=VALUES.filter(bool),
    calm=st.floats(0.001, 0.2),
    wild=st.floats(0.001, 0.2),
)
def test_an_opinion_is_sized_as_a_signal_is(
    one: Decimal, other: Decimal, calm: float, wild: float
) -> None:
    held = Decimal(10**6)
    weak, strong = sorted((one, other), key=abs)
    calm, wild = sorted((calm, wild))
    assert sized(weak, sigma=calm, held=held) <= sized(strong, sigma=calm, held=held)
    assert sized(weak, sigma=wild, held=held) <= sized(weak, sigma=calm, held=held)
    assert sized(-weak, sigma=calm, held=held) == sized(weak, sigma=calm, held=held)
    assert STANDING.price is not None
    assert sized(strong, sigma=calm, held=held) * STANDING.price <= MANY.cap * STANDING.equity


@pytest.mark.parametrize("read", [1.0000001, -3.0, math.nan, math.inf])
def test_what_is_no_score_is_absent(read: float) -> None:
    found = factor_of("onnx", read, weight=Decimal("0.2"))
    assert not found.is_present
    assert "not from -1 to 1" in found.reason


def test_a_signal_that_is_followed_is_its_own_only_factor() -> None:
    said = said_by_signal(Decimal("-0.7"))
    assert (said.score, said.coverage) == (Decimal("-0.7"), Decimal(1))
    assert said.side.value == "sell"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weights": {FactorName.VWAP: Decimal(1)}}, "weights"),
        ({"weights": {**WEIGHTS, FactorName.VWAP: Decimal("0.2")}}, "weights"),
        ({"weights": {**WEIGHTS, FactorName.VWAP: Decimal("-0.1")}}, "weights"),
        ({"model": "../x"}, "model"),
        ({"kind": StrategyKind.FOLLOW, "model": "ridge"}, "model"),
        ({"kind": StrategyKind.EMA_CROSS, "weights": WEIGHTS}, "weights"),
    ],
)
def test_weights_and_model_that_cannot_be_are_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as wrong:
        replace(MANY, **changes)
    assert wrong.value.field == field
    assert replace(MANY, weights=WEIGHTS, model="ridge").model == "ridge"
