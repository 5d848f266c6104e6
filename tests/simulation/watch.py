"""Watch every step: look only at what it changed, and fail the run when a promise is broken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.time import Clock
from tests.simulation.disk import Disk
from tests.simulation.market import MarketScript
from tests.simulation.venue import SimulatedVenue
from tests.simulation.violation import Violation
from tests.simulation.watch_books import BooksWatch
from tests.simulation.watch_market import MarketWatch
from tests.simulation.watch_stream import StreamWatch
from tests.simulation.watch_succession import SuccessionWatch
from tests.simulation.watch_traffic import TrafficWatch


@dataclass(slots=True, kw_only=True)
class Watch:
    """All that is watched; surprises are failures that no part of the world should have."""

    disk: Disk
    books: BooksWatch
    traffic: TrafficWatch
    stream: StreamWatch
    market: MarketWatch
    # None where nobody has a plan.
    succession: SuccessionWatch | None = None
    surprises: list[str] = field(default_factory=list)

    def after_step(self) -> None:
        """Check what the step changed; raises Violation."""
        disk, traffic = self.disk, self.traffic
        if disk.books.changes or disk.orders.changes or disk.latches.changes:
            self.books.look()
            self.market.accepted()
            self.stream.committed()
            if disk.applied.changes:
                traffic.reports_applied()
            disk.forget_changes()
        elif disk.heard.changes:
            traffic.reports_heard()
            disk.forget_changes()
        elif disk.cursors.changes:
            self.stream.cursors_saved()
            disk.forget_changes()
        if traffic.written:
            self.market.sent(traffic.written)
        if (
            traffic.written
            or traffic.answered
            or traffic.promised
            or traffic.venue.news
            or traffic.venue.overfull
        ):
            traffic.look()
        if self.stream.published:
            self.stream.look()
        if self.succession is not None:
            self.succession.look()
        if self.surprises:
            raise Violation("surprise", self.surprises[0])


def new_watch(*, disk: Disk, venue: SimulatedVenue, market: MarketScript, clock: Clock) -> Watch:
    """Return a watch that has seen nothing yet."""
    return Watch(
        disk=disk,
        books=BooksWatch(disk=disk, venue=venue),
        traffic=TrafficWatch(disk=disk, venue=venue, clock=clock),
        stream=StreamWatch(disk=disk),
        market=MarketWatch(disk=disk, market=market),
    )


def in_doubt(orders: Mapping[UUID, Order]) -> list[Order]:
    """Return the orders that have not come to rest."""
    return [
        order
        for order in orders.values()
        if not order.is_closed
        # One whose replace is parked is open at the venue: it rests once it is cancelled.
        and (order.state is not OrderState.PARKED or order.has_parked_replace)
    ]
