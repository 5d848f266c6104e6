"""Requests, commits and broker calls are timed, and one trace joins the three."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest

from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.observed import ObservedBooks, ObservedBroker, Observer
from adapters.telemetry.requests import TraceRequests
from adapters.telemetry.tracing import Tracing
from bootstrap.settings.sections import TracingSettings
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from ports.accounts import BookCommit, Stale, StaleCause
from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnsure,
    Dedup,
    Refused,
    Report,
    VenueOrder,
    VenuePosition,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CLOCK = ManualClock(NOW)
IDS = SeededIds(clock=CLOCK, seed=1)
ACCOUNT = Account(
    id=IDS.new(),
    tenant_id=IDS.new(),
    portfolio_id=IDS.new(),
    name="Paper",
    broker="paper",
    created_at=NOW,
)
TERMS = OrderTerms(
    symbol="IBM",
    side=Side.BUY,
    type=OrderType.MARKET,
    quantity=Decimal(1),
    time_in_force=TimeInForce.DAY,
)


class OneAnswerBroker:
    """A broker that gives one answer to every submit."""

    traits = BrokerTraits(
        name="paper", dedup=Dedup.FULL, settle_horizon_s=1.0, native_reduce_only=False
    )

    def __init__(self, answer: Acknowledged | Refused | Exception) -> None:
        self._answer = answer

    async def submit(self, *, written: Any, **_: Any) -> Acknowledged | Refused:
        written()
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    async def cancel(self, **_: Any) -> Acknowledged | Refused:
        return Refused("closed already")

    async def replace(self, **_: Any) -> Acknowledged | Refused:
        return Acknowledged("v1")

    async def find(self, **_: Any) -> VenueOrder | None:
        return None

    async def open_orders(self, **_: Any) -> Sequence[VenueOrder]:
        return []

    async def cancel_all(self, **_: Any) -> Acknowledged | Refused:
        return Acknowledged("")

    async def positions(self, **_: Any) -> Sequence[VenuePosition]:
        return []

    async def reports(self, *, after: int) -> AsyncIterator[Report]:
        return
        yield


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def observer(spans: InMemorySpanExporter) -> Iterator[Observer]:
    tracing = Tracing(settings=TracingSettings(), version="1", exporter=spans)
    tracing.start()
    yield Observer(metrics=Metrics(health=HealthBoard(clock=CLOCK)), tracing=tracing)
    tracing.stop()


def _change(book: AccountBook) -> tuple[BookChange, Order]:
    order = Order(
        id=IDS.new(),
        tenant_id=ACCOUNT.tenant_id,
        account_id=ACCOUNT.id,
        client_order_id="c-1",
        terms=TERMS,
        accepted_at=NOW,
        updated_at=NOW,
        market_at=NOW,
        actor="user:1",
        state=OrderState.ACCEPTED,
    )
    after = AccountBook(account=ACCOUNT, version=book.version + 1, orders={order.id: order})
    return BookChange(book=after, orders=(order,)), order


async def _books(observer: Observer) -> ObservedBooks:
    link = MemoryLink(MemoryDatabase())
    book = AccountBook(account=ACCOUNT, version=0)
    await MemoryAccountDirectory(link).open(book=book, funding=None)
    return ObservedBooks(inner=MemoryAccountBooks(link), observer=observer)


async def _submit(broker: ObservedBroker) -> Acknowledged | Refused:
    return await broker.submit(
        account_id=str(ACCOUNT.id), client_order_id="c-1", terms=TERMS, written=lambda: None
    )


async def _ask(app: TraceRequests, *, headers: list[tuple[bytes, bytes]]) -> None:
    scope = {"type": "http", "method": "POST", "path": "/orders", "headers": headers}

    async def send(message: Any) -> None:
        assert message["type"] == "http.response.start"

    async def receive() -> Any:
        return {"type": "http.request"}

    await app(scope, receive, send)


def _text(observer: Observer) -> str:
    return generate_latest(observer.metrics.registry).decode()


def _tree(spans: Sequence[ReadableSpan]) -> list[tuple[str, str]]:
    names = {span.context.span_id: span.name for span in spans if span.context}
    return [
        (span.name, names.get(span.parent.span_id, "outside") if span.parent else "")
        for span in spans
    ]


async def test_one_trace_goes_from_the_request_over_the_commit_to_the_broker(
    observer: Observer, spans: InMemorySpanExporter
) -> None:
    books = await _books(observer)
    broker = ObservedBroker(inner=OneAnswerBroker(Acknowledged("v1")), observer=observer)
    change, _ = _change(AccountBook(account=ACCOUNT, version=0))
    seen: list[tuple[bytes, bytes]] = []

    async def take_in(scope: Any, receive: Any, send: Any) -> None:
        assert await books.commit(change) == BookCommit()
        scope["path_template"] = "/api/v1/orders"
        seen.extend(scope["headers"])
        await send({"type": "http.response.start", "status": 201, "headers": []})

    assert observer.tracing is not None
    app = TraceRequests(take_in, tracing=observer.tracing)
    caller = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await _ask(app, headers=[(b"traceparent", caller)])
    # The dispatcher runs in a task of its own, without the request's context.
    await asyncio.create_task(_submit(broker))
    observer.tracing.stop()
    finished = spans.get_finished_spans()
    assert _tree(finished) == [
        ("books.commit", "POST /api/v1/orders"),
        ("POST /api/v1/orders", "outside"),
        ("broker.submit", "POST /api/v1/orders"),
    ]
    assert {format(span.context.trace_id, "032x") for span in finished if span.context} == {
        "0af7651916cd43dd8448eb211c80319c"
    }
    # What is inside the span goes on with it: its own id, not the caller's.
    (inside,) = [value.decode() for name, value in seen if name == b"traceparent"]
    assert inside.split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    assert inside.split("-")[2] != "b7ad6b7169203331"


async def test_a_failed_request_is_a_failed_span_without_its_text(
    observer: Observer, spans: InMemorySpanExporter
) -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("canary")

    assert observer.tracing is not None
    with pytest.raises(RuntimeError):
        await _ask(TraceRequests(fail, tracing=observer.tracing), headers=[])
    observer.tracing.stop()
    (span,) = spans.get_finished_spans()
    assert span.name == "POST (none)"
    assert span.status.description == "RuntimeError"
    assert "canary" not in span.to_json()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Acknowledged("v1"), "acknowledged"),
        (Refused("no"), "refused"),
        (BrokerUnsure("lost"), "unsure"),
        (ZeroDivisionError(), "error"),
    ],
)
async def test_broker_calls_are_timed_by_what_became_of_them(
    observer: Observer, answer: Any, outcome: str
) -> None:
    broker = ObservedBroker(inner=OneAnswerBroker(answer), observer=observer)
    if isinstance(answer, Exception):
        with pytest.raises(type(answer)):
            await _submit(broker)
    else:
        assert await _submit(broker) == answer
    text = _text(observer)
    labels = f'broker="paper",call="submit",outcome="{outcome}"'
    assert f"ballast_broker_call_seconds_count{{{labels}}} 1.0" in text


async def test_a_stale_commit_is_told_as_such(observer: Observer) -> None:
    books = await _books(observer)
    change, _ = _change(AccountBook(account=ACCOUNT, version=7))
    assert await books.commit(change) == Stale(StaleCause.BOOK)
    text = _text(observer)
    assert 'ballast_book_commit_seconds_count{outcome="stale_book"} 1.0' in text
