"""Turn an equity curve into returns."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from domain.shared.values import InvalidValue

# The mean length of a Gregorian year but for the centuries: the usual day count of growth.
DAYS_PER_YEAR = 365.25


def period_returns(equity: Sequence[float]) -> list[float]:
    """Return each value over the one before it, less 1; one fewer than the values.

    equity in money; raises InvalidValue when a value to divide by is not above zero.
    """
    _refuse_unfit(equity)
    return [after / before - 1 for before, after in pairwise(equity)]


def total_return(equity: Sequence[float]) -> float:
    """Return last over first, less 1, as a fraction; 0 for fewer than two values."""
    if len(equity) < 2:
        return 0.0
    if not equity[0] > 0:
        raise InvalidValue(field="equity", problem=f"must start above 0, not at {equity[0]}")
    return equity[-1] / equity[0] - 1


def annual_growth(*, total: float, first: date, last: date) -> float | None:
    """Return the compound annual growth rate as a fraction per year of 365.25 days.

    (1 + total) ** (1 / years) - 1, years from first to last. None when no day lies between
    them, when all was lost or more, and when the rate is beyond any number.
    """
    days = (last - first).days
    if days < 1 or total <= -1:
        return None
    exponent = math.log1p(total) * DAYS_PER_YEAR / days
    try:
        return math.expm1(exponent)
    except OverflowError:
        return None


def monthly_returns(
    days: Sequence[date], equity: Sequence[float]
) -> Mapping[tuple[int, int], float]:
    """Return the return of each month by (year, month), as fractions.

    equity[0] is where the curve starts, equity[i + 1] the value at the end of days[i], so
    there is one more of them; a month counts from the end of the one before it.
    """
    if len(equity) != len(days) + 1:
        raise InvalidValue(
            field="equity", problem=f"must have {len(days) + 1} values, not {len(equity)}"
        )
    _refuse_unfit(equity)
    months: dict[tuple[int, int], float] = {}
    opening = equity[0] if equity else 0.0
    for index, day in enumerate(days):
        month = (day.year, day.month)
        if index and (days[index - 1].year, days[index - 1].month) != month:
            opening = equity[index]
        months[month] = equity[index + 1] / opening - 1
    return months


def _refuse_unfit(equity: Sequence[float]) -> None:
    if not all(math.isfinite(value) for value in equity):
        raise InvalidValue(field="equity", problem="must hold finite numbers only")
    for value in equity[:-1]:
        if value <= 0:
            raise InvalidValue(
                field="equity", problem=f"must stay above 0 for a return, not fall to {value}"
            )
