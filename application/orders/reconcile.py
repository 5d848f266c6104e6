"""Compare our books with the broker's: at start, on reconnect, and all the time.

A mismatch halts the account and alerts; a fill is never invented, and a position query
that failed is not "flat".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from application.orders.adopt_external import AdoptExternal, reports_of
from application.orders.apply_report import ApplyReport
from application.orders.deps import OrderContext
from application.orders.resolve_unknown import ResolveUnknown
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.orders.order import Order, Origin
from domain.orders.states import OrderState
from domain.shared.values import ZERO, plain
from ports.broker import Broker, VenueOrder
from ports.orders import OrderFilter

# Younger disagreements are messages still on their way.
IN_FLIGHT = timedelta(seconds=5)
# How many closed orders of a symbol are read back when its positions differ.
LOOKED_BACK = 20
_MAY_FILL_LATE = frozenset({OrderState.CANCELED, OrderState.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing on which our book and the broker's disagree."""

    account: Account
    subject: str
    ours: str
    theirs: str
    # Set where it is about a position.
    symbol: str | None = None
    # And by how much the broker's is the larger.
    off: Decimal | None = None

    @property
    def key(self) -> str:
        """By what it is known again: a position that trades on stays off by as much."""
        return self.sentence if self.off is None else f"{self.subject} off by {plain(self.off)}"

    @property
    def sentence(self) -> str:
        """The disagreement in words."""
        return f"{self.subject}: ours {self.ours}, the broker's {self.theirs}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Reconcile one account with its broker. Raises BrokerUnsure and BrokerUnavailable."""

    context: OrderContext
    apply_report: ApplyReport
    adopt_external: AdoptExternal
    resolve: ResolveUnknown

    async def __call__(self, *, account: Account, broker: Broker) -> tuple[Mismatch, ...]:
        """Take over what the broker proves and return what stays unexplained."""
        held = await broker.open_orders(account_id=str(account.id))
        book = await self._book(account)
        known = {order.client_order_id: order for order in book.orders.values()}
        found: list[Mismatch] = []
        for one in held:
            if one.client_order_id not in known:
                found += await self._unclaimed(account, held=one)
        seen = {one.client_order_id for one in held}
        for order in book.orders.values():
            if _should_be_open(order, now=self._now()) and order.client_order_id not in seen:
                found += await self._look_up(account, order=order, broker=broker)
            if _is_in_doubt(order, now=self._now()):
                # Also what is open no more: a request that it never answered is settled here.
                await self.resolve(tenant_id=account.tenant_id, order_id=order.id, broker=broker)
        differing = await self._positions(account, broker=broker)
        if differing:
            await self._recover(account, differing=differing, broker=broker)
            # Looked at again in any case: one of the two may book a split a moment later.
            differing = await self._positions(account, broker=broker)
        return (*found, *differing)

    async def _recover(
        self, account: Account, *, differing: tuple[Mismatch, ...], broker: Broker
    ) -> None:
        """Read back what closed lately in symbols that differ: a fill may have been missed."""
        for mismatch in differing:
            closed = await self.context.archive.list(
                tenant_id=account.tenant_id,
                filter=OrderFilter(
                    account_id=account.id,
                    symbol=mismatch.symbol,
                    states=_MAY_FILL_LATE,
                    limit=LOOKED_BACK,
                ),
            )
            for order in closed:
                await self._look_up(account, order=order, broker=broker)

    async def _book(self, account: Account) -> AccountBook:
        return await self.context.book_store.read(
            tenant_id=account.tenant_id, account_id=account.id
        )

    async def _unclaimed(self, account: Account, *, held: VenueOrder) -> tuple[Mismatch, ...]:
        """Take in an open order that is not ours; ours that is closed contradicts us."""
        ours = await self.context.archive.by_client_id(
            tenant_id=account.tenant_id,
            account_id=account.id,
            client_order_id=held.client_order_id,
        )
        if ours is None:
            problem = await self.adopt_external.adopt(account=account, held=held)
            if problem is None:
                return ()
            subject = f"order {held.client_order_id}"
            why = f"not known ({problem})"
            return (Mismatch(account=account, subject=subject, ours=why, theirs=held.state),)
        if not ours.is_closed or ours.updated_at + IN_FLIGHT > self._now():
            return ()
        subject = f"order {ours.id}"
        return (Mismatch(account=account, subject=subject, ours=ours.state, theirs=held.state),)

    async def _look_up(
        self, account: Account, *, order: Order, broker: Broker
    ) -> tuple[Mismatch, ...]:
        """Ask for the one order before any verdict that it is gone."""
        held = await broker.find(
            account_id=str(order.account_id), client_order_id=order.client_order_id
        )
        if held is None:
            subject = f"order {order.id}"
            return (
                Mismatch(account=account, subject=subject, ours=order.state, theirs="not found"),
            )
        for report in reports_of(held, at=self.context.market_clock.now()):
            await self.apply_report(
                tenant_id=order.tenant_id,
                account_id=order.account_id,
                report=report,
                heard=None,
            )
        return ()

    async def _positions(self, account: Account, *, broker: Broker) -> tuple[Mismatch, ...]:
        before = await self._book(account)
        theirs = {
            one.symbol: one.quantity for one in await broker.positions(account_id=str(account.id))
        }
        book = await self._book(account)
        if book.version != before.version or _in_flight(book):
            # Something moved between the two looks: nothing can be concluded this time.
            return ()
        ours = {symbol: held.quantity for symbol, held in book.positions.items()}
        symbols = sorted(ours.keys() | theirs.keys())
        return tuple(
            Mismatch(
                account=account,
                subject=f"position {symbol}",
                ours=plain(ours.get(symbol, ZERO)),
                theirs=plain(theirs.get(symbol, ZERO)),
                symbol=symbol,
                off=theirs.get(symbol, ZERO) - ours.get(symbol, ZERO),
            )
            for symbol in symbols
            if _differ(ours.get(symbol, ZERO), theirs.get(symbol, ZERO))
        )

    def _now(self) -> datetime:
        return self.context.clock.now()


def _differ(ours: Decimal, theirs: Decimal) -> bool:
    return ours != theirs


def _is_in_doubt(order: Order, *, now: datetime) -> bool:
    asked = order.state in (OrderState.PENDING_CANCEL, OrderState.PENDING_UPDATE)
    since = order.updated_at
    if order.state is OrderState.PENDING_UPDATE and order.request_sent:
        # By its own send: cancels that are refused again and again must not keep it young.
        since = order.sent_at or since
    return (order.is_unsure or asked) and since + IN_FLIGHT <= now


def _should_be_open(order: Order, *, now: datetime) -> bool:
    return order.is_at_venue and order.updated_at + IN_FLIGHT <= now


def _in_flight(book: AccountBook) -> bool:
    """Tell whether a fill may be on its way to us right now."""
    return any(
        order.is_unsure
        and order.origin is not Origin.EXTERNAL
        and order.state is not OrderState.PARKED
        for order in book.orders.values()
    )
