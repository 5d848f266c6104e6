"""Keep what a model forecast of a symbol on a day, so that nobody has to work it out again."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np

from domain.inference.tensors import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A forecast of the log return over the horizon behind day, or why there is none.

    model, model_version and sha256 say which file forecast it, on which engine; inputs is the
    digest of the features that it was worked out from, of which day was the last.
    """

    id: UUID
    tenant_id: UUID
    model: str
    model_version: str
    sha256: str
    engine: str
    symbol: str
    day: date
    horizon_days: int
    expires_on: date
    inputs: str
    value: float | None
    absent: str
    made_at: datetime
    version: int = 1

    def says_the_same(self, other: "Prediction") -> bool:
        """Tell whether another prediction differs in nothing but when and where it was made."""
        return (self.inputs, self.value, self.absent, self.expires_on) == (
            other.inputs,
            other.value,
            other.absent,
            other.expires_on,
        )


def digest_of(features: Array) -> str:
    """Return what tells features from others: prices that were restated give another."""
    return hashlib.sha256(np.ascontiguousarray(features, dtype="<f8").tobytes()).hexdigest()


def outcome(closes: Sequence[tuple[date, float]], *, day: date, horizon_days: int) -> float | None:
    """Return the log return over the horizon behind a day, None before it is over."""
    place = next((at for at, one in enumerate(closes) if one[0] == day), None)
    if place is None or place + horizon_days >= len(closes):
        return None
    return math.log(closes[place + horizon_days][1] / closes[place][1])
