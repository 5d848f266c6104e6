"""Take in an order that someone placed at the broker without us."""

from dataclasses import dataclass, replace
from datetime import datetime

from application.orders.apply_report import Anomalous, ApplyReport
from application.orders.deps import OrderContext
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.orders.events import OrderEventType
from domain.orders.moves import move
from domain.orders.order import Order, Origin
from domain.orders.states import OrderState
from domain.shared.values import InvalidValue
from ports.accounts import Stale, StaleCause
from ports.broker import (
    Broker,
    BrokerUnavailable,
    BrokerUnsure,
    Report,
    ReportKind,
    VenueOrder,
    VenueState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptExternal:
    """Book an order that only the broker knows, so that it counts and can be cancelled."""

    context: OrderContext
    apply_report: ApplyReport

    async def __call__(
        self, *, account: Account, client_order_id: str, broker: Broker
    ) -> str | None:
        """Return why the order is not in our books now, None when it is, fills and all."""
        try:
            held = await broker.find(account_id=str(account.id), client_order_id=client_order_id)
        except (BrokerUnsure, BrokerUnavailable) as problem:
            return f"the broker could not be asked: {problem}"
        except InvalidValue as problem:
            return f"it cannot be read: {problem}"
        if held is None:
            return "the broker does not show it"
        return await self.adopt(account=account, held=held)

    async def adopt(self, *, account: Account, held: VenueOrder) -> str | None:
        """Book the order as the broker describes it; return why not, None when it is booked."""
        context = self.context
        if context.instruments.find(held.terms.symbol) is None:
            # What a unit of it is worth is not known: booked, it would be made up.
            return f"{held.terms.symbol} is not a known instrument"

        def decide(book: AccountBook) -> BookChange:
            when = context.when()
            order = Order(
                id=context.new_id(),
                tenant_id=account.tenant_id,
                account_id=account.id,
                client_order_id=held.client_order_id,
                terms=held.terms,
                accepted_at=when.at,
                updated_at=when.at,
                market_at=when.market_at,
                actor="broker",
                origin=Origin.EXTERNAL,
                venue_order_id=held.venue_order_id,
            )
            draft = Draft(book=book, when=when, new_id=context.new_id)
            draft.put(move(order, to=OrderState.WORKING, type=OrderEventType.EXTERNAL, when=when))
            return draft.done()

        try:
            stored = await context.book_store.change(
                tenant_id=account.tenant_id, account_id=account.id, decide=decide
            )
        except InvalidValue as problem:
            # Such as an id longer than ours may be: it cannot be booked, someone must look.
            return f"it cannot be booked: {problem}"
        # The stream and reconciliation may find it at the same moment: then it is booked.
        if isinstance(stored, Stale) and stored.cause is not StaleCause.CLIENT_ID:
            return f"it could not be stored: {stored.cause}"
        for report in reports_of(held, at=context.market_clock.now()):
            try:
                applied = await self.apply_report(
                    tenant_id=account.tenant_id, account_id=account.id, report=report, heard=None
                )
            except InvalidValue as problem:
                return f"it cannot be booked: {problem}"
            if isinstance(applied, Anomalous):
                return f"{applied.anomaly} {applied.detail}"
        return None


_FINAL = {
    VenueState.CANCELED: ReportKind.CANCELED,
    VenueState.EXPIRED: ReportKind.EXPIRED,
    VenueState.REJECTED: ReportKind.REJECTED,
    VenueState.TRIGGERED: ReportKind.TRIGGERED,
}


def reports_of(held: VenueOrder, *, at: datetime) -> tuple[Report, ...]:
    """Retell a venue's view of an order, read at a time, as reports: each fill, the state."""
    state = Report(
        sequence=0,
        account_id=held.account_id,
        client_order_id=held.client_order_id,
        venue_order_id=held.venue_order_id,
        kind=_FINAL.get(held.state, ReportKind.WORKING),
        at=at,
        symbol=held.terms.symbol,
        side=held.terms.side,
        reason=held.reason,
    )
    fills = tuple(
        replace(state, kind=ReportKind.FILL, at=one.at, fill=one, reason="", terms=held.terms)
        for one in held.fills
    )
    return (*fills, state)
