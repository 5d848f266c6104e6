"""Watch the journal and the stream: every notice, once or more, in order, none passed over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from domain.orders.states import OrderState
from domain.shared.notices import Notice
from tests.simulation.disk import Disk
from tests.simulation.violation import Violation
from tests.simulation.watch_books import LEGAL

Channel = tuple[UUID, UUID | None, str]


@dataclass(slots=True, kw_only=True)
class StreamWatch:
    """What was committed and what was published so far."""

    disk: Disk
    # Told of every committed notice, for a trace.
    tell: Callable[[Notice], None] | None = None
    # What the step under way has published.
    published: list[Notice] = field(default_factory=list)
    _rows: int = 0
    _told: dict[UUID, OrderState] = field(default_factory=dict)
    _committed: dict[Channel, int] = field(default_factory=dict)
    _relayed: dict[Channel, int] = field(default_factory=dict)
    _relayed_ids: set[UUID] = field(default_factory=set)

    def committed(self) -> None:
        """Check the notices that the step has stored; raises Violation."""
        rows = self.disk.database.notices
        since, self._rows = self._rows, len(rows)
        for notice in rows[since:]:
            if self.tell is not None:
                self.tell(notice)
            _follow(self._committed, notice, what="journal")
            if notice.channel == "orders":
                order_id, state = UUID(notice.subject), OrderState(notice.body["state"])
                was = self._told.get(order_id, OrderState.INITIALIZED)
                if was is not state and state not in LEGAL[was]:
                    raise Violation("transition", f"{order_id} told as {was}, then {state}")
                self._told[order_id] = state

    def look(self) -> None:
        """Check what the step has published; raises Violation."""
        for notice in self.published:
            if notice.id not in self._relayed_ids:
                self._relayed_ids.add(notice.id)
                _follow(self._relayed, notice, what="stream")
        self.published.clear()

    def cursors_saved(self) -> None:
        """Check that no cursor is ahead of what was published; raises Violation."""
        notices = self.disk.database.notices
        for _, before, cursor in self.disk.cursors.changes:
            for notice in notices[int(before or 0) : int(cursor)]:
                if notice.id not in self._relayed_ids:
                    raise Violation("relay", f"{notice.type} was passed over, not published")

    def unpublished(self) -> int:
        """Return how many committed notices no subscriber ever got."""
        return len(self.disk.database.notices) - len(self._relayed_ids)


def _follow(known: dict[Channel, int], notice: Notice, *, what: str) -> None:
    key = (notice.tenant_id, notice.account_id, notice.channel)
    expected = known.get(key, 0) + 1
    if notice.sequence != expected:
        raise Violation(
            "journal", f"{what}: {notice.channel} {notice.sequence} came where {expected} was due"
        )
    known[key] = expected
