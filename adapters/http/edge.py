"""Stand before the application: ids, tokens, limits, headers, metrics, access log."""

import re
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.metrics import HttpMetrics
from adapters.http.problems import (
    MEDIA_TYPE,
    Problem,
    body_of,
    problem_of,
    too_large,
    unauthorized,
)
from adapters.http.settings import HttpSettings
from domain.identity.tenant import Principal

log = structlog.get_logger(__name__)

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_HEADERS = (
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
# The documentation page runs the scripts that this server itself serves, nothing else.
_DOCS_POLICY = (
    b"content-security-policy",
    (
        b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
        b" script-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
    ),
)

Authenticate = Callable[[str], Awaitable[Principal]]

_OPEN = frozenset({"/health/live", "/health/ready", "/api/v1/auth/token", "/openapi.json"})
_OPEN_PREFIXES = ("/docs", "/problems")


class BodyTooLarge(Exception):
    """The body went over the limit while it was read."""


class Edge:
    """The outermost layer; everything that comes in passes it, known route or not."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticate: Authenticate,
        settings: HttpSettings,
        metrics: HttpMetrics,
    ) -> None:
        self._app = app
        self._authenticate = authenticate
        self._settings = settings
        self._metrics = metrics
        metrics_open = frozenset({"/metrics"}) if settings.metrics_public else frozenset()
        self._open = _OPEN | metrics_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == ScopeType.WEBSOCKET:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        trace_id, request_id = _ids(headers)
        state = scope.setdefault("state", {})
        state["trace_id"] = trace_id
        path = scope["path"]
        tail = self._tail(path, trace_id=trace_id, request_id=request_id)
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *tail]
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=trace_id, request_id=request_id):
            problem = await self._admit(path, headers=headers, state=state)
            if problem is None:
                limited = _limited(receive, headers=headers, limit=self._settings.body_max)
                if limited is None:
                    problem = too_large(self._settings.body_max)
                else:
                    try:
                        await self._app(scope, limited, sending)
                    except BodyTooLarge:
                        problem = too_large(self._settings.body_max)
            if problem is not None:
                await respond(problem, path=path, trace_id=trace_id, send=sending)
            seconds = time.perf_counter() - began
            route = str(state.get("route", "unrouted"))
            self._metrics.count(method=scope["method"], route=route, status=status, s=seconds)
            log.info(
                "http.answered",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 2),
            )

    async def _admit(
        self, path: str, *, headers: dict[bytes, bytes], state: dict[str, Any]
    ) -> Problem | None:
        """Put the principal into the state, or return why the request stops here."""
        if path in self._open or path.startswith(_OPEN_PREFIXES):
            return None
        given = headers.get(b"authorization")
        if given is None:
            return unauthorized("this route needs an Authorization header: Bearer <token>")
        scheme, _, token = given.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return unauthorized("the Authorization header must read: Bearer <token>")
        try:
            state["principal"] = await self._authenticate(token.strip())
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return problem
        return None

    def _tail(
        self, path: str, *, trace_id: str, request_id: str
    ) -> tuple[tuple[bytes, bytes], ...]:
        policy = _DOCS_POLICY if path.startswith("/docs") else _API_POLICY
        return (
            *_HEADERS,
            policy,
            (b"x-request-id", request_id.encode()),
            (b"x-trace-id", trace_id.encode()),
        )


async def respond(problem: Problem, *, path: str, trace_id: str, send: Any) -> None:
    """Send a problem as the whole answer."""
    body = body_of(problem, instance=path, trace_id=trace_id)
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _ids(headers: dict[bytes, bytes]) -> tuple[str, str]:
    """Return the trace id (the caller's, if well formed) and the request id."""
    given = _TRACEPARENT.fullmatch(headers.get(b"traceparent", b""))
    trace_id = given.group(1).decode() if given else secrets.token_hex(16)
    asked = headers.get(b"x-request-id", b"")
    request_id = asked.decode() if _REQUEST_ID.fullmatch(asked) else trace_id[:16]
    return trace_id, request_id


def _limited(receive: Receive, *, headers: dict[bytes, bytes], limit: int) -> Receive | None:
    """Return a receive that stops at the limit, None when the length says it is over."""
    declared = headers.get(b"content-length")
    if declared is not None:
        if not declared.isdigit() or int(declared) > limit:
            return None
        return receive
    if b"transfer-encoding" not in headers:
        return receive
    total = 0

    async def counted() -> Any:
        nonlocal total
        message = await receive()
        if message["type"] == "http.request":
            total += len(message.get("body", b""))
            if total > limit:
                raise BodyTooLarge
        return message

    return counted
