"""Apply what a broker reports: each fact once, in whatever order it arrives."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from application.accounts.book_store import TooContended
from application.orders.deps import OrderContext
from application.orders.report_moves import moves_of
from application.orders.take_split import after_split
from application.shared.change import ATTEMPTS_MAX
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.accounts.splits import book_execution
from domain.orders.events import OrderEventType
from domain.orders.groups import consequences, let_on
from domain.orders.moves import (
    Move,
    MoveTimes,
    fill,
)
from domain.orders.order import Fill, Order
from domain.orders.split_moves import restate_as_found, restate_by_rule, splits_met
from domain.orders.states import OrderState
from domain.shared.values import ONE, ZERO
from ports.accounts import Stale, StaleCause
from ports.broker import Report, ReportKind, VenueFill
from ports.storage import ConstraintBroken

LASTING = frozenset(
    {
        ReportKind.WORKING,
        ReportKind.FILL,
        ReportKind.CANCELED,
        ReportKind.EXPIRED,
        ReportKind.REJECTED,
    }
)


class Anomaly(StrEnum):
    """What a report can be that a healthy broker does not send; each halts the account."""

    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_ORDER = "unknown_order"
    OVERFILL = "overfill"
    FILL_AFTER_REJECTION = "fill_after_rejection"
    FILL_BEFORE_SEND = "fill_before_send"
    UNITS_UNKNOWN = "units_unknown"  # executed before the splits that are known
    IMPOSSIBLE_FILL = "impossible_fill"  # of nothing, of less, or of what cannot be stored
    ILLEGAL_MOVE = "illegal_move"
    UNREADABLE = "unreadable"  # it holds what we cannot


@dataclass(frozen=True, slots=True)
class Applied:
    """The report is in the books, now or already before."""


@dataclass(frozen=True, slots=True)
class Anomalous:
    """The report contradicts what we know; someone must look."""

    anomaly: Anomaly
    detail: str


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The report overtook one that it builds on, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class _LookAgain:
    """The order is not live and may have changed since it was read."""


class ApplyReport:
    """Apply one report of one broker to the order that it speaks of."""

    def __init__(self, *, context: OrderContext) -> None:
        self._context = context

    async def __call__(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID,
        report: Report,
        heard: int | None,
        patient: bool = False,
    ) -> Applied | Anomalous | TooEarly:
        """Move the order and book its fill in one change; repeated reports change nothing.

        heard is the report's sequence where it was told on the broker's stream, and stored
        with the change; a report that speaks of a moment is stored even when it changes
        nothing. patient: a fill in the shares of after a split that its venue has yet to tell of
        is TooEarly; else we restate the order ourselves. Raises TooContended when the account
        changed under every look.
        """
        archive, book_store = self._context.archive, self._context.book_store
        if self._context.has_heard(report, tenant_id=tenant_id, account_id=account_id):
            return Applied()
        as_of: int | None = None
        refused = False
        for _ in range(ATTEMPTS_MAX):
            stored = await archive.by_client_id(
                tenant_id=tenant_id,
                account_id=account_id,
                client_order_id=report.client_order_id,
            )
            if stored is None:
                return Anomalous(Anomaly.UNKNOWN_ORDER, report.client_order_id)
            if report.fill is not None and await archive.has_trade(
                tenant_id=tenant_id,
                account_id=account_id,
                order_id=stored.id,
                trade_id=report.fill.trade_id,
            ):
                return Applied()
            outcome: BookChange | Applied | Anomalous | TooEarly | _LookAgain | Stale
            try:
                outcome = await book_store.change(
                    tenant_id=tenant_id,
                    account_id=account_id,
                    decide=self._decision(
                        stored, as_of=as_of, report=report, heard=heard, patient=patient
                    ),
                )
            except ConstraintBroken as problem:
                # The trade was booked between the look and the write, for storage keeps it
                # unique: the next look finds it. Refused for anything else it is not booked.
                if refused:
                    return Anomalous(Anomaly.IMPOSSIBLE_FILL, str(problem))
                refused = True
                continue
            match outcome:
                case BookChange():
                    self._context.wake()
                    return _overfill(outcome, report)
                case Applied() | Anomalous() | TooEarly():
                    return outcome
                case Stale(StaleCause.HEARD):
                    # By another follower, while one takes over from the other.
                    return Applied()
                case _:
                    latest = await book_store.read(tenant_id=tenant_id, account_id=account_id)
                    as_of = latest.version
        raise TooContended(f"account {account_id} changed under {ATTEMPTS_MAX} looks")

    async def note(self, *, tenant_id: UUID, account_id: UUID, heard: int) -> None:
        """Store a report as applied that changed nothing; noted already, it stays so."""
        context = self._context
        await context.book_store.change(
            tenant_id=tenant_id,
            account_id=account_id,
            decide=lambda book: Draft(
                book=book, when=context.when(), new_id=context.new_id, heard=heard
            ).done(),
        )

    def _decision(
        self,
        stored: Order,
        *,
        as_of: int | None,
        report: Report,
        heard: int | None,
        patient: bool,
    ) -> Callable[[AccountBook], BookChange | Applied | Anomalous | TooEarly | _LookAgain]:
        context = self._context

        def decide(book: AccountBook) -> BookChange | Applied | Anomalous | TooEarly | _LookAgain:
            # The book has the live truth; a closed order is only in the archive, and what
            # was read there holds only while the book is the one of before that read.
            order = book.orders.get(stored.id)
            if order is None and book.version != as_of:
                return _LookAgain()
            order = order if order is not None else stored
            if order.venue_order_id is None:
                # The report may overtake the acknowledgement that would have brought it.
                order = replace(order, venue_order_id=report.venue_order_id or None)
            when = context.when()
            draft = Draft(book=book, when=when, new_id=context.new_id, heard=heard)
            moved = self._moved(order, report=report, when=when, draft=draft, patient=patient)
            if isinstance(moved, Anomalous | TooEarly):
                return moved
            if moved is None:
                if heard is None or order.is_closed or report.kind in LASTING:
                    return Applied()
                return draft.done()
            before = order
            for one in moved:
                order = draft.put(one)
            # One after the other: what the first let go, and made smaller, waits no more.
            for effect in consequences(order, live=draft.live_orders(), when=when):
                draft.put(effect)
            for effect in let_on(before, order, live=draft.live_orders(), when=when):
                draft.put(effect)
            live = draft.live_orders()
            for effect in after_split(
                before, order, report=report, live=live, context=context, when=when
            ):
                draft.put(effect)
            return draft.done()

        return decide

    def _moved(
        self, order: Order, *, report: Report, when: MoveTimes, draft: Draft, patient: bool
    ) -> tuple[Move, ...] | Anomalous | TooEarly | None:
        if report.kind is ReportKind.FILL:
            assert report.fill is not None
            if report.fill.quantity <= ZERO:
                return Anomalous(Anomaly.IMPOSSIBLE_FILL, str(order.id))
            if order.state is OrderState.REJECTED or order.state is OrderState.DENIED:
                return Anomalous(Anomaly.FILL_AFTER_REJECTION, str(order.id))
            if order.state is OrderState.ACCEPTED:
                return Anomalous(Anomaly.FILL_BEFORE_SEND, str(order.id))
            restated = self._in_new_shares(order, report=report, when=when, patient=patient)
            if isinstance(restated, TooEarly):
                return restated
            now = order if restated is None else restated.order
            booked = self._book(now, execution=report.fill, when=when, draft=draft)
            if booked is None:
                return Anomalous(Anomaly.UNITS_UNKNOWN, f"{order.id}, {report.fill.at.isoformat()}")
            return (booked,) if restated is None else (restated, booked)
        return moves_of(order, report=report, when=when)

    def _in_new_shares(
        self, order: Order, *, report: Report, when: MoveTimes, patient: bool
    ) -> Move | TooEarly | None:
        """Restate an order that traded behind a split before its venue told of it; None for not.

        Read back, the venue's terms say what it made of the order. Else one that reached it
        only after the split trades in the units in which it was sent: the sum shows which.
        """
        assert report.fill is not None
        met = splits_met(
            order, executed_at=report.fill.at, history=self._context.view.splits(order.symbol)
        )
        if not met:
            return None
        if report.terms is not None:
            return restate_as_found(order, terms=report.terms, met=met, when=when)
        if patient:
            return TooEarly()
        if report.fill.quantity <= order.leaves_quantity:
            return None
        instrument = self._context.instruments.find(order.symbol)
        return restate_by_rule(order, met=met, instrument=instrument, when=when)

    def _book(
        self, order: Order, *, execution: VenueFill, when: MoveTimes, draft: Draft
    ) -> Move | None:
        """Book the execution and move its order; None when its units are not known."""
        instrument = self._context.instruments.find(order.symbol)
        done = Fill(
            id=self._context.new_id(),
            trade_id=execution.trade_id,
            order_id=order.id,
            tenant_id=order.tenant_id,
            account_id=order.account_id,
            symbol=order.symbol,
            side=order.side,
            quantity=execution.quantity,
            price=execution.price,
            commission=execution.commission,
            currency=instrument.currency if instrument else draft.book.account.currency,
            at=when.at,
            market_at=execution.at,
        )
        multiplier: Decimal = instrument.multiplier if instrument else ONE
        view = self._context.view
        quote = view.quote(order.symbol)
        booked = book_execution(
            draft,
            done,
            multiplier=multiplier,
            history=view.splits(order.symbol),
            last=quote.last if quote is not None else None,
        )
        if not booked:
            return None
        return fill(order, execution=done, when=when)


def _overfill(change: BookChange, report: Report) -> Applied | Anomalous:
    for notice in change.notices:
        if notice.type == OrderEventType.OVERFILLED:
            return Anomalous(Anomaly.OVERFILL, f"{notice.subject} trade {report.sequence}")
    return Applied()
