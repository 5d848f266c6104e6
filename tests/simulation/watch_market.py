"""Watch that nothing is opened at prices that stand still."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from application.orders.departure import LEAVE_S
from domain.accounts.book import AccountBook
from domain.orders.order import Order, Origin
from tests.simulation.broker import Written
from tests.simulation.disk import Disk
from tests.simulation.limits import opens
from tests.simulation.market import BEAT_S, MarketScript
from tests.simulation.violation import Violation

# What was passed right before it is sent may meet a pause and a slow database until the
# deadline of a send begins to run.
_LATE_S = LEAVE_S + 5.0


@dataclass(slots=True, kw_only=True)
class MarketWatch:
    """How long the market has been silent, against what was let in and let out."""

    disk: Disk
    market: MarketScript

    def accepted(self) -> None:
        """Check the orders that the step has stored; raises Violation."""
        for _, before, book in self.disk.books.changes:
            if before is None or before.orders is book.orders:
                continue
            for order in book.orders.values():
                if order.id not in before.orders and order.origin is Origin.CLIENT:
                    self._decided(order, book=book)

    def sent(self, written: Iterable[Written]) -> None:
        """Check what the step has let out; raises Violation."""
        silent_s = self.market.silent_s()
        if silent_s <= BEAT_S + _LATE_S:
            return
        for one in written:
            database = self.disk.database
            account_id = UUID(one.account_id)
            order_id = database.client_ids.get((account_id, one.client_order_id))
            order = database.orders.get(order_id) if order_id is not None else None
            book = self.disk.books.get(account_id)
            if one.replaces or order is None or book is None or order.origin is not Origin.CLIENT:
                continue
            if opens(book, order):
                name = one.client_order_id
                raise Violation("market", f"{name} was sent {silent_s:.1f} s into a silence")

    def _decided(self, order: Order, *, book: AccountBook) -> None:
        silent_s = self.market.silent_s(at=order.accepted_at)
        # What waits for its entry undoes it, and is looked at when it is let go.
        if silent_s > BEAT_S and not order.waiting and opens(book, order):
            name = order.client_order_id
            raise Violation("market", f"{name} was accepted {silent_s:.1f} s into a silence")
