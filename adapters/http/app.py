"""Build the HTTP application: every route behind one edge."""

import functools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler
from prometheus_client import CollectorRegistry

from adapters.http.admission import Admission
from adapters.http.console.routes import console_routes
from adapters.http.direct import Direct
from adapters.http.docs.routes import docs_routes
from adapters.http.edge import Edge
from adapters.http.edge_parts import EdgeParts
from adapters.http.heads import methods_told
from adapters.http.metrics import HttpMetrics
from adapters.http.openapi import write_document
from adapters.http.permissions import Guard
from adapters.http.problem_kinds import MEDIA_TYPE
from adapters.http.problems import Problem, body_of, defect, problem_of
from adapters.http.queries import named_as_written
from adapters.http.rates import RouteRates
from adapters.http.recent import Recent
from adapters.http.refusals import refusal_recorder
from adapters.http.settings import HttpSettings
from adapters.http.status.routes import status_routes
from adapters.http.streams.hub import Hub
from adapters.http.streams.routes import stream_routes
from adapters.http.streams.served import StreamParts
from adapters.http.streams.server import StreamServer
from adapters.http.wire import Answer, raw, trace_of

log = structlog.get_logger(__name__)


def build_app(
    parts: EdgeParts,
    *,
    settings: HttpSettings,
    registry: CollectorRegistry,
    hub: Hub,
    routes: Sequence[ControllerRouterHandler],
) -> Litestar:
    """Return the application; whatever comes in passes the edge first.

    Feed the hub with the event stream's notices and the market's events. `streams_of(app)`
    is the WebSocket server: stop it before the rest at a shutdown.
    """
    metrics = HttpMetrics(registry=registry)
    app = route_app(parts, settings=settings, metrics_page=metrics.page, routes=routes)
    return put_edge(app, parts=parts, settings=settings, metrics=metrics, hub=hub)


def route_app(
    parts: EdgeParts,
    *,
    settings: HttpSettings,
    metrics_page: Callable[[], bytes],
    routes: Sequence[ControllerRouterHandler],
) -> Litestar:
    """Return the routes alone; they are served once put_edge has put the edge before them."""

    @asynccontextmanager
    async def letting_go(app: Litestar) -> AsyncIterator[None]:
        yield
        await streams_of(app).stop()

    @functools.cache
    def document() -> bytes:
        # Written when it is first asked for: it costs a start as much as all the routes.
        return write_document(app, version=_version())

    handlers = [*routes, *_own_routes(parts, settings=settings, metrics_page=metrics_page)]
    if settings.docs:
        handlers += docs_routes(document)
    if settings.console:
        handlers += console_routes()
    recent = Recent(clock=parts.clock, within_s=settings.step_up_s)
    guard = Guard(parts.bound, unbound=parts.parameters, recent=recent)
    app = Litestar(
        route_handlers=handlers,
        guards=[guard],
        exception_handlers={HTTPException: _answer_for, Exception: _answer_for},
        lifespan=[letting_go],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=settings.body_max,
        debug=False,
    )
    guard.check(app)
    app.state.routed = app.asgi_handler
    return app


def put_edge(
    app: Litestar,
    *,
    parts: EdgeParts,
    settings: HttpSettings,
    metrics: HttpMetrics,
    hub: Hub,
) -> Litestar:
    """Put an edge and a WebSocket server of their own before the routes, and return the app."""
    rates = RouteRates(settings.rates, limits=parts.limits, clock=parts.clock)
    streams = StreamServer(
        served=StreamParts(
            hub=hub,
            streams=parts.streams,
            market=parts.market,
            identity=parts.identity,
            settings=settings,
            clock=parts.clock,
        ),
        tickets=parts.tickets,
        rates=rates,
        on_refusal=metrics.refused_websocket,
    )
    metrics.watch_websockets(lambda: streams.connections)
    app.state.streams = streams
    app.asgi_handler = Edge(
        Direct(
            app,
            routed=app.state.routed,
            answer_error=lambda request, error: _as_answer(_answer_for(request, error)),
        ),
        websocket=streams,
        admission=Admission(
            # Itself, not by way of the facade: this is on every request.
            authenticate=parts.authenticate or parts.identity.authenticating,
            rates=rates,
            settings=settings,
        ),
        record_refusal=refusal_recorder(parts.access),
        settings=settings,
        metrics=metrics,
        methods=_methods(app),
    )
    return app


def _methods(app: Litestar) -> dict[str, bytes]:
    return {
        route.path_format: ", ".join(methods_told({str(one) for one in route.methods})).encode()
        for route in app.routes
        if isinstance(route, HTTPRoute)
    }


def _own_routes(
    parts: EdgeParts, *, settings: HttpSettings, metrics_page: Callable[[], bytes]
) -> list[ControllerRouterHandler]:
    return [
        stream_routes(parts.tickets, limits=parts.limits, lasts_s=settings.ticket_s),
        status_routes(
            parts.health,
            clock=parts.clock,
            version=_version(),
            metrics_page=metrics_page,
            metrics_public=settings.metrics_public,
        ),
    ]


def streams_of(app: Litestar) -> StreamServer:
    """Return the WebSocket server of an application that build_app made."""
    streams: StreamServer = app.state.streams
    return streams


def _version() -> str:
    try:
        return version("ballast")
    except PackageNotFoundError:
        # Run from a checkout that nobody installed.
        return "0"


def _answer_for(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer for an exception as problem+json; a defect is logged and tells nothing."""
    problem: Problem | None = problem_of(error)
    if problem is not None and isinstance(error, ValidationException):
        problem.errors = named_as_written(problem.errors, handler=request.route_handler)
    if problem is None or problem.status == defect().status:
        log.error("http.failed", exc_info=error, route=request.scope.get("path_template"))
        problem = defect()
    return Response(
        content=body_of(problem, instance=request.scope["path"], trace_id=trace_of(request)),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def _as_answer(response: Response[bytes]) -> Answer:
    return raw(
        response.content,
        status=response.status_code or 500,
        media_type=MEDIA_TYPE,
        headers=response.headers,
    )
