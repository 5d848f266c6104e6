"""Trace a request from HTTP over the books to the broker."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Protocol

from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue

# Orders between their acceptance and their sending: far fewer than this at any time.
_ORIGINS_MAX = 10_000
_QUEUE_MAX = 4_096


class TracingStyle(Protocol):
    """Which requests are traced, and where their spans go: to `console`, or `otlp`."""

    @property
    def exporter(self) -> str: ...

    @property
    def endpoint(self) -> str: ...

    @property
    def sampled(self) -> float: ...


class Tracing:
    """Spans of this process, on their way to the exporter that is set."""

    def __init__(
        self, *, settings: TracingStyle, version: str, exporter: SpanExporter | None = None
    ) -> None:
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.sampled)),
            resource=Resource.create({"service.name": "ballast", "service.version": version}),
            shutdown_on_exit=False,
        )
        self._settings = settings
        self._exporter = exporter
        self._tracer = self._provider.get_tracer("ballast", version)
        self._origins: OrderedDict[str, SpanContext] = OrderedDict()

    def start(self) -> None:
        """Begin to export, in a thread that drops spans rather than slow the process."""
        exporter = self._exporter or _exporter(self._settings)
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=_QUEUE_MAX, export_timeout_millis=5_000)
        )

    def stop(self) -> None:
        """Export what is left and end."""
        self._provider.shutdown()

    @contextmanager
    def request(self, *, name: str, carrier: dict[str, str]) -> Iterator[Span]:
        """Open the span of a request, below the caller's when it sent a traceparent."""
        with self._tracer.start_as_current_span(
            name,
            context=extract(carrier),
            kind=SpanKind.SERVER,
            # A handler's exception text may hold what the client sent.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    def span(
        self,
        name: str,
        *,
        below: SpanContext | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: dict[str, AttributeValue] | None = None,
    ) -> AbstractContextManager[Span]:
        """Open a span below the current one, or below a remembered one."""
        context = None
        if below is not None:
            context = trace.set_span_in_context(trace.NonRecordingSpan(below))
        return self._tracer.start_as_current_span(
            name, context=context, kind=kind, attributes=attributes, record_exception=False
        )

    def remember(self, order: str) -> None:
        """Keep the current span for an order: it is sent later, by another task."""
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            self._origins[order] = context
            while len(self._origins) > _ORIGINS_MAX:
                self._origins.popitem(last=False)

    def origin(self, order: str) -> SpanContext | None:
        """Return the span in which an order was taken in, once."""
        return self._origins.pop(order, None)


def failed(span: Span, problem: BaseException) -> None:
    """Mark a span as failed by the kind of problem, whose text may hold client data."""
    span.set_status(Status(StatusCode.ERROR, type(problem).__name__))


def _exporter(settings: TracingStyle) -> SpanExporter:
    if settings.exporter == "console":
        return ConsoleSpanExporter()
    # Not among our dependencies; the settings were refused unless it is installed.
    module = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    exporter: SpanExporter = module.OTLPSpanExporter(endpoint=settings.endpoint, timeout=5)
    return exporter
