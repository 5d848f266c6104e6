"""Say how good forecasts are on days that their model has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.inference.ridge import fit_ridge
from domain.inference.tensors import Array
from domain.shared.values import InvalidValue

FOLDS = 5
# Before the first fold: as many days as a fold has, and at least a quarter's.
_DAYS_MIN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRows:
    """Features of days, what came after each, and when that was over.

    Days are whole numbers that grow with time (date.toordinal); all arrays have n rows.
    """

    features: Array
    outcomes: Array
    days: Array
    over: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfSample:
    """Forecasts of days first to last (ordinals) by a model that was trained on those before.

    rank_correlation is Spearman's of forecast and outcome, None where either stands still;
    hit_rate the share of outcomes that were not 0 whose sign was told; gain is 1 - sum(y - f)^2 /
    sum(y - m)^2, m the mean outcome of the training: above 0, the model tells more than m.
    """

    first: int
    last: int
    rows: int
    trained_on: int
    rank_correlation: float | None
    hit_rate: float | None
    gain: float | None


def walk_forward(
    rows: TrainingRows, *, alpha: float, folds: int = FOLDS
) -> tuple[Sequence[OutOfSample], OutOfSample]:
    """Return the figures of each fold, and of all together.

    The days are cut into folds + 1 parts of as many days each; each but the first is forecast by
    a model of the rows before whose outcomes were over before its first day, so that no outcome
    is seen that overlaps it. Raises InvalidValue for too few days.
    """
    days = np.unique(rows.days)
    if folds < 1 or len(days) < max(folds + 1, _DAYS_MIN):
        problem = f"must be {max(folds + 1, _DAYS_MIN)} or more with all features and an outcome"
        raise InvalidValue(field="days", problem=f"{problem}, not {len(days)}")
    parts = np.array_split(days, folds + 1)
    found, forecasts, means, tested = [], [], [], []
    for part in parts[1:]:
        seen = rows.over < part[0]
        test = (rows.days >= part[0]) & (rows.days <= part[-1])
        if seen.sum() < 2:
            raise InvalidValue(field="days", problem="must leave outcomes to train on before each")
        model = fit_ridge(rows.features[seen], rows.outcomes[seen], alpha=alpha)
        forecast = model.predict(rows.features[test])
        forecasts.append(forecast)
        means.append(np.full(len(forecast), model.intercept))
        tested.append(test.nonzero()[0])
        found.append(
            _figures(
                forecast,
                rows.outcomes[test],
                mean=means[-1],
                span=(int(part[0]), int(part[-1])),
                trained_on=int(seen.sum()),
            )
        )
    whole = _figures(
        np.concatenate(forecasts),
        rows.outcomes[np.concatenate(tested)],
        mean=np.concatenate(means),
        span=(found[0].first, found[-1].last),
        trained_on=found[-1].trained_on,
    )
    return found, whole


def _figures(
    forecast: Array, outcome: Array, *, mean: Array, span: tuple[int, int], trained_on: int
) -> OutOfSample:
    moved = outcome != 0
    spread = float(np.sum((outcome - mean) ** 2))
    return OutOfSample(
        first=span[0],
        last=span[1],
        rows=len(outcome),
        trained_on=trained_on,
        rank_correlation=rank_correlation(forecast, outcome),
        hit_rate=float(np.mean(np.sign(forecast[moved]) == np.sign(outcome[moved])))
        if moved.any()
        else None,
        gain=1 - float(np.sum((outcome - forecast) ** 2)) / spread if spread > 0 else None,
    )


def rank_correlation(one: Array, other: Array) -> float | None:
    """Return Spearman's correlation, equal values sharing their mean rank; None without any."""
    first, second = _ranks(one), _ranks(other)
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt(np.sum(first**2) * np.sum(second**2)))
    return float(np.sum(first * second)) / size if size > 0 else None


def _ranks(values: Array) -> Array:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Array = (ends - (counts - 1) / 2)[place]
    return ranks
