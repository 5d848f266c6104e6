"""Route how the system is: probes, status, metrics, the kinds of problems."""

from collections.abc import Callable

import msgspec
from litestar import get
from litestar.params import FromPath

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.problem_kinds import KINDS, NOT_READY, TYPES
from adapters.http.problems import absent, later
from adapters.http.status.schemas import LiveView, ReadyView, StatusView, status_view
from adapters.http.wire import Answer, answer, moment, raw
from domain.identity.access import Permission
from ports.health import ComponentState, Health
from ports.time import Clock

_METRICS_TYPE = "text/plain; version=0.0.4"
_LIVE = b'{"status":"live"}'


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
    """Return /health/live, /health/ready, /api/status, /metrics and /problems."""

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
            "Tell whether orders can be taken in",
            permission=None,
            answers={200: ReadyView},
            secured=False,
        ),
    )
    async def ready() -> Answer:
        components = health.components()
        if not health.is_ready():
            # Names only: what exactly is wrong is for those who have a token.
            waiting = [one.name for one in components if one.required and not _is_well(one.state)]
            said = ", ".join(waiting) or "the server is stopping, or nothing has started yet"
            raise later(f"not ready: {said}", kind=NOT_READY)
        below = [one.name for one in components if one.state is not ComponentState.UP]
        return answer(ReadyView(status="ready", degraded=below))

    @get(
        "/api/status",
        **described(
            "Show every part of the system and its state",
            permission=Permission.STATUS_READ,
            answers={200: StatusView},
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
        path="/", tags=["status"], route_handlers=[live, ready, status, metrics, *_problem_routes()]
    )


def _is_well(state: ComponentState) -> bool:
    return state in (ComponentState.UP, ComponentState.DEGRADED)


def _problem_routes() -> list[AreaRoutes]:
    views = {
        kind.slug: KindView(
            type=TYPES + kind.slug, title=kind.title, status=kind.status, meaning=kind.meaning
        )
        for kind in KINDS
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
