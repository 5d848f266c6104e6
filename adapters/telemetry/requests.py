"""Open the span of each request, outside everything else."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from opentelemetry.trace import Span

from adapters.telemetry.tracing import Tracing, failed

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_TRACEPARENT = b"traceparent"
_TRACE_HEADERS = (_TRACEPARENT, b"tracestate")


class TraceRequests:
    """The outermost ASGI layer where tracing is on.

    It goes on below the caller's span (W3C Trace Context), and hands its own span down as
    the request's traceparent: logs, problems and the audit trail name the same trace.
    """

    def __init__(self, app: App, *, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on inside its span."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._tracing.request(name=scope["method"], carrier=_carrier(scope)) as span:
            context = span.get_span_context()
            flags = int(context.trace_flags)
            parent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"
            others = [pair for pair in scope["headers"] if pair[0] != _TRACEPARENT]
            inside = {**scope, "headers": [*others, (_TRACEPARENT, parent.encode())]}
            await self._traced(inside, receive, send, span=span)

    async def _traced(self, scope: Scope, receive: Receive, send: Send, *, span: Span) -> None:
        status = 500

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observed_send)
        except Exception as problem:
            failed(span, problem)
            raise
        finally:
            # Set by the router; a path that is no route stays out of the name.
            route = scope.get("path_template") or "(none)"
            span.update_name(f"{scope['method']} {route}")
            span.set_attributes(
                {
                    "http.request.method": scope["method"],
                    "http.route": route,
                    "http.response.status_code": status,
                }
            )


def _carrier(scope: Scope) -> dict[str, str]:
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _TRACE_HEADERS
    }
