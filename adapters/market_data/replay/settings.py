"""Say how a replay is to run."""

import math
from dataclasses import dataclass
from datetime import date

from domain.shared.values import InvalidValue

SECONDS_PER_DAY_MAX = 86_400.0
HALF_SPREAD_TICKS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettings:
    """Pace, range and spread of a replay.

    seconds_per_day: wall time of one trading day, 0 for as fast as it can; nights take
    none. start, end: the first and last day delivered, None for all there are; the days
    before start are known as history.
    """

    seconds_per_day: float = 1.0
    start: date | None = None
    end: date | None = None
    half_spread_ticks: int = 1

    def __post_init__(self) -> None:
        pace = self.seconds_per_day
        if not (math.isfinite(pace) and 0 <= pace <= SECONDS_PER_DAY_MAX):
            raise InvalidValue(
                field="seconds_per_day",
                problem=f"must be from 0 to {SECONDS_PER_DAY_MAX:.0f}, not {pace}",
            )
        if self.start is not None and self.end is not None and self.start > self.end:
            raise InvalidValue(
                field="start", problem=f"must not be after end: {self.start} > {self.end}"
            )
        if not 0 <= self.half_spread_ticks <= HALF_SPREAD_TICKS_MAX:
            raise InvalidValue(
                field="half_spread_ticks",
                problem=f"must be from 0 to {HALF_SPREAD_TICKS_MAX}, not {self.half_spread_ticks}",
            )
