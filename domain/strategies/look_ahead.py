"""Find where scores of a day depend on what was known only later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAhead:
    """A day that is scored otherwise when the days behind `cut_at` are not there.

    whole and cut are the scores with and without them, None where nothing is said.
    """

    symbol: str
    at: datetime
    cut_at: datetime
    whole: float | None
    cut: float | None


def cuts_of(count: int, *, most: int) -> Sequence[int]:
    """Return at most so many numbers of days to cut a history after, evenly, the last but one too.

    With as many cuts as days, each is cut after.
    """
    if count < 2 or most < 1:
        return ()
    # Cut after the last day nothing is missing.
    whole = count - 1
    if most >= whole:
        return range(1, count)
    return sorted({whole - number * whole // most for number in range(most)})


def differing(
    symbol: str,
    days: Sequence[datetime],
    *,
    whole: Sequence[float | None],
    cut: Sequence[float | None],
) -> Sequence[LookAhead]:
    """Return the days that a cut history scores otherwise; it ends with the last of `cut`.

    The same figures are to come of the same days, to the last bit.
    """
    return [
        LookAhead(symbol=symbol, at=at, cut_at=days[len(cut) - 1], whole=before, cut=after)
        for at, before, after in zip(days, whole, cut, strict=False)
        if before != after
    ]
