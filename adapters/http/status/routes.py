"""Route how the system is: probes, status, metrics, the kinds of problems."""

from collections.abc import Callable
from typing import Literal

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.area import AreaRoutes
from adapters.http.conflicts import all_kinds
from adapters.http.documented import described
from adapters.http.problem_kinds import NOT_READY, TYPES
from adapters.http.problems import absent, later
from adapters.http.status.schemas import (
    HealthView,
    LiveView,
    ReadyView,
    StatusView,
    is_well,
    names_below,
    status_view,
)
from adapters.http.wire import Answer, answer, moment, raw
from domain.identity.access import Permission
from ports.health import Health
from ports.time import Clock

_METRICS_TYPE = "text/plain; version=0.0.4"
_LIVE = b'{"status":"live"}'
_AT = "2026-01-02T15:00:00Z"
_STATUS = {
    "timestamp": _AT,
    "ready": True,
    "version": "0.1.0",
    "components": {
        "database": {
            "status": "up",
            "running": True,
            "version": "0.1.0",
            "details": {"reason": "", "since": "2026-01-02T09:00:00Z", "required": True},
        },
        "dispatcher": {
            "status": "down",
            "running": False,
            "version": "0.1.0",
            "details": {
                "reason": "no process does this: the last word is 9 s old",
                "since": "2026-01-02T14:59:57Z",
                "required": False,
            },
        },
    },
}


class KindView(msgspec.Struct):
    """A kind of problem: its type URI, title, status and meaning."""

    type: str
    title: str
    status: int
    meaning: str


class KindList(msgspec.Struct):
    """Every kind of problem that this server answers with."""

    items: list[KindView]


def status_routes(
    health: Health,
    *,
    clock: Clock,
    version: str,
    metrics_page: Callable[[], bytes],
    metrics_public: bool,
) -> AreaRoutes:
    """Return /health and the probes below it, /api/status, /metrics and /problems."""

    @get(
        "/api/status",
        **described(
            "Show every part of the system and its state",
            permission=Permission.STATUS_READ,
            answers={200: StatusView},
            shown=_STATUS,
        ),
    )
    async def status() -> Answer:
        return answer(status_view(health, version=version, at=moment(clock.now())))

    @get(
        "/metrics",
        **described(
            "Show Prometheus metrics",
            permission=None if metrics_public else Permission.STATUS_READ,
            answers={200: str},
            secured=not metrics_public,
            media_type="text/plain",
        ),
    )
    async def metrics() -> Answer:
        return raw(metrics_page(), media_type=_METRICS_TYPE)

    return AreaRoutes(
        path="/",
        tags=["status"],
        route_handlers=[*_probes(health, clock=clock), status, metrics, *_problem_routes()],
    )


def _probes(health: Health, *, clock: Clock) -> list[HTTPRouteHandler]:
    @get(
        "/health/live",
        **described(
            "Tell that the process answers", permission=None, answers={200: LiveView}, secured=False
        ),
    )
    async def live() -> Answer:
        return raw(_LIVE)

    @get(
        "/health/ready",
        **described(
            "Tell whether orders, cancels and stops can be taken in here",
            permission=None,
            answers={200: ReadyView},
            shown={"status": "ready", "degraded": ["dispatcher"]},
            secured=False,
        ),
    )
    async def ready() -> Answer:
        _refuse_unready(health)
        return answer(ReadyView(status="ready", degraded=names_below(health)))

    @get(
        "/health",
        **described(
            "Tell how the system is, in a word",
            permission=None,
            answers={200: HealthView},
            shown={"status": "degraded", "timestamp": _AT, "degraded": ["dispatcher"]},
            secured=False,
        ),
    )
    async def healthy() -> Answer:
        _refuse_unready(health)
        below = names_below(health)
        status: Literal["healthy", "degraded"] = "degraded" if below else "healthy"
        at = moment(clock.now())
        return answer(HealthView(status=status, timestamp=at, degraded=below))

    return [live, ready, healthy]


def _refuse_unready(health: Health) -> None:
    """Raise the problem of a process that is not ready; names only, for anybody may ask.

    What exactly is wrong is for those who have a token.
    """
    if not health.is_ready():
        waiting = [one.name for one in health.components() if one.required and not is_well(one)]
        said = ", ".join(waiting) or "the server is stopping, or nothing has started yet"
        raise later(f"not ready: {said}", kind=NOT_READY)


def _problem_routes() -> list[AreaRoutes]:
    views = {
        kind.slug: KindView(
            type=TYPES + kind.slug, title=kind.title, status=kind.status, meaning=kind.meaning
        )
        for kind in all_kinds()
    }

    @get(
        "/",
        **described(
            "List the kinds of problems", permission=None, answers={200: KindList}, secured=False
        ),
    )
    async def list_kinds() -> Answer:
        return answer(KindList(items=list(views.values())))

    @get(
        "/{slug:str}",
        **described(
            "Show a kind of problem",
            permission=None,
            answers={200: KindView},
            problems=(404,),
            secured=False,
        ),
    )
    async def show_kind(slug: FromPath[str]) -> Answer:
        view = views.get(slug)
        if view is None:
            raise absent("no such kind of problem")
        return answer(view)

    return [AreaRoutes(path="/problems", route_handlers=[list_kinds, show_kind])]
