"""Place values on a chart and choose the marks of its axes."""

import math
from collections.abc import Sequence
from datetime import date

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_YEARS_SHOWN_MAX = 16


def round_ticks(*, low: float, high: float, count: int) -> list[float]:
    """Return about `count` round values from at most `low` to at least `high`, ascending."""
    span = high - low
    if span <= 0:
        span = abs(high) * 0.02 or 1.0
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in _STEPS if each * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return [index * step for index in range(first, last + 1)]


def date_ticks(days: Sequence[date]) -> list[tuple[int, str]]:
    """Return (index of the day, label) at the starts of years, or of months in a short run."""
    years = _starts([day.year for day in days])
    if len(years) >= 3:
        every = math.ceil(len(years) / _YEARS_SHOWN_MAX)
        return [(index, str(year)) for index, year in years[::every]]
    months = _starts([day.year * 12 + day.month - 1 for day in days])
    if len(months) >= 2:
        every = math.ceil(len(months) / _YEARS_SHOWN_MAX)
        labelled = [(index, date(month // 12, month % 12 + 1, 1)) for index, month in months]
        return [(index, first.strftime("%Y-%m")) for index, first in labelled[::every]]
    return [(0, days[0].isoformat())] if days else []


def _starts(values: Sequence[int]) -> list[tuple[int, int]]:
    """Return (index, value) where the value changes; the run's own start is no change."""
    return [
        (index, value) for index, value in enumerate(values) if index and value != values[index - 1]
    ]
