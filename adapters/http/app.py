"""Build the HTTP application: every route behind one edge."""

import functools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler
from prometheus_client import CollectorRegistry

from adapters.http.accounts.routes import account_routes
from adapters.http.admission import Admission
from adapters.http.agents.routes import agent_routes
from adapters.http.audit.routes import audit_routes
from adapters.http.bound import bound_things
from adapters.http.console.routes import console_routes
from adapters.http.direct import Direct, handler_of_post
from adapters.http.docs.routes import docs_routes
from adapters.http.edge import Edge
from adapters.http.facades import Facades
from adapters.http.heads import methods_told
from adapters.http.identity.devices import device_routes
from adapters.http.identity.factors import factor_routes
from adapters.http.identity.passkeys import passkey_routes
from adapters.http.identity.people import people_routes
from adapters.http.identity.proving import recovery_routes
from adapters.http.identity.routes import identity_routes, key_routes
from adapters.http.kill_switch.routes import kill_switch_routes
from adapters.http.market.routes import market_routes
from adapters.http.members.routes import member_routes
from adapters.http.members.tokens import token_routes
from adapters.http.metrics import HttpMetrics
from adapters.http.openapi import write_document
from adapters.http.orders.routes import order_routes
from adapters.http.permissions import Guard
from adapters.http.problem_kinds import MEDIA_TYPE
from adapters.http.problems import Problem, body_of, defect, problem_of
from adapters.http.queries import named_as_written
from adapters.http.rates import ORDERS_PATH, RouteRates
from adapters.http.recent import Recent
from adapters.http.refusals import refusal_recorder
from adapters.http.risk.routes import risk_routes
from adapters.http.secrets.routes import secrets_routes
from adapters.http.settings import HttpSettings
from adapters.http.status.routes import status_routes
from adapters.http.streams.hub import Hub
from adapters.http.streams.routes import stream_routes
from adapters.http.streams.served import Served
from adapters.http.streams.server import StreamServer
from adapters.http.streams_monitor.routes import stream_health_routes
from adapters.http.wire import Answer, raw, trace_of
from adapters.http.workspaces.routes import workspace_routes

log = structlog.get_logger(__name__)


def build_app(
    facades: Facades,
    *,
    settings: HttpSettings,
    registry: CollectorRegistry,
    hub: Hub,
    extra_routes: tuple[ControllerRouterHandler, ...] = (),
) -> Litestar:
    """Return the application; whatever comes in passes the edge first.

    Feed the hub with the event stream's notices and the market's events. `streams_of(app)`
    is the WebSocket server: stop it before the rest at a shutdown.
    """
    metrics = HttpMetrics(registry=registry)
    app = route_app(
        facades, settings=settings, metrics_page=metrics.page, extra_routes=extra_routes
    )
    return put_edge(app, facades=facades, settings=settings, metrics=metrics, hub=hub)


def route_app(
    facades: Facades,
    *,
    settings: HttpSettings,
    metrics_page: Callable[[], bytes],
    extra_routes: tuple[ControllerRouterHandler, ...] = (),
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

    routes = _routes(facades, settings=settings, metrics_page=metrics_page)
    routes += extra_routes
    if settings.docs:
        routes += docs_routes(document)
    if settings.console:
        routes += console_routes()
    recent = Recent(clock=facades.clock, within_s=settings.step_up_s)
    guard = Guard(bound_things(facades), recent=recent)
    app = Litestar(
        route_handlers=routes,
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
    facades: Facades,
    settings: HttpSettings,
    metrics: HttpMetrics,
    hub: Hub,
) -> Litestar:
    """Put an edge and a WebSocket server of their own before the routes, and return the app."""
    rates = RouteRates(settings.rates, limits=facades.limits, clock=facades.clock)
    streams = StreamServer(
        served=Served(
            hub=hub,
            streams=facades.streams,
            market=facades.market,
            identity=facades.identity,
            settings=settings,
            clock=facades.clock,
        ),
        tickets=facades.tickets,
        rates=rates,
        on_refusal=metrics.refused_websocket,
    )
    metrics.watch_websockets(lambda: streams.connections)
    app.state.streams = streams
    direct = Direct(
        app.state.routed,
        # The busiest path: taken past the framework's routing.
        path=ORDERS_PATH,
        handler=handler_of_post(app, path=ORDERS_PATH),
        answer_error=lambda request, error: _as_answer(_answer_for(request, error)),
    )
    app.asgi_handler = Edge(
        direct,
        websocket=streams,
        admission=Admission(
            # Itself, not by way of the facade: this is on every request.
            authenticate=facades.identity.authenticating,
            rates=rates,
            settings=settings,
        ),
        record_refusal=refusal_recorder(facades.access),
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


def _routes(
    facades: Facades, *, settings: HttpSettings, metrics_page: Callable[[], bytes]
) -> list[ControllerRouterHandler]:
    return [
        order_routes(facades.orders, keys=facades.keys),
        account_routes(facades.accounts, keys=facades.keys),
        risk_routes(facades.risk, accounts=facades.accounts),
        kill_switch_routes(facades.kill_switch, accounts=facades.accounts, keys=facades.keys),
        market_routes(facades.market),
        identity_routes(facades.identity, clock=facades.clock),
        key_routes(facades.identity),
        *people_routes(facades.identity, keys=facades.keys),
        *device_routes(facades.identity, keys=facades.keys),
        passkey_routes(facades.identity, keys=facades.keys),
        factor_routes(facades.identity),
        recovery_routes(facades.identity),
        stream_routes(facades.tickets, limits=facades.limits, lasts_s=settings.ticket_s),
        stream_health_routes(facades.stream_health, keys=facades.keys),
        agent_routes(facades.agents, keys=facades.keys),
        workspace_routes(facades.workspaces),
        member_routes(facades.access, identity=facades.identity, keys=facades.keys),
        token_routes(facades.access, keys=facades.keys),
        audit_routes(facades.audit, keys=facades.keys),
        secrets_routes(facades.secrets, keys=facades.keys),
        status_routes(
            facades.health,
            clock=facades.clock,
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
