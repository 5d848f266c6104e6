"""Give every request its ids, its span and its place in the metrics."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import nullcontext
from typing import Any

import structlog
from opentelemetry.trace import Span

from bootstrap.observed import Observer
from bootstrap.tracing import failed, trace_id_of
from ports.ids import Ids

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = structlog.get_logger(__name__)
# Liveness probes come every second and say nothing.
_UNLOGGED = ("/health/", "/metrics")
_TRACE_HEADERS = (b"traceparent", b"tracestate")


class ObserveRequests:
    """The outermost ASGI layer.

    It puts request_id and trace_id (32 hexadecimal digits) into scope["state"], into every
    log of the request, and answers them as X-Request-ID and X-Trace-ID.
    """

    def __init__(self, app: App, *, observer: Observer, ids: Ids) -> None:
        self._app = app
        self._observer = observer
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and observe it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        tracing = self._observer.tracing
        request_id = self._ids.new().hex
        opened: Any = nullcontext()
        if tracing is not None:
            name = scope.get("method", "WEBSOCKET")
            opened = tracing.request(name=name, carrier=_carrier(scope))
        with opened as span:
            # Without tracing the request's id is as good a name for what it causes.
            trace_id = trace_id_of(span) if span is not None else request_id
            structlog.contextvars.bind_contextvars(request_id=request_id, trace_id=trace_id)
            try:
                await self._observed(scope, receive, send, span=span, ids=(request_id, trace_id))
            finally:
                structlog.contextvars.unbind_contextvars("request_id", "trace_id")

    async def _observed(
        self, scope: Scope, receive: Receive, send: Send, *, span: Span | None, ids: tuple[str, str]
    ) -> None:
        request_id, trace_id = ids
        state = scope.setdefault("state", {})
        state["request_id"], state["trace_id"] = request_id, trace_id
        status = 500 if scope["type"] == "http" else 101

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                    (b"x-trace-id", trace_id.encode()),
                ]
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, observed_send)
        except Exception as problem:
            if span is not None:
                failed(span, problem)
            raise
        finally:
            self._tell(scope, status=status, seconds=time.perf_counter() - began, span=span)

    def _tell(self, scope: Scope, *, status: int, seconds: float, span: Span | None) -> None:
        # Set by the router; a path that is no route would make a label of every typo.
        route = scope.get("path_template") or "(none)"
        method = scope.get("method", "WEBSOCKET")
        if scope["type"] == "http":
            self._observer.metrics.answered(
                method=method, route=route, status=status, seconds=seconds
            )
        if span is not None:
            span.update_name(f"{method} {route}")
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": status,
                }
            )
        if not str(scope["path"]).startswith(_UNLOGGED):
            _log.debug(
                "http.answered",
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1e3, 2),
            )


def _carrier(scope: Scope) -> dict[str, str]:
    """Take the caller's trace headers (W3C Trace Context)."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _TRACE_HEADERS
    }
