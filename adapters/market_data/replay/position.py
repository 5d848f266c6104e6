"""Find where in the days a replay begins or goes on."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.market_data.replay.history import TradingDay
from adapters.market_data.replay.intraday import BEFORE_OPEN, day_steps
from adapters.market_data.replay.settings import ReplaySettings
from domain.shared.values import InvalidValue


@dataclass(slots=True)
class Position:
    """The next step to be told: index of its day, and of itself in the day.

    Mutable: the source moves it on with every step.
    """

    day: int
    step: int = 0


def days_in_range(
    days: Sequence[TradingDay], *, settings: ReplaySettings
) -> tuple[tuple[TradingDay, ...], int]:
    """Return the days up to the last one wanted, and the index of the first one wanted."""
    dates = [day.date for day in days]
    first = 0 if settings.start is None else bisect_left(dates, settings.start)
    last = len(dates) if settings.end is None else bisect_right(dates, settings.end)
    if first >= last:
        field = "end" if last == 0 else "start"
        raise InvalidValue(
            field=field,
            problem=f"the prices go from {dates[0]} to {dates[-1]};"
            f" none is from {settings.start} to {settings.end}",
        )
    return tuple(days[:last]), first


def position_after(
    at: datetime, *, days: Sequence[TradingDay], settings: ReplaySettings
) -> Position:
    """Return the position of the first step later than a market time."""
    begins = [day.opens_at - BEFORE_OPEN for day in days]
    index = bisect_right(begins, at) - 1
    if index < 0:
        return Position(day=0)
    # The calendar's name does not matter here: only the times do.
    steps = day_steps(days[index], calendar="", half_spread_ticks=settings.half_spread_ticks)
    done = sum(step.at <= at for step in steps)
    return Position(day=index + 1) if done == len(steps) else Position(day=index, step=done)
