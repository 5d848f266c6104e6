"""Time and trace the two calls that matter most: a commit of a book, and a call of a broker."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from opentelemetry.trace import SpanContext, SpanKind
from opentelemetry.util.types import AttributeValue

from adapters.telemetry.metrics import Metrics
from adapters.telemetry.tracing import Tracing, failed
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Reply
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms
from ports.accounts import AccountBooks, BookCommit, ReportMarks, Stale
from ports.broker import (
    Acknowledged,
    Broker,
    BrokerTraits,
    BrokerUnavailable,
    BrokerUnsure,
    Refused,
    Report,
    UnreadableReport,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """Where observations go; tracing is None when it is off."""

    metrics: Metrics
    tracing: Tracing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedBooks:
    """Account books whose commits are timed and traced."""

    inner: AccountBooks
    observer: Observer

    async def load(self, *, tenant_id: UUID, account_id: UUID) -> AccountBook | None:
        """Return the book as of one version."""
        return await self.inner.load(tenant_id=tenant_id, account_id=account_id)

    async def version(self, *, tenant_id: UUID, account_id: UUID) -> int | None:
        """Return the version that is stored now."""
        return await self.inner.version(tenant_id=tenant_id, account_id=account_id)

    async def versions(self, *, tenant_id: UUID) -> Mapping[UUID, int]:
        """Return the stored versions of all the tenant's books."""
        return await self.inner.versions(tenant_id=tenant_id)

    async def symbol_versions(
        self, *, tenant_id: UUID, symbols: Sequence[str]
    ) -> tuple[tuple[str, int], ...]:
        """Return how often an order of the tenant was put, fenced, in each of the symbols."""
        return await self.inner.symbol_versions(tenant_id=tenant_id, symbols=symbols)

    async def commit(self, change: BookChange) -> BookCommit | Stale:
        """Store all of the change durably, or nothing."""
        began = time.perf_counter()
        outcome = "error"
        try:
            tracing = self.observer.tracing
            if tracing is None:
                answer = await self.inner.commit(change)
            else:
                with tracing.span("books.commit", attributes=_described(change)):
                    answer = await self.inner.commit(change)
                _remember(tracing, change)
            outcome = "committed" if isinstance(answer, BookCommit) else f"stale_{answer.cause}"
            return answer
        finally:
            seconds = time.perf_counter() - began
            self.observer.metrics.committed(outcome=outcome, seconds=seconds)

    async def reply(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return the stored answer to an idempotency key."""
        return await self.inner.reply(tenant_id=tenant_id, key=key)

    async def heard(self, *, broker: str) -> ReportMarks:
        """Return which reports of the broker were applied."""
        return await self.inner.heard(broker=broker)

    async def mark_heard(self, *, broker: str, mark: int) -> None:
        """Store that all reports up to the mark were applied."""
        await self.inner.mark_heard(broker=broker, mark=mark)


def _described(change: BookChange) -> dict[str, AttributeValue]:
    return {
        "db.operation.name": "commit_change",
        "ballast.account_id": str(change.book.account.id),
        "ballast.version": change.book.version,
        "ballast.orders": len(change.orders),
        "ballast.fills": len(change.fills),
    }


def _remember(tracing: Tracing, change: BookChange) -> None:
    for order in change.orders:
        if order.state is OrderState.ACCEPTED:
            tracing.remember(order.client_order_id)


@dataclass(slots=True)
class _Call:
    outcome: str = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedBroker:
    """A broker whose calls are timed and traced, a submit below the request that caused it."""

    inner: Broker
    observer: Observer

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on."""
        return self.inner.traits

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
        tracing = self.observer.tracing
        below = tracing.origin(client_order_id) if tracing is not None else None
        with self._call("submit", order=client_order_id, below=below) as call:
            answer = await self.inner.submit(
                account_id=account_id,
                client_order_id=client_order_id,
                terms=terms,
                protective_limit=protective_limit,
                written=written,
                leaving=leaving,
                urgent=urgent,
            )
            call.outcome = _outcome(answer)
        return answer

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Ask for a cancel."""
        with self._call("cancel", order=client_order_id) as call:
            answer = await self.inner.cancel(account_id=account_id, client_order_id=client_order_id)
            call.outcome = _outcome(answer)
        return answer

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Ask for a cancel of every order of the accounts."""
        with self._call("cancel_all") as call:
            answer = await self.inner.cancel_all(account_ids=account_ids, symbol=symbol)
            call.outcome = _outcome(answer)
        return answer

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
        """Ask for new terms."""
        with self._call("replace", order=client_order_id) as call:
            answer = await self.inner.replace(
                account_id=account_id,
                client_order_id=client_order_id,
                terms=terms,
                protective_limit=protective_limit,
                written=written,
                leaving=leaving,
            )
            call.outcome = _outcome(answer)
        return answer

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Return the order by client order id."""
        with self._call("find", order=client_order_id) as call:
            found = await self.inner.find(account_id=account_id, client_order_id=client_order_id)
            call.outcome = "found" if found is not None else "not_found"
        return found

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return every order of the account that can still fill."""
        with self._call("open_orders") as call:
            found = await self.inner.open_orders(account_id=account_id)
            call.outcome = "read"
        return found

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Return what the account holds."""
        with self._call("positions") as call:
            found = await self.inner.positions(account_id=account_id)
            call.outcome = "read"
        return found

    def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        """Yield reports with a sequence above `after`, then new ones as they come."""
        return self.inner.reports(after=after)

    @contextmanager
    def _call(
        self, name: str, *, order: str = "", below: SpanContext | None = None
    ) -> Iterator[_Call]:
        call = _Call()
        broker = self.inner.traits.name
        began = time.perf_counter()
        try:
            tracing = self.observer.tracing
            if tracing is None:
                yield call
                return
            attributes: dict[str, AttributeValue] = {
                "ballast.broker": broker,
                "ballast.client_order_id": order,
            }
            with tracing.span(
                f"broker.{name}", below=below, kind=SpanKind.CLIENT, attributes=attributes
            ) as span:
                try:
                    yield call
                except Exception as problem:
                    failed(span, problem)
                    raise
        except BrokerUnsure:
            call.outcome = "unsure"
            raise
        except BrokerUnavailable:
            call.outcome = "unavailable"
            raise
        finally:
            self.observer.metrics.called(
                broker=broker,
                call=name,
                outcome=call.outcome,
                seconds=time.perf_counter() - began,
            )


def _outcome(answer: Acknowledged | Refused) -> str:
    return "acknowledged" if isinstance(answer, Acknowledged) else "refused"
