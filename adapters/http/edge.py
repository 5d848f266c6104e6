"""Stand before the application: ids, tokens, limits, headers, metrics, access log."""

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from adapters.http.cors import AllowedOrigins, Headers
from adapters.http.metrics import HttpMetrics
from adapters.http.origins import origin_of
from adapters.http.permissions import REFUSED
from adapters.http.problem_kinds import MEDIA_TYPE
from adapters.http.problems import Problem, body_of, defect, problem_of, unauthorized
from adapters.http.settings import HttpSettings
from adapters.http.wire import BODY_MAX
from domain.audit.origin import coming_from
from domain.identity.tenant import Principal

log = structlog.get_logger(__name__)

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NO_TRACE = b"0" * 32
_HEADERS: Headers = (
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_API_TAIL: Headers = (
    *_HEADERS,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
# The documentation page loads what this server itself serves, and nothing else.
_DOCS_TAIL: Headers = (
    *_HEADERS,
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'"),
)

# Whoever checks tokens may keep the public keys for a while, and asks again for one it misses.
_JWKS_TAIL: Headers = (
    *(pair for pair in _API_TAIL if pair[0] != b"cache-control"),
    (b"cache-control", b"public, max-age=300"),
)

Authenticate = Callable[[str], Awaitable[Principal]]
RecordRefusal = Callable[[HTTPScope], Awaitable[None]]

JWKS = "/.well-known/jwks.json"
OPEN_PATHS = frozenset(
    {
        "/health/live",
        "/health/ready",
        "/api/v1/auth/token",
        "/api/v1/auth/login",
        "/api/v1/auth/challenge",
        "/api/v1/auth/recovery",
        "/api/v1/auth/refresh",
        "/api/v1/auth/join",
        "/api/v1/auth/password/reset",
        JWKS,
        "/openapi.json",
        "/docs",
        "/problems",
    }
)
OPEN_FOLDERS = ("/docs/", "/problems/")
METRICS = "/metrics"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of a request before it is answered."""

    began: float
    trace_id: str
    request_id: str
    # Ours below the caller's in the trace, 16 hexadecimal digits.
    span_id: str


class Edge:
    """The outermost layer; everything that comes in passes it, known route or not."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        websocket: ASGIApp,
        authenticate: Authenticate,
        settings: HttpSettings,
        metrics: HttpMetrics,
        methods: Mapping[str, bytes],
        record_refusal: RecordRefusal,
    ) -> None:
        self._record_refusal = record_refusal
        self._app = app
        self._methods = methods
        self._websocket = websocket
        self._authenticate = authenticate
        self._metrics = metrics
        self._logs = settings.access_log
        self._body_max = settings.body_max
        self._origins = AllowedOrigins(settings.allowed_origins)
        self._open = OPEN_PATHS | ({METRICS} if settings.metrics_public else frozenset())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        headers = dict(scope["headers"])
        state: dict[str, Any] = scope.setdefault("state", {})
        seen = _see(headers, state)
        state[BODY_MAX] = self._body_max
        if scope["type"] == ScopeType.WEBSOCKET:
            await self._websocket(scope, receive, send)
            return
        ids = {"trace_id": seen.trace_id, "request_id": seen.request_id}
        tokens = structlog.contextvars.bind_contextvars(**ids)
        try:
            await self._serve(scope, receive, send, headers=headers, seen=seen)
        finally:
            structlog.contextvars.reset_contextvars(**tokens)

    async def _serve(
        self,
        scope: HTTPScope,
        receive: Receive,
        send: Send,
        *,
        headers: dict[bytes, bytes],
        seen: _Seen,
    ) -> None:
        path = scope["path"]
        tail = self._tail(path, headers=headers, seen=seen)
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message["headers"]
                if scope["method"] == "OPTIONS":
                    given = self._allowing(scope, given)
                message["headers"] = [*given, *tail]
            await send(message)

        problem = None
        preflight = None
        if scope["method"] == "OPTIONS":
            preflight = self._origins.preflight(headers)
        if preflight is not None:
            await _respond(204, (*preflight, *tail), b"", send=send)
            status = 204
        else:
            problem = await self._admit(path, headers=headers, state=scope["state"])
            if problem is None:
                with coming_from(origin_of(scope, headers)):
                    problem = await self._pass_on(scope, receive, sending, answered=lambda: status)
        if problem is not None:
            await respond(problem, path=path, trace_id=seen.trace_id, send=sending)
        if REFUSED in scope["state"]:
            await self._record_refusal(scope)
        self._tell(scope, status=status, seen=seen)

    def _allowing(self, scope: HTTPScope, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Name every method of the path: the framework names those of one handler."""
        methods = self._methods.get(str(scope.get("path_template")))
        if methods is None:
            return tuple(headers)
        return (*(pair for pair in headers if pair[0] != b"allow"), (b"allow", methods))

    async def _pass_on(
        self, scope: HTTPScope, receive: Receive, send: Send, *, answered: Callable[[], int]
    ) -> Problem | None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            # The framework answers for exceptions itself; this is the net below it.
            log.exception("http.failed")
            if answered():
                raise
            return problem_of(error) or defect()
        return None

    async def _admit(
        self, path: str, *, headers: dict[bytes, bytes], state: dict[str, Any]
    ) -> Problem | None:
        """Put the principal into the state, or return why the request stops here."""
        if path in self._open or path.startswith(OPEN_FOLDERS):
            return None
        token = bearer(headers)
        if isinstance(token, Problem):
            return token
        try:
            state["principal"] = await self._authenticate(token)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                log.exception("http.authentication_failed")
            return problem or defect()
        state["token"] = token
        return None

    def _tail(self, path: str, *, headers: dict[bytes, bytes], seen: _Seen) -> Headers:
        tail = _API_TAIL
        if path.startswith("/docs"):
            tail = _DOCS_TAIL
        elif path == JWKS:
            tail = _JWKS_TAIL
        trace_id = seen.trace_id.encode()
        tail = (
            *tail,
            (b"x-request-id", seen.request_id.encode()),
            (b"x-trace-id", trace_id),
            (b"traceparent", b"00-%b-%b-01" % (trace_id, seen.span_id.encode())),
        )
        origin = headers.get(b"origin")
        return (*tail, *self._origins.answers(origin)) if origin is not None else tail

    def _tell(self, scope: HTTPScope, *, status: int, seen: _Seen) -> None:
        seconds = time.perf_counter() - seen.began
        # Set by the router; a path that is no route would make a label of every typo.
        route = str(scope.get("path_template") or "(none)")
        method = scope["method"]
        self._metrics.count(method=method, route=route, status=status, s=seconds)
        if self._logs:
            log.info(
                "http.answered",
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 2),
            )


def bearer(headers: dict[bytes, bytes]) -> str | Problem:
    """Return the token of the Authorization header, or what is wrong with it."""
    given = headers.get(b"authorization")
    if given is None:
        return unauthorized("this needs an Authorization header: Bearer <token>")
    scheme, _, token = given.decode("latin-1").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        return unauthorized("the Authorization header must read: Bearer <token>")
    return token


async def respond(problem: Problem, *, path: str, trace_id: str, send: Send) -> None:
    """Send a problem as the whole answer."""
    body = body_of(problem, instance=path, trace_id=trace_id)
    headers = (
        (b"content-type", MEDIA_TYPE.encode()),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
    )
    await _respond(problem.status, headers, body, send=send)


async def _respond(status: int, headers: Headers, body: bytes, *, send: Send) -> None:
    length = (b"content-length", str(len(body)).encode())
    start: Any = {
        "type": "http.response.start",
        "status": status,
        "headers": [*headers, length] if status != 204 else list(headers),
    }
    await send(start)
    end: Any = {"type": "http.response.body", "body": body, "more_body": False}
    await send(end)


def _see(headers: dict[bytes, bytes], state: dict[str, Any]) -> _Seen:
    """Take the caller's ids (W3C Trace Context) or make them."""
    began = time.perf_counter()
    # One call of the kernel for both ids.
    drawn = secrets.token_hex(24)
    given = headers.get(b"traceparent")
    parsed = _TRACEPARENT.fullmatch(given) if given is not None else None
    if parsed is not None and parsed.group(1) != _NO_TRACE:
        trace_id = parsed.group(1).decode()
    else:
        trace_id = drawn[:32]
    asked = headers.get(b"x-request-id")
    if asked is not None and _REQUEST_ID.fullmatch(asked):
        request_id = asked.decode()
    else:
        request_id = trace_id[:16]
    state["trace_id"] = trace_id
    state["request_id"] = request_id
    return _Seen(began, trace_id, request_id, drawn[32:])
