"""Put the areas' routes together behind the edge."""

from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.types import ControllerRouterHandler
from prometheus_client import CollectorRegistry

from adapters.http.accounts.routes import account_routes
from adapters.http.docs import docs_routes, openapi_config
from adapters.http.edge import Edge
from adapters.http.facades import Facades
from adapters.http.identity.routes import identity_routes
from adapters.http.kill_switch.routes import kill_switch_routes
from adapters.http.market.routes import market_routes
from adapters.http.metrics import HttpMetrics
from adapters.http.orders.routes import order_routes
from adapters.http.problems import (
    MEDIA_TYPE,
    FieldError,
    Problem,
    absent,
    body_of,
    defect,
    invalid,
    problem_of,
)
from adapters.http.risk.routes import risk_routes
from adapters.http.settings import HttpSettings
from adapters.http.status.routes import status_routes

log = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]


def build_app(
    facades: Facades,
    *,
    settings: HttpSettings,
    registry: CollectorRegistry,
    extra_routes: tuple[ControllerRouterHandler, ...] = (),
) -> Litestar:
    """Return the application; whatever comes in passes the edge first."""
    metrics = HttpMetrics(registry=registry)
    routes: list[ControllerRouterHandler] = [
        status_routes(facades.health, metrics=metrics),
        identity_routes(facades.identity),
        order_routes(facades.orders),
        account_routes(facades.accounts, keys=facades.keys),
        risk_routes(facades.risk),
        kill_switch_routes(facades.kill_switch, accounts=facades.accounts, keys=facades.keys),
        market_routes(facades.market),
        *extra_routes,
        *(docs_routes() if settings.docs else ()),
    ]
    app = Litestar(
        route_handlers=routes,
        openapi_config=openapi_config() if settings.docs else None,
        exception_handlers={Exception: answer_error},
        before_request=note_route,
        logging_config=None,
        request_max_body_size=None,
    )
    app.asgi_handler = Edge(
        app.asgi_handler,
        authenticate=facades.identity.authenticate,
        settings=settings,
        metrics=metrics,
    )
    return app


def note_route(request: AnyRequest) -> None:
    """Remember the route's template: metrics and logs name it, never the ids in the path."""
    template = request.scope.get("path_template", "")
    request.scope["state"]["route"] = template or request.scope["path"]


def answer_error(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer any error as a problem; a defect is logged whole and told as nothing."""
    problem = problem_of(error) or _of_framework(error)
    trace_id = str(request.scope["state"].get("trace_id", ""))
    if problem is None:
        log.error("http.defect", path=request.scope["path"], exc_info=error)
        problem = defect()
    return Response(
        content=body_of(problem, instance=request.scope["path"], trace_id=trace_id),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(problem.headers),
    )


def _of_framework(error: Exception) -> Problem | None:
    """Turn what the framework refuses by itself into a problem."""
    match error:
        case ValidationException():
            extra = error.extra if isinstance(error.extra, list) else []
            errors = tuple(
                FieldError(pointer=f"/{one.get('key', '')}", detail=str(one.get("message", "")))
                for one in extra
                if isinstance(one, dict)
            )
            return invalid("a path or query parameter is not valid", errors=errors)
        case NotFoundException():
            return absent("there is no such route")
        case HTTPException() if error.status_code < 500:
            return Problem(
                slug=_SLUGS.get(error.status_code, "invalid-request"),
                title=str(error.detail) or "Request refused",
                status=error.status_code,
                detail=str(error.detail),
                headers=dict(error.headers or {}),
            )
        case _:
            return None


_SLUGS = {405: "method-not-allowed", 413: "body-too-large", 415: "unsupported-media-type"}
