"""Keep the venue's orders, positions and reports, and note what changed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from adapters.brokers.paper.adjusting import adjustments
from adapters.brokers.paper.change import AppliedSplit, Change, Counters, Holding, Hours
from adapters.brokers.paper.index import OrderIndex
from adapters.brokers.paper.orders import PaperOrder, new_order
from adapters.brokers.paper.reports import KINDS, ReportLog
from adapters.brokers.paper.settings import PaperSettings
from domain.market.prices import Split
from domain.orders.terms import OrderTerms, Side
from domain.shared.values import ZERO
from ports.broker import Report, ReportKind, VenueFill, VenueState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class VenueBooks:
    """Every change goes through here, makes its report and is noted for the journal."""

    def __init__(self, *, settings: PaperSettings, journaled: bool) -> None:
        self.now, self.lap = _EPOCH, 1
        self.hours: dict[str, Hours] = {}
        self.index = OrderIndex(settings)
        self.sequence = 0
        self._settings = settings
        self._journaled = journaled
        self._positions: dict[tuple[str, str], Decimal] = {}
        self._splits: set[AppliedSplit] = set()
        self._order_number = self._trade_number = self._rank = 0
        self._log = ReportLog(retained=settings.retained_reports, is_open=self.index.is_open)
        self._forget_changes()

    def position(self, *, account_id: str, symbol: str) -> Decimal:
        """Return the units that the account holds, signed."""
        return self._positions.get((account_id, symbol), ZERO)

    def positions(self) -> Sequence[Holding]:
        """Return every position that is not flat."""
        return tuple(
            Holding(account_id=account, symbol=symbol, quantity=quantity)
            for (account, symbol), quantity in self._positions.items()
            if quantity
        )

    def reducible(self, order: PaperOrder) -> Decimal:
        """Return how many units the order could trade without growing the position."""
        held = self.position(account_id=order.account_id, symbol=order.terms.symbol)
        return max(-held if order.terms.side is Side.BUY else held, ZERO)

    def reports(self, *, after: int, limit: int) -> Sequence[Report]:
        """Return kept reports behind a sequence, ascending."""
        return self._log.after(sequence=after, limit=limit)

    def place(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
    ) -> PaperOrder:
        """Take a new order in and report it working."""
        order = self._number(account_id, client_order_id, terms)
        order.cap = protective_limit
        self.index.add(order)
        self.report(order, ReportKind.WORKING, terms=terms)
        return order

    def reject(
        self, *, account_id: str, client_order_id: str, terms: OrderTerms, reason: str
    ) -> None:
        """Keep a refused order, so that it can be read back, and report the refusal."""
        order = self._number(account_id, client_order_id, terms)
        order.state, order.reason = VenueState.REJECTED, reason
        self.index.add(order)
        self.report(order, ReportKind.REJECTED, terms=terms, reason=reason)

    def requeue(self, order: PaperOrder) -> None:
        """Send the order behind all others of its price."""
        self._rank += 1
        order.rank = self._rank
        self.touch(order)

    def trigger(self, order: PaperOrder) -> None:
        """Make the order active and report it."""
        order.active, order.taking = True, True
        if not order.filled:
            order.state = VenueState.TRIGGERED
        self.report(order, ReportKind.TRIGGERED)

    def close(self, order: PaperOrder, *, state: VenueState, reason: str) -> None:
        """Take the order out of the book for good and report why."""
        order.state, order.reason = state, reason
        self.index.unlist(order)
        self.report(order, KINDS[state], reason=reason)

    def execute(
        self, order: PaperOrder, *, price: Decimal, quantity: Decimal, multiplier: Decimal
    ) -> None:
        """Book one execution on order and position, and report it."""
        self._trade_number += 1
        order.filled += quantity
        order.notional += quantity * price * multiplier
        owed = self._settings.commission.owed(quantity=order.filled, notional=order.notional)
        fill = VenueFill(
            trade_id=f"{self._settings.tag}-T{self._trade_number}",
            quantity=quantity,
            price=price,
            commission=owed - order.commission,
            at=self.now,
        )
        order.commission = owed
        order.fills.append(fill)
        order.since = self.now
        done = not order.leaves
        order.state = VenueState.FILLED if done else VenueState.PARTIALLY_FILLED
        if done:
            self.index.unlist(order)
        self.report(order, ReportKind.FILL, fill=fill)
        signed = quantity if order.terms.side is Side.BUY else -quantity
        self._move(order.account_id, order.terms.symbol, signed)
        self._end_reduced(order.account_id, order.terms.symbol)

    def split(self, split: Split, *, at: datetime) -> bool:
        """Adjust what was held in the symbol at a time, once; tell whether the split was new.

        News can overtake each other on the way: what was traded since is in new shares already.
        """
        applied = AppliedSplit(symbol=split.symbol, ex_date=split.ex_date)
        if applied in self._splits:
            return False
        self._splits.add(applied)
        if self._journaled:
            self._new_splits.append(applied)
        orders = [order for order in self.index.all() if order.lap == self.lap]
        more = adjustments(split, positions=self._positions, orders=orders, at=at)
        for account_id, units in more.items():
            self._move(account_id, split.symbol, units)
        return True

    def begin(self, lap: int, *, at: datetime) -> bool:
        """Let the market's time begin anew, once a lap; tell whether the lap is new.

        Positions stay: they are units of their symbols, whatever the time is.
        """
        if lap <= self.lap:
            return False
        for order in [order for book in self.index.open.values() for order in book.values()]:
            self.close(order, state=VenueState.CANCELED, reason="the replay starts over")
        self._splits.clear()
        self._new_splits.clear()
        for hours in (self.hours, self._new_hours):
            hours.clear()
        self.now, self.lap, self._lap_is_new = at, lap, self._journaled
        return True

    def set_hours(self, calendar: str, hours: Hours) -> None:
        """Open or close a calendar."""
        self.hours[calendar] = hours
        if self._journaled:
            self._new_hours[calendar] = hours

    def touch(self, order: PaperOrder) -> None:
        """Note that the order changed, with or without a report."""
        if self._journaled:
            self._touched[order.venue_order_id] = order

    def report(
        self,
        order: PaperOrder,
        kind: ReportKind,
        *,
        fill: VenueFill | None = None,
        terms: OrderTerms | None = None,
        split: Split | None = None,
        reason: str = "",
    ) -> None:
        """Add the next report."""
        self.sequence += 1
        report = Report(
            sequence=self.sequence,
            account_id=order.account_id,
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            kind=kind,
            at=self.now,
            symbol=order.terms.symbol,
            side=order.terms.side,
            fill=fill,
            terms=terms,
            split=split,
            reason=reason,
        )
        self._log.append(report)
        if self._journaled:
            self._new_reports.append(report)
            self._touched[order.venue_order_id] = order

    def take_change(self) -> Change | None:
        """Return what changed since the last call, None when nothing did."""
        noted = (self._touched, self._new_reports, self._moved, self._new_hours, self._new_splits)
        if not (any(noted) or self._lap_is_new):
            return None
        change = Change(
            now=self.now,
            counters=self._counters(),
            lap=self.lap,
            orders=list(self._touched.values()),
            reports=self._new_reports,
            holdings=[
                Holding(account_id=key[0], symbol=key[1], quantity=self._positions[key])
                for key in self._moved
            ],
            hours=self._new_hours,
            splits=self._new_splits,
        )
        self._forget_changes()
        return change

    def snapshot(self) -> Change:
        """Return everything, as one change over nothing."""
        return Change(
            now=self.now,
            counters=self._counters(),
            orders=list(self.index.all()),
            reports=list(self._log.all()),
            holdings=list(self.positions()),
            lap=self.lap,
            hours=dict(self.hours),
            splits=sorted(self._splits, key=lambda split: (split.symbol, split.ex_date)),
            remembered=self.index.forgotten(),
        )

    def restore(self, change: Change) -> None:
        """Apply a change that the journal kept."""
        self.now = change.now
        counters = change.counters
        self._order_number, self._trade_number = counters.order, counters.trade
        self._rank, self.sequence = counters.rank, counters.report
        for order in change.orders:
            self.index.put(order)
        for holding in change.holdings:
            self._positions[holding.account_id, holding.symbol] = holding.quantity
        if change.lap > self.lap:
            self.hours.clear()
            self._splits.clear()
        self.lap = change.lap
        self.hours.update(change.hours)
        self._splits.update(change.splits)
        self.index.remember(change.remembered)
        # Only now are the orders known that decide which reports may be forgotten.
        for report in change.reports:
            self._log.append(report)

    def _counters(self) -> Counters:
        return Counters(
            order=self._order_number,
            trade=self._trade_number,
            rank=self._rank,
            report=self.sequence,
        )

    def _forget_changes(self) -> None:
        self._touched: dict[str, PaperOrder] = {}
        self._new_reports: list[Report] = []
        self._moved: dict[tuple[str, str], None] = {}
        self._new_hours: dict[str, Hours] = {}
        self._new_splits: list[AppliedSplit] = []
        self._lap_is_new = False

    def _number(self, account_id: str, client_order_id: str, terms: OrderTerms) -> PaperOrder:
        self._order_number += 1
        self._rank += 1
        return new_order(
            account_id=account_id,
            client_order_id=client_order_id,
            venue_order_id=f"{self._settings.tag}-{self._order_number}",
            terms=terms,
            rank=self._rank,
            since=self.now,
            lap=self.lap,
        )

    def _move(self, account_id: str, symbol: str, quantity: Decimal) -> None:
        key = (account_id, symbol)
        self._positions[key] = self._positions.get(key, ZERO) + quantity
        if self._journaled:
            self._moved[key] = None

    def _end_reduced(self, account_id: str, symbol: str) -> None:
        """Cancel reduce-only orders that could now only grow the position."""
        for other in tuple(self.index.open.get(symbol, {}).values()):
            reducing = other.terms.reduce_only and other.account_id == account_id
            if reducing and not self.reducible(other):
                reason = "reduce-only: nothing is left to reduce"
                self.close(other, state=VenueState.CANCELED, reason=reason)
