"""Watch every step: look only at what it changed, and fail the run when a promise is broken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from bootstrap.simulation.api import Answer, Call
from bootstrap.simulation.broker import Written
from bootstrap.simulation.disk import Disk
from bootstrap.simulation.limits import broken_limit
from bootstrap.simulation.venue import SimulatedVenue
from bootstrap.simulation.violation import Violation
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.accounts.ledger import LedgerAccount
from domain.kill_switch.latch import Latch, LatchCause
from domain.orders.order import Order, Origin
from domain.orders.states import TRANSITIONS, OrderState
from domain.shared.notices import Notice
from domain.shared.values import ZERO
from ports.broker import ReportKind

# A copy of the table: code that would loosen the original is still held to this one.
_LEGAL = {before: frozenset(after) for before, after in TRANSITIONS.items()}
_UNSENT = (OrderState.INITIALIZED, OrderState.ACCEPTED)
_CREATED = (201, 403)

_LISTS = ("ledger", "fills", "notices")

Channel = tuple[UUID, UUID | None, str]


@dataclass(slots=True, kw_only=True)
class Watch:
    """What is known of the run so far, and what the step under way added."""

    disk: Disk
    venue: SimulatedVenue
    # Told of every committed notice, for a trace.
    tell: Callable[[Notice], None] | None = None
    written: list[Written] = field(default_factory=list)
    published: list[Notice] = field(default_factory=list)
    answered: list[tuple[Call, Answer]] = field(default_factory=list)
    # What clients got to hear.
    promised: list[Answer] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    # How often the reconciliation stopped an account although nothing was lost.
    alarms: int = 0
    _counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_LISTS, 0))
    _holdings: dict[tuple[UUID, str], Decimal] = field(default_factory=dict)
    _booked: dict[tuple[UUID, str], Decimal] = field(default_factory=dict)
    _filled: dict[UUID, Decimal] = field(default_factory=dict)
    _sent: dict[tuple[str, str], int] = field(default_factory=dict)
    _told: dict[UUID, OrderState] = field(default_factory=dict)
    _committed: dict[Channel, int] = field(default_factory=dict)
    _relayed: dict[Channel, int] = field(default_factory=dict)
    _relayed_ids: set[UUID] = field(default_factory=set)
    _answers: dict[str, Answer] = field(default_factory=dict)
    _heard: int = 0

    def after_step(self) -> None:
        """Check what the step changed; raises Violation."""
        disk = self.disk
        if disk.books.changes or disk.orders.changes or disk.latches.changes:
            self._look_at_books()
            disk.forget_changes()
        elif disk.cursors.changes:
            self._cursors()
            disk.forget_changes()
        if self.written or self.published or self.answered or self.promised:
            self._look_outside()
        if self.venue.news:
            self._venue_news()
        if self.surprises:
            raise Violation("surprise", self.surprises[0])

    def _look_at_books(self) -> None:
        disk = self.disk
        self._ledger()
        for _, before, book in disk.books.changes:
            self._book(before, book)
        for _, before, order in disk.orders.changes:
            self._order(before, order)
        self._fills()
        for _, before, latch in disk.latches.changes:
            self._latch(before, latch)
        for (_, key), before, after in disk.replies.changes:
            if before is not None and before != after:
                raise Violation("idempotency", f"the answer to {key} was replaced")
        self._notices()
        if disk.heard.changes:
            self._reports_heard()

    def _look_outside(self) -> None:
        for sent in self.written:
            self._socket_write(sent)
        self.written.clear()
        for notice in self.published:
            self._publication(notice)
        self.published.clear()
        for call, answer in self.answered:
            self._answer(call, answer)
        self.answered.clear()
        for answer in self.promised:
            self._promise(answer)
        self.promised.clear()

    # The books

    def _book(self, before: AccountBook | None, book: AccountBook) -> None:
        name = book.account.name
        if before is not None and book.version != before.version + 1:
            raise Violation("version", f"{name} went from {before.version} to {book.version}")
        self._balances(book)
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
        for posted in self._new("ledger", self.disk.database.ledger):
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
        if was is not order.state and order.state not in _LEGAL[was]:
            raise Violation("transition", f"{order.client_order_id}: {was} -> {order.state}")
        if before is not None and order.filled_quantity < before.filled_quantity:
            raise Violation("fills", f"{order.client_order_id}: filled went down")

    def _fills(self) -> None:
        for fill in self._new("fills", self.disk.database.fills):
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
            self._booked[key] = fill.quantity
            total = self._filled.get(fill.order_id, ZERO) + fill.quantity
            self._filled[fill.order_id] = total
            order = self.disk.database.orders[fill.order_id]
            if order.filled_quantity != total:
                raise Violation(
                    "fills",
                    f"{order.client_order_id} shows {order.filled_quantity} filled of {total}",
                )

    # The kill switch

    def _latch(self, before: Latch | None, latch: Latch) -> None:
        if before is None and latch.cause is LatchCause.RECONCILIATION:
            if latch.reason.startswith("broker report"):
                raise Violation("anomaly", latch.reason)
            self.alarms += 1
        if before is None:
            return
        for name in ("acknowledged_at", "canceled_at", "flat_at", "released_at"):
            if getattr(before, name) is not None and getattr(latch, name) is None:
                raise Violation("latch", f"{latch.reason}: {name} was taken back")

    def _socket_write(self, sent: Written) -> None:
        database = self.disk.database
        account_id = UUID(sent.account_id)
        order_id = database.client_ids.get((account_id, sent.client_order_id))
        order = database.orders.get(order_id) if order_id is not None else None
        what = f"{sent.client_order_id} left {sent.life}"
        if order is None or order.state in _UNSENT:
            raise Violation("intent", f"{what} without a stored intent")
        if sent.terms not in (order.terms, order.pending_terms) and not order.is_closed:
            raise Violation("gate", f"{what} with terms that are not its own")
        flattening = order.origin is Origin.KILL_SWITCH
        decisions = database.decisions.get(order.id, [])
        if not flattening and not (decisions and decisions[-1].approved):
            raise Violation("gate", f"{what} without the gate's approval")
        if not sent.replaces:
            key = (sent.account_id, sent.client_order_id)
            self._sent[key] = self._sent.get(key, 0) + 1
            if self._sent[key] > 1:
                raise Violation("twice", f"{what} for the second time")
        if flattening:
            return
        for latch in database.latches.values():
            covers = latch.scope.covers(tenant_id=order.tenant_id, account_id=account_id)
            if latch.is_engaged and latch.acknowledged_at is not None and covers:
                raise Violation("kill", f"{what} after the kill {latch.reason!r} was acknowledged")

    # The venue

    def _venue_news(self) -> None:
        for one in self.venue.news:
            if isinstance(one, tuple) and len(self.venue.taken[one]) > 1:
                raise Violation("twice", f"the venue took {one[1]} twice")
        self.venue.news.clear()

    def _reports_heard(self) -> None:
        database = self.disk.database
        for _, _, heard in self.disk.heard.changes:
            for report in self.venue.reports[self._heard : heard]:
                if report.kind is not ReportKind.FILL or report.fill is None:
                    continue
                account_id = UUID(report.account_id)
                order_id = database.client_ids.get((account_id, report.client_order_id))
                if (account_id, order_id, report.fill.trade_id) not in database.trades:
                    raise Violation(
                        "heard", f"report {report.sequence} counts as heard but is not booked"
                    )
            self._heard = max(self._heard, heard)

    # The journal and the stream

    def _notices(self) -> None:
        for notice in self._new("notices", self.disk.database.notices):
            if self.tell is not None:
                self.tell(notice)
            _follow(self._committed, notice, what="journal")
            if notice.channel == "orders":
                order_id, state = UUID(notice.subject), OrderState(notice.body["state"])
                was = self._told.get(order_id, OrderState.INITIALIZED)
                if was is not state and state not in _LEGAL[was]:
                    raise Violation("transition", f"{order_id} told as {was}, then {state}")
                self._told[order_id] = state

    def _publication(self, notice: Notice) -> None:
        if notice.id not in self._relayed_ids:
            self._relayed_ids.add(notice.id)
            _follow(self._relayed, notice, what="stream")

    def _cursors(self) -> None:
        notices = self.disk.database.notices
        for _, before, cursor in self.disk.cursors.changes:
            for notice in notices[int(before or 0) : int(cursor)]:
                if notice.id not in self._relayed_ids:
                    raise Violation("relay", f"{notice.type} was passed over, not published")

    def unpublished(self) -> int:
        """Return how many committed notices no subscriber ever got."""
        return len(self.disk.database.notices) - len(self._relayed_ids)

    # The clients

    def _answer(self, call: Call, answer: Answer) -> None:
        if call.key is None:
            return
        first = self._answers.setdefault(call.key, answer)
        if first != answer:
            raise Violation("idempotency", f"{call.key}: {first.status}, then {answer.status}")

    def _promise(self, answer: Answer) -> None:
        if answer.status not in _CREATED:
            return
        for order_id in answer.order_ids:
            if order_id not in self.disk.database.orders:
                raise Violation("lost", f"order {order_id} was acknowledged but is not stored")

    def _new(self, name: str, rows: list[Any]) -> list[Any]:
        since = self._counts[name]
        if len(rows) == since:
            return []
        self._counts[name] = len(rows)
        return rows[since:]


def _follow(known: dict[Channel, int], notice: Notice, *, what: str) -> None:
    key = (notice.tenant_id, notice.account_id, notice.channel)
    expected = known.get(key, 0) + 1
    if notice.sequence != expected:
        raise Violation(
            "journal", f"{what}: {notice.channel} {notice.sequence} came where {expected} was due"
        )
    known[key] = expected


def in_doubt(orders: Mapping[UUID, Order]) -> list[Order]:
    """Return the orders that have not come to rest."""
    return [
        order
        for order in orders.values()
        if not order.is_closed and order.state is not OrderState.PARKED
    ]
