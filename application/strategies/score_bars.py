"""Score past bars as the kinds of strategies would have, each bar by those up to it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from domain.market.prices import Bar
from domain.signals.pattern import Pattern, PatternBar, session_of
from domain.strategies.factors import (
    LEAST_COVERAGE,
    OF_PATTERN,
    WEIGHTS,
    FactorAbsent,
    FactorName,
    Read,
    cross_of,
    factor_of,
    pattern_factors,
    weigh,
)
from domain.strategies.strategy import StrategyKind


def score_bars(
    kind: StrategyKind, bars: Sequence[Bar], *, weights: Mapping[FactorName, Decimal] = WEIGHTS
) -> Sequence[float | None]:
    """Return the score at each bar, None where none was: by patterns alone, as in a replay.

    weights: of the factors, where the kind goes by many.
    """
    pattern = Pattern()
    return [_score(kind, pattern, pattern_bar(pattern, bar), weights=weights) for bar in bars]


def pattern_bar(pattern: Pattern, bar: Bar) -> PatternBar:
    """Take a bar in by its typical price, as the pattern engine does."""
    return pattern.update(
        price=float(bar.high + bar.low + bar.close) / 3,
        volume=float(bar.volume),
        session=session_of(bar.closed_at),
    )


def _score(
    kind: StrategyKind,
    pattern: Pattern,
    left: PatternBar,
    *,
    weights: Mapping[FactorName, Decimal],
) -> float | None:
    if kind is StrategyKind.FOLLOW:
        return left.score if left.fires else None
    if kind is StrategyKind.EMA_CROSS:
        return cross_of(pattern.state())
    reads: Mapping[FactorName, Read] = pattern_factors(pattern.state(), sigma=left.sigma)
    absent = FactorAbsent("past bars tell nothing of it")
    opinion = weigh(
        [
            factor_of(name, reads[name] if name in OF_PATTERN else absent, weight=weight)
            for name, weight in weights.items()
        ]
    )
    if opinion.score is None or opinion.coverage < LEAST_COVERAGE:
        return None
    return float(opinion.score)
