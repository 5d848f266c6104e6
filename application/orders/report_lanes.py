"""Apply reports of different accounts side by side, each account's in the order told."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from application.orders.watermark import Watermark
from ports.broker import Report, UnreadableReport

AnyReport = Report | UnreadableReport

# So many reports at most wait in memory; one account's may be all of them.
WAITING_MAX = 10_000
# And so many are applied above one that is still in work: a restart reads them all.
ABOVE_MAX = 100_000


class ReportLanes:
    """One lane an account, so many reports in work at once."""

    def __init__(
        self,
        *,
        group: asyncio.TaskGroup,
        apply: Callable[[AnyReport], Awaitable[bool]],
        mark: Watermark,
        at_once: int,
        waiting_max: int = WAITING_MAX,
        above_max: int = ABOVE_MAX,
    ) -> None:
        self._group = group
        self._apply = apply
        self._mark = mark
        self._slots = asyncio.Semaphore(at_once)
        self._waiting_max = waiting_max
        self._above_max = above_max
        self._lanes: dict[str, deque[AnyReport]] = {}
        self._waiting: set[int] = set()
        self._room = asyncio.Event()

    async def enter(self, report: AnyReport) -> None:
        """Put a report behind the others of its account; wait while too many wait already.

        One that was applied, or waits, is told again: it may be old and would undo what has
        happened since.
        """
        if self._mark.knows(report.sequence) or report.sequence in self._waiting:
            return
        while self._is_full():
            self._room.clear()
            await self._room.wait()
        self._waiting.add(report.sequence)
        lane = self._lanes.get(report.account_id)
        if lane is not None:
            lane.append(report)
            return
        lane = self._lanes[report.account_id] = deque((report,))
        self._group.create_task(self._run(report.account_id, lane=lane))

    def _is_full(self) -> bool:
        # Above the mark it is only worth waiting while what holds the mark is in work here.
        if self._waiting and self._mark.above >= self._above_max:
            return True
        return len(self._waiting) >= self._waiting_max

    async def _run(self, account_id: str, *, lane: deque[AnyReport]) -> None:
        while lane:
            # Taken anew for each: an account with many waits its turn as the others do.
            async with self._slots:
                applied = await self._apply(lane[0])
            report = lane.popleft()
            if not applied:
                # It overtook another, which waits behind it or has yet to be told.
                lane.append(report)
                continue
            self._waiting.discard(report.sequence)
            self._room.set()
        del self._lanes[account_id]
