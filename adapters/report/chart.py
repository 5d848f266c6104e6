"""Draw one series over the days of a run as inline SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from adapters.report.scale import date_ticks, round_ticks

WIDTH = 1040
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 10, 24
# More points than this are drawn by the extremes of each column of pixels.
_COLUMNS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One value per day, drawn as a line with the area to `base` filled."""

    title: str
    days: Sequence[date]
    values: Sequence[float]
    colour: str
    base: float
    label: Callable[[float], str]
    height: int = 220
    # None: the axis fits the values.
    low: float | None = None
    high: float | None = None
    ticks: int = 5


def draw(series: Series) -> str:
    """Return the chart; a run without days has a sentence instead."""
    if not series.days:
        return '<p class="note">No session was played.</p>'
    low = min(*series.values, series.base) if series.low is None else series.low
    high = max(*series.values, series.base) if series.high is None else series.high
    ticks = round_ticks(low=low, high=high, count=series.ticks)
    low, high = ticks[0], ticks[-1]
    inner = WIDTH - _LEFT - _RIGHT
    tall = series.height - _TOP - _BOTTOM
    last = max(len(series.values) - 1, 1)

    def x(index: int) -> float:
        return _LEFT + inner * index / last

    def y(value: float) -> float:
        return _TOP + tall * (high - value) / (high - low)

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {series.height}" role="img" aria-label="{_summary(series)}">'
    ]
    for tick in ticks:
        at = y(tick)
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}" '
            f'stroke="var(--grid)"/><text x="{_LEFT - 8}" y="{at + 4:.1f}" '
            f'text-anchor="end">{escape(series.label(tick))}</text>'
        )
    for index, text in date_ticks(series.days):
        parts.append(
            f'<line x1="{x(index):.1f}" x2="{x(index):.1f}" y1="{_TOP}" y2="{_TOP + tall}" '
            f'stroke="var(--grid)"/><text x="{x(index):.1f}" y="{series.height - 7}" '
            f'text-anchor="middle">{text}</text>'
        )
    points = [(x(index), y(series.values[index])) for index in _shown(series.values)]
    line = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
    base = y(min(max(series.base, low), high))
    parts.append(
        f'<polygon points="{points[0][0]:.1f},{base:.1f} {line} {points[-1][0]:.1f},{base:.1f}" '
        f'fill="var({series.colour})" fill-opacity="0.13"/>'
        f'<polyline points="{line}" fill="none" stroke="var({series.colour})" '
        'stroke-width="1.6" stroke-linejoin="round"/></svg>'
    )
    return "".join(parts)


def _summary(series: Series) -> str:
    first, last = series.values[0], series.values[-1]
    said = (
        f"{series.title}, {series.days[0]} to {series.days[-1]}: from {series.label(first)} "
        f"to {series.label(last)}, between {series.label(min(series.values))} and "
        f"{series.label(max(series.values))}"
    )
    return escape(said, quote=True)


def _shown(values: Sequence[float]) -> list[int]:
    """Return the indexes to draw: all, or the lowest and highest of each column, in order."""
    count = len(values)
    if count <= 2 * _COLUMNS:
        return list(range(count))
    shown = {0, count - 1}
    for column in range(_COLUMNS):
        inside = range(column * count // _COLUMNS, (column + 1) * count // _COLUMNS)
        shown.add(min(inside, key=values.__getitem__))
        shown.add(max(inside, key=values.__getitem__))
    return sorted(shown)
