"""Route what operators ask: is it alive, is it ready, how is each part."""

import msgspec
from litestar import Response, Router, get
from litestar.openapi.datastructures import ResponseSpec

from adapters.http.documented import documented
from adapters.http.metrics import HttpMetrics
from adapters.http.wire import encode, moment, raw
from ports.health import Health


class LiveView(msgspec.Struct):
    """The process answers."""

    status: str


class ComponentView(msgspec.Struct):
    """One part: starting, up, degraded, down or stopped; required ones decide readiness."""

    name: str
    state: str
    required: bool
    detail: str
    since: str


class StatusView(msgspec.Struct):
    """Every part of the system."""

    ready: bool
    components: list[ComponentView]


def status_view(health: Health) -> StatusView:
    """Show how every part is."""
    return StatusView(
        ready=health.is_ready(),
        components=[
            ComponentView(
                name=part.name,
                state=part.state.value,
                required=part.required,
                detail=part.detail,
                since=moment(part.since),
            )
            for part in health.components()
        ],
    )


def status_routes(health: Health, *, metrics: HttpMetrics) -> Router:
    """Return /health/live, /health/ready, /api/status and /metrics."""

    @get("/health/live", summary="Is the process alive", responses={200: ResponseSpec(LiveView)})
    async def live() -> Response[bytes]:
        return raw(encode(LiveView(status="alive")))

    @get(
        "/health/ready",
        summary="Can orders be taken in",
        responses={200: ResponseSpec(StatusView), 503: ResponseSpec(StatusView)},
    )
    async def ready() -> Response[bytes]:
        view = status_view(health)
        if view.ready:
            return raw(encode(view))
        return raw(encode(view), status=503, Retry_After="1")

    @get(
        "/api/status",
        summary="How is every part",
        responses=documented({200: ResponseSpec(StatusView)}, 401),
    )
    async def status() -> Response[bytes]:
        return raw(encode(status_view(health)))

    @get("/metrics", summary="Metrics for Prometheus", media_type="text/plain")
    async def page() -> Response[bytes]:
        return Response(
            content=metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8"
        )

    return Router(path="/", tags=["status"], route_handlers=[live, ready, status, page])
