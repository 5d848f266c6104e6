"""Stand before the application: ids, hosts, tokens, limits, headers, metrics, access log."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from adapters.http.admission import Admission
from adapters.http.answering import send_problem, send_whole
from adapters.http.clients import Proxies
from adapters.http.cors import AllowedOrigins, Headers
from adapters.http.heads import Heads, without_body
from adapters.http.hosts import AllowedHosts
from adapters.http.metrics import HttpMetrics
from adapters.http.once import repeated
from adapters.http.origins import origin_of
from adapters.http.paths import settle
from adapters.http.permissions import REFUSED
from adapters.http.problem_kinds import TIMED_OUT
from adapters.http.problems import Problem, defect, later, problem_of
from adapters.http.request_ids import RequestFacts, see
from adapters.http.security_headers import headers_of, may_keep, not_kept
from adapters.http.settings import HttpSettings
from adapters.http.wire import BODY_MAX, MISDIRECTED, TAIL
from domain.audit.origin import coming_from
from domain.identity.tenant import Principal

log = structlog.get_logger(__name__)

_NOT_ALLOWED = frozenset({401, 403, 404})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})

RecordRefusal = Callable[[HTTPScope], Awaitable[None]]


class Edge:
    """The outermost layer; everything that comes in passes it, known route or not."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        websocket: ASGIApp,
        admission: Admission,
        settings: HttpSettings,
        metrics: HttpMetrics,
        methods: Mapping[str, bytes],
        record_refusal: RecordRefusal,
    ) -> None:
        self._record_refusal = record_refusal
        self._app = app
        self._reading = Heads(app)
        self._methods = methods
        self._websocket = websocket
        self._admission = admission
        self._metrics = metrics
        self._logs = settings.access_log
        self._request_s = settings.request_s
        self._body_max = settings.body_max
        self._origins = AllowedOrigins(settings.allowed_origins)
        self._proxies = (
            Proxies(settings.trusted_proxies, header=settings.forwarded_header)
            if settings.trusted_proxies
            else None
        )
        self._hosts = AllowedHosts(settings.allowed_hosts, any_address=settings.any_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        settle(scope)
        pairs: Any = scope["headers"]
        headers = dict(pairs)
        state: dict[str, Any] = scope.setdefault("state", {})
        seen = see(headers, state)
        state[BODY_MAX] = self._body_max
        if self._proxies is not None:
            self._proxies.place(scope, headers=headers, pairs=pairs)
        misdirected = repeated(headers, pairs=pairs)
        if misdirected is None:
            misdirected = self._hosts.refusal(headers, path=scope["path"])
        if scope["type"] == ScopeType.WEBSOCKET:
            state[MISDIRECTED] = misdirected
            state[TAIL] = self._tail(scope["path"], headers=headers, seen=seen)
            await self._websocket(scope, receive, send)
            return
        ids = {"trace_id": seen.trace_id, "request_id": seen.request_id}
        tokens = structlog.contextvars.bind_contextvars(**ids)
        try:
            await self._serve(
                scope, receive, send, headers=headers, seen=seen, misdirected=misdirected
            )
        finally:
            structlog.contextvars.reset_contextvars(**tokens)

    async def _serve(
        self,
        scope: HTTPScope,
        receive: Receive,
        send: Send,
        *,
        headers: dict[bytes, bytes],
        seen: RequestFacts,
        misdirected: Problem | None,
    ) -> None:
        path = scope["path"]
        send = without_body(scope, send)
        tail = self._tail(path, headers=headers, seen=seen)
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message["headers"]
                if scope["method"] == "OPTIONS":
                    given = self._allowing(scope, given)
                whole = not_kept(tail) if status != 200 and may_keep(path) else tail
                message["headers"] = [*given, *whole]
            await send(message)

        problem = misdirected
        preflight = None
        if scope["method"] == "OPTIONS" and problem is None:
            preflight = self._origins.preflight(headers)
        if preflight is not None:
            await send_whole(204, (*preflight, *tail), b"", send=send)
            status = 204
        elif problem is None:
            problem, told = await self._admission.admit(scope, headers=headers)
            tail = (*tail, *told)
            if problem is None:
                with coming_from(origin_of(scope, headers)):
                    problem = await self._pass_on(scope, receive, sending, answered=lambda: status)
        if problem is not None:
            await send_problem(problem, path=path, trace_id=seen.trace_id, send=sending)
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
            if scope["method"] in _READING:
                return await self._in_time(scope, receive, send, answered=answered)
            # Never cut off: what is cut off on its way into storage may be there all the same,
            # and nobody could say so. Each step behind here has a limit of its own.
            await self._app(scope, receive, send)
        except Exception as error:
            # The framework answers for exceptions itself; this is the net below it.
            log.exception("http.failed")
            if answered():
                raise
            return problem_of(error) or defect()
        return None

    async def _in_time(
        self, scope: HTTPScope, receive: Receive, send: Send, *, answered: Callable[[], int]
    ) -> Problem | None:
        try:
            async with asyncio.timeout(self._request_s) as limit:
                await self._reading(scope, receive, send)
        except TimeoutError:
            if answered() or not limit.expired():
                raise
            return later(TIMED_OUT.meaning, kind=TIMED_OUT)
        return None

    def _tail(self, path: str, *, headers: Mapping[bytes, bytes], seen: RequestFacts) -> Headers:
        return headers_of(path, origin=headers.get(b"origin"), origins=self._origins, seen=seen)

    def _tell(self, scope: HTTPScope, *, status: int, seen: RequestFacts) -> None:
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
                **_whose(scope, status=status),
            )


def _whose(scope: HTTPScope, *, status: int) -> dict[str, str]:
    """Name who was not allowed something; what was not granted looks like what is not there."""
    principal: Principal | None = scope["state"].get("principal")
    if status not in _NOT_ALLOWED or principal is None:
        return {}
    return {"user": str(principal.user_id), "tenant": str(principal.tenant_id)}
