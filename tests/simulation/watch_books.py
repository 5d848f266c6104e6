"""Watch the books: ledger, versions, limits, transitions, fills, latches."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from domain.accounts.account import Account, AccountKind
from domain.accounts.book import AccountBook
from domain.accounts.ledger import LedgerAccount
from domain.kill_switch.latch import Latch, LatchCause
from domain.orders.order import Order
from domain.orders.states import TRANSITIONS, OrderState
from domain.shared.values import ZERO
from tests.simulation.disk import Disk
from tests.simulation.limits import broken_limit
from tests.simulation.venue import SimulatedVenue
from tests.simulation.violation import Violation

# A copy of the table: code that would loosen the original is still held to this one.
LEGAL = {before: frozenset(after) for before, after in TRANSITIONS.items()}
_STAGES = ("acknowledged_at", "canceled_at", "flat_at", "released_at")


@dataclass(slots=True, kw_only=True)
class BooksWatch:
    """What the books have shown so far."""

    disk: Disk
    venue: SimulatedVenue
    # How often the reconciliation stopped an account although nothing was lost.
    alarms: int = 0
    _ledger_rows: int = 0
    _fill_rows: int = 0
    _holdings: dict[tuple[UUID, str], Decimal] = field(default_factory=dict)
    _booked: set[tuple[UUID, str]] = field(default_factory=set)
    _filled: dict[UUID, Decimal] = field(default_factory=dict)

    def look(self) -> None:
        """Check what the step has stored; raises Violation."""
        disk = self.disk
        self._ledger()
        for _, before, book in disk.books.changes:
            self._book(before, book)
        for _, known, order in disk.orders.changes:
            self._order(known, order)
        self._fills()
        for _, engaged, latch in disk.latches.changes:
            self._latch(engaged, latch)
        for (_, key), first, answer in disk.replies.changes:
            if first is not None and first != answer:
                raise Violation("idempotency", f"the answer to {key} was replaced")

    def _book(self, before: AccountBook | None, book: AccountBook) -> None:
        name = book.account.name
        if before is not None and book.version != before.version + 1:
            raise Violation("version", f"{name} went from {before.version} to {book.version}")
        self._balances(book)
        if book.account.kind is AccountKind.CASH and book.settled_cash < ZERO:
            raise Violation("cash", f"{name} owes {-book.settled_cash}, and is a cash account")
        live = {order.id for order in book.orders.values() if not order.is_closed}
        if live != set(book.orders):
            raise Violation("book", f"{name} lists a closed order as live")
        if before is None:
            return
        for order_id in before.orders.keys() - book.orders.keys():
            if not self.disk.database.orders[order_id].is_closed:
                raise Violation("lost", f"live order {order_id} left the book of {name}")
        problem = broken_limit(
            before,
            book,
            limit=self.disk.position_limit(),
            orders=self.disk.database.orders,
        )
        if problem is not None:
            raise Violation("limit", f"{name}: {problem}")

    def _balances(self, book: AccountBook) -> None:
        account = book.account
        for currency, cash in book.cash.items():
            self._same(account, f"cash:{currency}", cash)
        for symbol, position in book.positions.items():
            self._same(account, f"unit:{symbol}", position.quantity)

    def _same(self, account: Account, asset: str, shown: Decimal) -> None:
        sum_of_postings = self._holdings.get((account.id, asset), ZERO)
        if sum_of_postings != shown:
            raise Violation(
                "ledger",
                f"{account.name} shows {shown} {asset}, its ledger adds up to {sum_of_postings}",
            )

    def _ledger(self) -> None:
        rows = self.disk.database.ledger
        since, self._ledger_rows = self._ledger_rows, len(rows)
        for posted in rows[since:]:
            sums: dict[str, Decimal] = {}
            for posting in posted.postings:
                sums[posting.asset] = sums.get(posting.asset, ZERO) + posting.amount
                if posting.ledger is LedgerAccount.HOLDING:
                    key = (posted.account_id, posting.asset)
                    self._holdings[key] = self._holdings.get(key, ZERO) + posting.amount
            if any(sums.values()):
                raise Violation("ledger", f"{posted.kind} {posted.reference} does not balance")

    def _order(self, before: Order | None, order: Order) -> None:
        was = OrderState.INITIALIZED if before is None else before.state
        if was is not order.state and order.state not in LEGAL[was]:
            raise Violation("transition", f"{order.client_order_id}: {was} -> {order.state}")
        if before is not None and order.filled_quantity < before.filled_quantity:
            raise Violation("fills", f"{order.client_order_id}: filled went down")

    def _fills(self) -> None:
        rows = self.disk.database.fills
        since, self._fill_rows = self._fill_rows, len(rows)
        for fill in rows[since:]:
            trade = self.venue.trades.get(fill.trade_id)
            if trade is None or (trade.fill.quantity, trade.fill.price, trade.fill.commission) != (
                fill.quantity,
                fill.price,
                fill.commission,
            ):
                raise Violation("fills", f"trade {fill.trade_id} is not what the venue executed")
            key = (fill.account_id, fill.trade_id)
            if key in self._booked:
                raise Violation("fills", f"trade {fill.trade_id} is booked twice")
            self._booked.add(key)
            total = self._filled.get(fill.order_id, ZERO) + fill.quantity
            self._filled[fill.order_id] = total
            order = self.disk.database.orders[fill.order_id]
            if order.filled_quantity != total:
                raise Violation(
                    "fills",
                    f"{order.client_order_id} shows {order.filled_quantity} filled of {total}",
                )

    def _latch(self, before: Latch | None, latch: Latch) -> None:
        if before is None and latch.cause is LatchCause.RECONCILIATION:
            if latch.reason.startswith("broker report"):
                raise Violation("anomaly", latch.reason)
            self.alarms += 1
        if before is None:
            return
        for name in _STAGES:
            if getattr(before, name) is not None and getattr(latch, name) is None:
                raise Violation("latch", f"{latch.reason}: {name} was taken back")
