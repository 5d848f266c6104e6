"""Keep the venue's reports: all of its open orders and the latest of the others."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter

from ports.broker import Report, ReportKind, VenueState

_SEQUENCE = attrgetter("sequence")

# How an order's end is reported.
KINDS = {
    VenueState.CANCELED: ReportKind.CANCELED,
    VenueState.EXPIRED: ReportKind.EXPIRED,
    VenueState.REJECTED: ReportKind.REJECTED,
}


class ReportLog:
    """Reports in ascending sequence, bounded by forgetting old ones of closed orders."""

    __slots__ = ("_is_open", "_kept", "_limit", "_prune_at")

    def __init__(self, *, retained: int, is_open: Callable[[str], bool]) -> None:
        self._kept: list[Report] = []
        self._limit = retained
        self._prune_at = 2 * retained
        self._is_open = is_open

    def append(self, report: Report) -> None:
        """Add the next report."""
        self._kept.append(report)
        if len(self._kept) >= self._prune_at:
            self._prune()

    def after(self, *, sequence: int, limit: int) -> Sequence[Report]:
        """Return at most `limit` reports behind a sequence, ascending."""
        start = bisect_right(self._kept, sequence, key=_SEQUENCE)
        return self._kept[start : start + limit]

    def all(self) -> Sequence[Report]:
        """Return every report that is kept."""
        return tuple(self._kept)

    def _prune(self) -> None:
        cut = len(self._kept) - self._limit
        old = [report for report in self._kept[:cut] if self._is_open(report.venue_order_id)]
        self._kept = old + self._kept[cut:]
        # Open orders may hold many reports: wait for a full batch before looking again.
        self._prune_at = len(self._kept) + self._limit
