"""Read the factors of a symbol, and weigh them into a score that a strategy acts on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from domain.shared.values import ONE, ZERO
from domain.signals.pattern import HALVES_AFTER, VOLUMES, PatternState
from domain.signals.signal import SignalSide

# Below so much weight of the factors that are there, nothing is made of them.
LEAST_COVERAGE = Decimal("0.5")
MOMENTUM_BARS = 10
# The one factor of who follows signals.
SIGNAL = "signal"
# A return is none of volatility's business below so many deviations; at three it says all.
LEAST_MOVE, WHOLE_MOVE = 2.0, 3.0
_PLACES = 12


class FactorName(StrEnum):
    """What a strategy of many factors looks at."""

    EMA_TREND = "ema_trend"
    VWAP = "vwap"
    MOMENTUM = "momentum"
    VOLUME = "volume"
    VOLATILITY = "volatility"
    ONNX = "onnx"
    TENSORRT = "tensorrt"
    SENTIMENT = "sentiment"


WEIGHTS: Mapping[FactorName, Decimal] = MappingProxyType(
    {
        FactorName.EMA_TREND: Decimal("0.20"),
        FactorName.VWAP: Decimal("0.10"),
        FactorName.MOMENTUM: Decimal("0.15"),
        FactorName.VOLUME: Decimal("0.05"),
        FactorName.VOLATILITY: Decimal("0.05"),
        FactorName.ONNX: Decimal("0.20"),
        FactorName.TENSORRT: Decimal("0.10"),
        FactorName.SENTIMENT: Decimal("0.15"),
    }
)
# Those that a symbol's pattern tells.
OF_PATTERN = (
    FactorName.EMA_TREND,
    FactorName.VWAP,
    FactorName.MOMENTUM,
    FactorName.VOLUME,
    FactorName.VOLATILITY,
)


@dataclass(frozen=True, slots=True)
class FactorAbsent:
    """Nothing can be told of a factor now, and why: no value is made up for it."""

    reason: str


Read = float | FactorAbsent


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What one factor said, -1 (sell) to 1 (buy), and how much it weighs; None with the reason."""

    name: str
    value: Decimal | None
    weight: Decimal
    reason: str = ""

    @property
    def is_present(self) -> bool:
        """Whether it said anything."""
        return self.value is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What came of all factors: the score of those present, None without any."""

    score: Decimal | None
    coverage: Decimal
    factors: tuple[Factor, ...]

    @property
    def strength(self) -> Decimal:
        """How strong it is, 0 to 1, whichever way."""
        return ZERO if self.score is None else abs(self.score)

    @property
    def confidence(self) -> Decimal:
        """How strong it is, less for what is absent."""
        return self.strength * self.coverage

    @property
    def side(self) -> SignalSide:
        """Which way it points."""
        if not self.score:
            return SignalSide.NONE
        return SignalSide.BUY if self.score > ZERO else SignalSide.SELL


def weigh(factors: Sequence[Factor]) -> Opinion:
    """Return score = sum(w f) / sum(w) over the factors present, and coverage = sum(w) of them."""
    present = [(one.weight, one.value) for one in factors if one.value is not None]
    coverage = sum((weight for weight, _ in present), ZERO)
    if not coverage:
        return Opinion(score=None, coverage=ZERO, factors=tuple(factors))
    total = sum((weight * value for weight, value in present), ZERO)
    return Opinion(
        score=round(total / coverage, _PLACES), coverage=coverage, factors=tuple(factors)
    )


def factor_of(name: str, read: Read, *, weight: Decimal) -> Factor:
    """Return a factor of what was read; what is no number from -1 to 1 is absent."""
    if isinstance(read, FactorAbsent):
        return Factor(name=name, value=None, weight=weight, reason=read.reason)
    if not -1 <= read <= 1:
        reason = f"what was told is not from -1 to 1: {read}"
        return Factor(name=name, value=None, weight=weight, reason=reason)
    # A float's shortest text: the same decimal on every machine.
    return Factor(name=name, value=round(Decimal(repr(float(read))), _PLACES), weight=weight)


def said_by_signal(score: Decimal) -> Opinion:
    """Return the opinion of a signal that is followed as it is."""
    return weigh([Factor(name=SIGNAL, value=score, weight=ONE)])


def pattern_factors(state: PatternState, *, sigma: float | None) -> Mapping[FactorName, Read]:
    """Return the five factors that a pattern tells; sigma is the deviation of a bar's returns.

    ema_trend = tanh((fast - slow) / (sigma slow)), vwap = tanh((p - vwap) / (sigma vwap)),
    momentum = tanh(r10 / (sigma sqrt 10)), volume = sign(r1) clip(v / sma20 - 1, 0, 1), and
    volatility = clip(z / 3) of z = r1 / sigma where |z| >= 2, else 0.
    """
    volume = _volume(state)
    if sigma is None:
        still = FactorAbsent("fewer than 20 returns, or prices that did not move")
        return dict.fromkeys(OF_PATTERN, still) | {FactorName.VOLUME: volume}
    latest = state.returns[-1]
    run = math.fsum(state.returns[-MOMENTUM_BARS:])
    moves = latest / sigma
    wild = abs(moves) >= LEAST_MOVE
    return {
        FactorName.EMA_TREND: math.tanh((state.fast - state.slow) / (sigma * state.slow)),
        FactorName.VWAP: _distance(state, sigma=sigma),
        FactorName.MOMENTUM: math.tanh(run / (sigma * math.sqrt(MOMENTUM_BARS))),
        FactorName.VOLUME: volume,
        FactorName.VOLATILITY: min(max(moves / WHOLE_MOVE, -1.0), 1.0) if wild else 0.0,
    }


def cross_of(state: PatternState) -> float:
    """Return the last cross of both averages, 1 upwards, halved every five bars; 0 before any."""
    return state.crossed * 2.0 ** -(state.since_cross // HALVES_AFTER)


def _distance(state: PatternState, *, sigma: float) -> Read:
    if not state.volume or state.price is None:
        return FactorAbsent("no volume in this session so far")
    # Of the sums: they are restated for a split, and what the latest bar left is not.
    vwap = state.worth / state.volume
    return math.tanh((state.price - vwap) / (sigma * vwap))


def _volume(state: PatternState) -> Read:
    if len(state.volumes) < VOLUMES or not state.returns:
        return FactorAbsent(f"fewer than {VOLUMES} bars")
    usual = math.fsum(state.volumes) / len(state.volumes)
    if not usual:
        return FactorAbsent(f"no volume in {VOLUMES} bars")
    more = min(max(state.volumes[-1] / usual - 1, 0.0), 1.0)
    latest = state.returns[-1]
    return ((latest > 0) - (latest < 0)) * more
