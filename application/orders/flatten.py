"""Close what an account holds at its broker, past every rule and the kill switch."""

from dataclasses import dataclass

from application.orders.deps import OrderContext
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.audit.entry import AuditEntry
from domain.orders.events import OrderEventType
from domain.orders.moves import move
from domain.orders.order import Order, Origin
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from domain.shared.values import ZERO
from ports.broker import VenuePosition
from ports.market import Calendars, UnknownCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten:
    """Send closing orders for the broker's own quantities, until the broker says flat."""

    context: OrderContext
    calendars: Calendars

    async def __call__(self, *, account: Account, symbol: str | None = None) -> bool:
        """Return whether the broker holds nothing for the account; else order the closing.

        With symbol, nothing of that. A closed market is tried again at its open: the order
        that meets it is rejected or expires, and the next round sends another. Raises
        BrokerUnsure, BrokerUnavailable.
        """
        broker = self.context.broker(account.broker)
        held = [
            one
            for one in await broker.positions(account_id=str(account.id))
            if one.quantity and symbol in (None, one.symbol)
        ]
        if not held:
            # Flat means that nothing can fill any more either.
            return not await self._resting(account, symbol=symbol)
        for position in held:
            if self._is_open(position.symbol):
                await self._close(account, position=position)
        return False

    async def _resting(self, account: Account, *, symbol: str | None) -> bool:
        """Return whether any order can still fill, in our book or at the broker."""
        broker = self.context.broker(account.broker)
        at_broker = await broker.open_orders(account_id=str(account.id))
        book = await self.context.book_store.read(
            tenant_id=account.tenant_id, account_id=account.id
        )
        if any(
            order.state is not OrderState.PARKED and symbol in (None, order.symbol)
            for order in book.orders.values()
        ):
            return True
        return any(symbol in (None, one.terms.symbol) for one in at_broker)

    async def _close(self, account: Account, *, position: VenuePosition) -> None:
        context = self.context
        # Should a lost one come after all, the broker itself keeps both from turning the
        # position. Without that a person must settle the lost one first.
        capped = context.broker(account.broker).traits.native_reduce_only

        def decide(book: AccountBook) -> BookChange | None:
            closing = (
                order
                for order in book.orders.values()
                if order.may_pass_halt
                and order.symbol == position.symbol
                and not (capped and order.state is OrderState.PARKED)
            )
            if next(closing, None) is not None:
                return None
            when = context.when()
            order_id = context.new_id()
            order = Order(
                id=order_id,
                tenant_id=account.tenant_id,
                account_id=account.id,
                client_order_id=f"flatten-{order_id.hex}",
                terms=OrderTerms(
                    symbol=position.symbol,
                    side=Side.SELL if position.quantity > ZERO else Side.BUY,
                    type=OrderType.MARKET,
                    quantity=abs(position.quantity),
                    time_in_force=TimeInForce.DAY,
                    reduce_only=True,
                ),
                accepted_at=when.at,
                updated_at=when.at,
                market_at=when.market_at,
                actor="kill_switch",
                origin=Origin.KILL_SWITCH,
                reserved_price=ZERO,
            )
            draft = Draft(book=book, when=when, new_id=context.new_id)
            draft.put(move(order, to=OrderState.ACCEPTED, type=OrderEventType.ACCEPTED, when=when))
            draft.audit(
                AuditEntry(
                    id=context.new_id(),
                    tenant_id=account.tenant_id,
                    account_id=account.id,
                    actor="kill_switch",
                    action="order.flatten",
                    subject=str(order_id),
                    at=when.at,
                    market_at=when.market_at,
                )
            )
            return draft.done()

        changed = await context.book_store.change(
            tenant_id=account.tenant_id, account_id=account.id, decide=decide
        )
        if isinstance(changed, BookChange):
            context.wake()

    def _is_open(self, symbol: str) -> bool:
        instrument = self.context.instruments.find(symbol)
        if instrument is None:
            return True
        try:
            session = self.calendars.session(
                instrument.calendar, at=self.context.market_clock.now()
            )
        except UnknownCalendar:
            # Better an order that the broker refuses than a position that nobody closes.
            return True
        return session.is_open
