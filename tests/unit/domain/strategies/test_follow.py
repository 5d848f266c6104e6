"""What a strategy asks for grows with the score, shrinks with the moves, and keeps its cap."""

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.market.instruments import Instrument
from domain.signals.signal import PublishedSignal
from domain.strategies.follow import SizingInputs, daily_sigma, hears, objection, size
from domain.strategies.strategy import ActionReason, Strategy, StrategyKind, StrategyMode
from tests import builders

INSTRUMENT = Instrument(symbol="AAPL", name="AAPL", lot=Decimal(5), min_quantity=Decimal(5))
STRATEGY = Strategy(
    id=builders.new_id(),
    tenant_id=builders.new_id(),
    name="ema",
    kind=StrategyKind.FOLLOW,
    account_id=builders.new_id(),
    symbols=("AAPL",),
    mode=StrategyMode.LIVE,
    is_running=True,
)
STANDING = SizingInputs(
    equity=Decimal(100_000),
    power=Decimal(100_000),
    held=Decimal(0),
    price=Decimal("101.37"),
    sigma=0.02,
)
SCORES = st.decimals("0.3", "1", places=6)
SIGMAS = st.floats(0.001, 0.2)


def signal_of(score: Decimal | str = "0.5", **changes: Any) -> PublishedSignal:
    made = PublishedSignal(
        id=builders.new_id(),
        tenant_id=STRATEGY.tenant_id,
        name="",
        symbol="AAPL",
        score=Decimal(score),
        source="research",
        timestamp=builders.AT,
        received_at=builders.AT,
        expires_at=builders.AT + timedelta(hours=1),
        meta={},
        published_by="user:1",
    )
    return replace(made, **changes)


def quantity(score: Decimal, standing: SizingInputs, **changes: Any) -> Decimal:
    strategy = replace(STRATEGY, **changes)
    wish = size(strategy, signal_of(score), standing=standing, instrument=INSTRUMENT)
    assert (wish.why is ActionReason.ACTED) == (wish.quantity > 0)
    assert wish.quantity % INSTRUMENT.lot == 0
    return wish.quantity


@settings(max_examples=1_000, deadline=None)
@given(one=SCORES, other=SCORES, sigma=SIGMAS)
def test_a_stronger_signal_never_asks_for_less(one: Decimal, other: Decimal, sigma: float) -> None:
    standing = replace(STANDING, sigma=sigma)
    weak, strong = sorted((one, other))
    assert quantity(weak, standing) <= quantity(strong, standing)


@settings(max_examples=1_000, deadline=None)
@given(score=SCORES, one=SIGMAS, other=SIGMAS)
def test_what_moves_more_never_gets_more(score: Decimal, one: float, other: float) -> None:
    calm, wild = sorted((one, other))
    assert quantity(score, replace(STANDING, sigma=wild)) <= quantity(
        score, replace(STANDING, sigma=calm)
    )


@settings(max_examples=1_000, deadline=None)
@given(score=SCORES, sigma=SIGMAS)
def test_a_sell_is_sized_as_a_buy(score: Decimal, sigma: float) -> None:
    standing = replace(STANDING, sigma=sigma, held=Decimal(10**6))
    for short in (False, True):
        assert quantity(-score, standing, allow_short=short) == quantity(score, standing)


@settings(max_examples=1_000, deadline=None)
@given(
    score=SCORES,
    sigma=SIGMAS,
    cap=st.decimals("0.001", "1", places=3),
    power=st.integers(-5, 200_000),
    held=st.integers(-50, 500),
)
def test_cap_power_and_what_is_held_are_kept_to(
    score: Decimal, sigma: float, cap: Decimal, power: int, held: int
) -> None:
    standing = replace(STANDING, sigma=sigma, power=Decimal(power), held=Decimal(held))
    assert standing.price is not None
    bought = quantity(score, standing, cap=cap) * standing.price
    assert bought <= min(cap * standing.equity, max(standing.power, Decimal(0)))
    assert quantity(-score, standing, cap=cap) <= max(standing.held, Decimal(0))


def test_what_is_not_known_is_no_order() -> None:
    for standing, why in (
        (replace(STANDING, price=None), ActionReason.NO_PRICE),
        (replace(STANDING, price=Decimal(0)), ActionReason.NO_PRICE),
        (replace(STANDING, sigma=None), ActionReason.NO_VOLATILITY),
        (replace(STANDING, power=Decimal(100)), ActionReason.TOO_SMALL),
        (replace(STANDING, equity=Decimal(-1)), ActionReason.TOO_SMALL),
    ):
        assert size(STRATEGY, signal_of(), standing=standing, instrument=INSTRUMENT).why is why


def test_the_day_s_moves_are_the_deviation_of_twenty_returns() -> None:
    closes = [Decimal(100 + (day * 7) % 11) for day in range(40)]
    last = np.array([float(one) for one in closes[-21:]])
    found = daily_sigma(closes)
    assert found is not None
    assert math.isclose(found, float(np.diff(np.log(last)).std(ddof=1)), rel_tol=1e-12)
    assert daily_sigma(closes[:20]) is None
    assert daily_sigma([Decimal(5)] * 30) is None
    assert daily_sigma([Decimal(0), *closes[-20:]]) is None


@pytest.mark.parametrize(
    ("changes", "signal", "why"),
    [
        ({"mode": StrategyMode.OFF}, {}, ActionReason.NOT_IN_MODE),
        ({}, {"published_by": "external:desk"}, ActionReason.NOT_IN_MODE),
        ({"sources": ("research",)}, {"published_by": "external:research"}, None),
        ({"mode": StrategyMode.SHADOW}, {"published_by": "external:desk"}, None),
        ({}, {"expires_at": builders.AT}, ActionReason.STALE),
        ({"ttl_s": 10}, {"received_at": builders.AT - timedelta(seconds=10)}, ActionReason.STALE),
        ({}, {"score": Decimal("0.299999")}, ActionReason.BELOW_THRESHOLD),
        ({}, {"score": Decimal("-0.3")}, None),
        ({"cooldown_s": 31}, {}, ActionReason.COOLDOWN),
        ({"cooldown_s": 30}, {}, None),
    ],
)
def test_what_keeps_from_acting_is_named(
    changes: dict[str, Any], signal: dict[str, Any], why: ActionReason | None
) -> None:
    found = objection(
        replace(STRATEGY, **changes),
        replace(signal_of(), **signal),
        now=builders.AT,
        acted_at=builders.AT - timedelta(seconds=30),
    )
    assert found is why


def test_only_who_runs_and_names_it_hears_a_signal() -> None:
    signal = signal_of()
    assert hears(STRATEGY, signal)
    assert hears(replace(STRATEGY, sources=("research",)), signal)
    for deaf in ({"is_running": False}, {"symbols": ("IBM",)}, {"sources": ("other",)}):
        assert not hears(replace(STRATEGY, **deaf), signal)
