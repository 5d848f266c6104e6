"""Say what a model forecasts, from what, and for how long it may be believed."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.inference.bar_features import FEATURES
from domain.shared.values import InvalidValue

# The key of a model's metadata under which its terms stand, as JSON.
TERMS = "ballast.forecast"
HORIZON_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRange:
    """A feature, and the least and the largest that the training has seen of it."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastTerms:
    """A forecast of the log return over the next horizon_days, of features in their order.

    trained_to is the last day of which the training knew anything. From the day after
    expires_on on the forecast is not to be believed.
    """

    horizon_days: int
    features: tuple[FeatureRange, ...]
    trained_from: date
    trained_to: date
    expires_on: date

    def __post_init__(self) -> None:
        """Raise InvalidValue for terms that cannot be."""
        if not 1 <= self.horizon_days <= HORIZON_MAX:
            raise InvalidValue(field="horizon_days", problem=f"must be 1 to {HORIZON_MAX}")
        names = [one.name for one in self.features]
        if not names or len(set(names)) < len(names) or set(names) - set(FEATURES):
            listed = ", ".join(FEATURES)
            raise InvalidValue(field="features", problem=f"must be of {listed}, each once")
        for one in self.features:
            if not (math.isfinite(one.low) and math.isfinite(one.high) and one.low <= one.high):
                raise InvalidValue(field=one.name, problem="must have a range from low to high")
        if not self.trained_from <= self.trained_to <= self.expires_on:
            problem = "must be trained_from <= trained_to <= expires_on"
            raise InvalidValue(field="trained_from", problem=problem)

    def why_absent(self, row: Sequence[float], *, today: date) -> str:
        """Return why nothing is to be made of a forecast from that row, "" where it holds."""
        if today <= self.trained_to:
            return f"the model has seen what came by {self.trained_to}: it is {today}"
        if today > self.expires_on:
            return f"the model expired on {self.expires_on}"
        return next(self.outside(row), "")

    def outside(self, row: Sequence[float]) -> Iterator[str]:
        """Yield what the training has not seen the like of, feature by feature."""
        for one, value in zip(self.features, row, strict=True):
            if not math.isfinite(value):
                yield f"{one.name} cannot be told of the symbol's bars"
            elif not one.low <= value <= one.high:
                seen = f"{one.low:.6g} to {one.high:.6g}"
                yield f"{one.name} {value:.6g} is outside the training's {seen}"

    def metadata(self) -> str:
        """Return the terms as a model's file has them."""
        return json.dumps(
            {
                "horizon_days": self.horizon_days,
                "features": [[one.name, one.low, one.high] for one in self.features],
                "trained_from": str(self.trained_from),
                "trained_to": str(self.trained_to),
                "expires_on": str(self.expires_on),
            }
        )


def terms_of(metadata: Mapping[str, str]) -> ForecastTerms | None:
    """Read a model's terms, None where it has none; raises InvalidValue for broken ones."""
    if TERMS not in metadata:
        return None
    try:
        said = json.loads(metadata[TERMS])
        return ForecastTerms(
            horizon_days=int(said["horizon_days"]),
            features=tuple(
                FeatureRange(name=str(name), low=float(low), high=float(high))
                for name, low, high in said["features"]
            ),
            trained_from=date.fromisoformat(said["trained_from"]),
            trained_to=date.fromisoformat(said["trained_to"]),
            expires_on=date.fromisoformat(said["expires_on"]),
        )
    except InvalidValue as wrong:
        raise InvalidValue(field=f"{TERMS}.{wrong.field}", problem=wrong.problem) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as wrong:
        raise InvalidValue(field=TERMS, problem=f"cannot be read: {wrong}") from None


def direction(forecast: float, *, sigma: float, horizon_days: int) -> float:
    """Return tanh(forecast / (sigma sqrt(horizon))), -1 (sell) to 1 (buy); sigma of one day."""
    return math.tanh(forecast / (sigma * math.sqrt(horizon_days)))


def agreed(values: Sequence[float]) -> float:
    """Return what several models say together: their mean x (1 - their deviation).

    The deviation (population) of values in [-1, 1] is at most 1: where they contradict each
    other nothing is left, and alone each keeps all that it says.
    """
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / len(values))
    return mean * max(0.0, 1 - spread)
