"""Route what is asked of the streams' health."""

from litestar import get, post
from litestar.params import FromPath

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.problem_kinds import NOT_OURS
from adapters.http.problems import conflict
from adapters.http.streams_monitor.schemas import (
    ConsumerList,
    RestartView,
    StreamsView,
    consumer_view,
    restart_view,
    streams_view,
)
from adapters.http.wire import Answer, HttpRequest, answer, asker_of, encode, time_of
from application.streams.health import StreamHealthUseCases
from application.streams.restart_consumer import NotOurs
from domain.identity.access import Permission
from ports.idempotency import IdempotencyKeys


def stream_health_routes(facade: StreamHealthUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return the routes under /api/v1/streams."""

    @get(
        "/",
        **described(
            "Show Kafka's topics, their latency and rate, and standing alarms",
            permission=Permission.STREAMS_READ,
            answers={200: StreamsView},
        ),
    )
    async def streams() -> Answer:
        return answer(streams_view(facade.picture()))

    @get(
        "/consumers",
        **described(
            "List the consumer groups and how they do",
            permission=Permission.STREAMS_READ,
            answers={200: ConsumerList},
        ),
    )
    async def consumers() -> Answer:
        picture = facade.picture()
        items = [
            consumer_view(one, restart=await facade.latest_restart(group=one.name))
            for one in picture.groups
        ]
        view = ConsumerList(
            configured=picture.configured,
            reachable=picture.reachable,
            at=time_of(picture.at),
            items=items,
        )
        return answer(view)

    @post(
        "/consumers/{group:str}/restart",
        **described(
            "Ask the members of one of our consumer groups to finish, commit and start anew",
            permission=Permission.STREAMS_OPERATE,
            answers={202: RestartView},
            problems=(404,),
            idempotent=True,
        ),
    )
    async def restart(request: HttpRequest, group: FromPath[str]) -> Answer:
        asker = asker_of(request)

        async def work() -> tuple[int, bytes]:
            outcome = await facade.restart(
                group=group,
                tenant_id=asker.tenant_id,
                actor=asker.actor,
                trace_id=asker.trace_id,
            )
            if isinstance(outcome, NotOurs):
                raise conflict(f"{group}: {NOT_OURS.meaning}", kind=NOT_OURS)
            return 202, encode(restart_view(outcome))

        return await once(request, keys=keys, body=b"", work=work)

    return AreaRoutes(
        path="/api/v1/streams",
        tags=["streams"],
        route_handlers=[streams, consumers, restart],
    )
