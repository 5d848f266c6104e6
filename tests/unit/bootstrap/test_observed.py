"""Requests, commits and broker calls are timed, and one trace joins the three."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.memory.accounts import MemoryAccountBooks, MemoryAccountDirectory
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from bootstrap.health import HealthBoard
from bootstrap.metrics import Metrics
from bootstrap.observed import ObservedBooks, ObservedBroker, Observer
from bootstrap.requests import ObserveRequests
from bootstrap.settings.sections import TracingSettings
from bootstrap.tracing import Tracing
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.accounts.change import BookChange
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from ports.accounts import Committed, Stale, StaleCause
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


async def _ask(app: ObserveRequests, *, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/orders",
        "headers": headers,
    }
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    await app(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    state: dict[str, Any] = scope["state"]
    return answered | state


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

    async def take_in(scope: Any, receive: Any, send: Any) -> None:
        assert await books.commit(change) == Committed()
        scope["path_template"] = "/api/v1/orders"
        await send({"type": "http.response.start", "status": 201, "headers": []})

    app = ObserveRequests(take_in, observer=observer, ids=IDS)
    caller = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answered = await _ask(app, headers=[(b"traceparent", caller)])
    # The dispatcher runs in a task of its own, without the request's context.
    await asyncio.create_task(_submit(broker))
    assert observer.tracing is not None
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
    assert answered["x-trace-id"] == answered["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert UUID(answered["x-request-id"]).version == 7


async def test_requests_are_counted_by_route_and_status_not_by_path() -> None:
    observer = Observer(metrics=Metrics(health=HealthBoard(clock=CLOCK)), tracing=None)

    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken")

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404})

    answered = await _ask(ObserveRequests(answer, observer=observer, ids=IDS), headers=[])
    assert answered["trace_id"] == answered["x-request-id"]
    with pytest.raises(RuntimeError):
        await _ask(ObserveRequests(fail, observer=observer, ids=IDS), headers=[])
    text = observer.metrics.render().decode()
    for status in ("404", "500"):
        said = f'ballast_http_requests_total{{method="POST",route="(none)",status="{status}"}} 1.0'
        assert said in text
    assert "/orders" not in text


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
    text = observer.metrics.render().decode()
    labels = f'broker="paper",call="submit",outcome="{outcome}"'
    assert f"ballast_broker_call_seconds_count{{{labels}}} 1.0" in text


async def test_a_stale_commit_is_told_as_such(observer: Observer) -> None:
    books = await _books(observer)
    change, _ = _change(AccountBook(account=ACCOUNT, version=7))
    assert await books.commit(change) == Stale(StaleCause.BOOK)
    text = observer.metrics.render().decode()
    assert 'ballast_book_commit_seconds_count{outcome="stale_book"} 1.0' in text
