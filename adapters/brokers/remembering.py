"""Remember what a broker may hold open, for a stop that cannot ask storage."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    Broker,
    BrokerTraits,
    BrokerUnavailable,
    Refused,
    Report,
    ReportKind,
    UnreadableReport,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)
from ports.stops import RestingOrder

_CLOSED = frozenset({ReportKind.CANCELED, ReportKind.EXPIRED, ReportKind.REJECTED})


@dataclass(slots=True)
class _OpenOrder:
    """One order that may be open: what it asks for, and what was filled of it."""

    order: RestingOrder
    quantity: Decimal
    fills: dict[str, Decimal] = field(default_factory=dict)

    @property
    def is_filled(self) -> bool:
        return sum(self.fills.values(), Decimal(0)) >= self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberingBroker:
    """A Broker that knows what it sent and saw, until it is heard or seen to be closed.

    One order too many costs a cancel that is refused; one too few would be left at the venue:
    what is in doubt stays, and a reading of the venue settles it.
    """

    inner: Broker
    _open: dict[str, dict[str, _OpenOrder]] = field(default_factory=dict, init=False)

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on."""
        return self.inner.traits

    def resting(self, *, account_id: str) -> Sequence[RestingOrder]:
        """Return the account's orders that may be open."""
        return tuple(one.order for one in self._open.get(account_id, {}).values())

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
        urgent: bool = False,
    ) -> Acknowledged | Refused:
        """Send one order, once."""
        # Before it leaves: what a stop does not find in between would rest for good.
        known = self._open.setdefault(account_id, {})
        before = known.get(client_order_id)
        known.setdefault(client_order_id, _known(client_order_id, terms))
        try:
            answer = await self.inner.submit(
                account_id=account_id,
                client_order_id=client_order_id,
                terms=terms,
                protective_limit=protective_limit,
                written=written,
                leaving=leaving,
                urgent=urgent,
            )
        except BrokerUnavailable:
            if before is None:
                self._forget(account_id, client_order_id)
            raise
        if isinstance(answer, Refused) and before is None:
            self._forget(account_id, client_order_id)
        return answer

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Ask for a cancel; the report that it happened follows on the stream."""
        return await self.inner.cancel(account_id=account_id, client_order_id=client_order_id)

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Ask for a cancel of every order of the accounts; the reports follow on the stream."""
        return await self.inner.cancel_all(account_ids=account_ids, symbol=symbol)

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        """Ask for new terms; the client order id stays."""
        return await self.inner.replace(
            account_id=account_id,
            client_order_id=client_order_id,
            terms=terms,
            protective_limit=protective_limit,
            written=written,
            leaving=leaving,
        )

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Return the order by client order id, None if not visible."""
        return await self.inner.find(account_id=account_id, client_order_id=client_order_id)

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return every order of the account that can still fill, and remember those."""
        held = await self.inner.open_orders(account_id=account_id)
        known = self._open.setdefault(account_id, {})
        for order in held:
            one = known[order.client_order_id] = _known(order.client_order_id, order.terms)
            one.fills = {fill.trade_id: fill.quantity for fill in order.fills}
        return held

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Return what the account holds."""
        return await self.inner.positions(account_id=account_id)

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        """Yield the broker's reports, and forget what they say is closed."""
        async for report in self.inner.reports(after=after):
            if isinstance(report, Report):
                self._hear(report)
            yield report

    def _hear(self, report: Report) -> None:
        if report.kind in _CLOSED:
            self._forget(report.account_id, report.client_order_id)
            return
        known = self._open.setdefault(report.account_id, {})
        one = known.get(report.client_order_id)
        if report.terms is not None:
            # Replaced, or placed by others.
            filled = {} if one is None else one.fills
            one = known[report.client_order_id] = _known(report.client_order_id, report.terms)
            one.fills = filled
        if one is not None and report.fill is not None:
            one.fills[report.fill.trade_id] = report.fill.quantity
            if one.is_filled:
                self._forget(report.account_id, report.client_order_id)

    def _forget(self, account_id: str, client_order_id: str) -> None:
        self._open.get(account_id, {}).pop(client_order_id, None)


def _known(client_order_id: str, terms: OrderTerms) -> _OpenOrder:
    order = RestingOrder(
        client_order_id=client_order_id, symbol=terms.symbol, reduce_only=terms.reduce_only
    )
    return _OpenOrder(order=order, quantity=terms.quantity)
