"""Train a forecast of returns on daily bars, and report it on days that it has not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from domain.inference.bar_features import FEATURES, bar_features, outcomes
from domain.inference.forecast import FeatureRange, ForecastTerms
from domain.inference.ridge import Ridge, fit_ridge
from domain.inference.tensors import Array
from domain.inference.walk_forward import FOLDS, OutOfSample, TrainingRows, walk_forward
from domain.shared.values import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyBars:
    """A symbol's bars, oldest first: a day, a close and a volume each."""

    days: Sequence[date]
    closes: Sequence[float]
    volumes: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingTerms:
    """What is forecast, how strongly weights are held back, and how long the model is believed."""

    horizon_days: int = 5
    alpha: float = 1.0
    folds: int = FOLDS
    lasts_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedForecast:
    """A forecast of all rows, its terms, and the figures of its like out of sample."""

    ridge: Ridge
    terms: ForecastTerms
    folds: Sequence[OutOfSample]
    whole: OutOfSample
    rows: int


def train_ridge(bars: Mapping[str, DailyBars], *, by: TrainingTerms) -> TrainedForecast:
    """Fit a ridge regression of the next days' log return; raises InvalidValue."""
    if by.lasts_days < 1:
        raise InvalidValue(field="lasts_days", problem=f"must be 1 or more, not {by.lasts_days}")
    rows = _rows(bars, horizon_days=by.horizon_days)
    folds, whole = walk_forward(rows, alpha=by.alpha, folds=by.folds)
    last = int(rows.over.max())
    terms = ForecastTerms(
        horizon_days=by.horizon_days,
        features=tuple(
            FeatureRange(name=name, low=float(column.min()), high=float(column.max()))
            for name, column in zip(FEATURES, rows.features.T, strict=True)
        ),
        trained_from=date.fromordinal(int(rows.days.min())),
        trained_to=date.fromordinal(last),
        expires_on=date.fromordinal(last) + timedelta(days=by.lasts_days),
    )
    ridge = fit_ridge(rows.features, rows.outcomes, alpha=by.alpha)
    return TrainedForecast(ridge=ridge, terms=terms, folds=folds, whole=whole, rows=len(rows.days))


def _rows(bars: Mapping[str, DailyBars], *, horizon_days: int) -> TrainingRows:
    if horizon_days < 1:
        raise InvalidValue(field="horizon_days", problem=f"must be 1 or more, not {horizon_days}")
    parts: list[tuple[Array, Array, Array, Array]] = []
    for one in bars.values():
        features = bar_features(one.closes, one.volumes)
        after = outcomes(one.closes, horizon_days=horizon_days)
        days = np.array([day.toordinal() for day in one.days], dtype=np.int64)
        over = np.full(len(days), np.iinfo(np.int64).max)
        if horizon_days < len(days):
            over[:-horizon_days] = days[horizon_days:]
        whole = np.isfinite(features).all(axis=1) & np.isfinite(after)
        parts.append((features[whole], after[whole], days[whole], over[whole]))
    if not any(len(part[1]) for part in parts):
        raise InvalidValue(field="bars", problem="must have a symbol of more days than that")
    found = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    return TrainingRows(features=found[0], outcomes=found[1], days=found[2], over=found[3])
