"""Route what is asked of agents."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from adapters.http import examples
from adapters.http.agents.schemas import (
    AgentPage,
    AgentView,
    BeatBody,
    RegisterBody,
    agent_view,
)
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.paging import LIMIT_DEFAULT, Limit
from adapters.http.permissions import reach
from adapters.http.problem_kinds import AGENT_TAKEN
from adapters.http.problems import conflict, unfit
from adapters.http.wire import (
    Answer,
    HttpRequest,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    granted_to,
    principal_of,
)
from application.agents.beat import Beat
from application.agents.desire import StateRequest
from application.agents.facade import AgentUseCases
from application.agents.register_agent import AgentTaken
from domain.agents.agent import Agent
from domain.identity.access import Permission
from ports.idempotency import IdempotencyKeys

_REGISTER = msgspec.json.Decoder(RegisterBody)
_BEAT = msgspec.json.Decoder(BeatBody)
_CURSOR = r"^[A-Za-z0-9_-]{2,88}$"
AgentCursor = Annotated[
    str | None,
    QueryParameter(pattern=_CURSOR, description="next_cursor of the page before."),
]


def agent_routes(facade: AgentUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return the routes under /api/v1/agents."""
    return AreaRoutes(
        path="/api/v1/agents",
        tags=["agents"],
        route_handlers=[
            *_reading(facade),
            *_steering(facade, keys=keys),
            *_coming_in(facade, keys=keys),
        ],
    )


def _reading(facade: AgentUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List the tenant's agents",
            permission=Permission.AGENTS_READ,
            answers={200: AgentPage},
            problems=(400,),
        ),
    )
    async def list_agents(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: AgentCursor = None
    ) -> Answer:
        found = await facade.list(
            tenant_id=principal_of(request).tenant_id,
            limit=limit + 1,
            after=_after_of(cursor),
            among=granted_to(request),
        )
        page = found[:limit]
        view = AgentPage(
            items=[agent_view(one) for one in page],
            next_cursor=_cursor_of(page[-1].name) if len(found) > limit else None,
            configured=facade.configured,
            hearing=facade.hearing,
            hint=facade.hint() or None,
        )
        return answer(view)

    @get(
        "/{agent_id:str}",
        **described(
            "Show an agent",
            permission=Permission.AGENTS_READ,
            answers={200: AgentView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, agent_id: FromPath[str]) -> Answer:
        tenant_id = principal_of(request).tenant_id
        return answer(agent_view(await facade.get(tenant_id=tenant_id, agent_id=agent_id)))

    return [list_agents, show]


def _steering(facade: AgentUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @post(
        "/{agent_id:str}/pause",
        **described(
            "Ask an agent to pause; its orders are not touched",
            permission=Permission.AGENTS_OPERATE,
            answers={200: AgentView},
            problems=(404,),
            idempotent=True,
        ),
    )
    async def pause(request: HttpRequest, agent_id: FromPath[str]) -> Answer:
        return await _wished(request, agent_id, keys=keys, do=facade.pause)

    @post(
        "/{agent_id:str}/resume",
        **described(
            "Let an agent go on",
            permission=Permission.AGENTS_OPERATE,
            answers={200: AgentView},
            problems=(404,),
            idempotent=True,
        ),
    )
    async def resume(request: HttpRequest, agent_id: FromPath[str]) -> Answer:
        return await _wished(request, agent_id, keys=keys, do=facade.resume)

    return [pause, resume]


def _coming_in(facade: AgentUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @post(
        "/",
        **described(
            "Register an agent that comes in as a machine",
            permission=Permission.AGENTS_OPERATE,
            body=RegisterBody,
            answers={201: AgentView},
            problems=(404, 409),
            example={"agent_id": "momentum", "member_id": examples.ACCOUNT_ID},
            idempotent=True,
        ),
    )
    async def register(request: HttpRequest) -> Answer:
        body = await body_of(request)
        asked, asker = decode(body, decoder=_REGISTER), asker_of(request)
        reach(request.scope["state"], account_id=asked.account_id)
        wish = StateRequest(
            tenant_id=asker.tenant_id,
            agent_id=asked.agent_id,
            actor=asker.actor,
            trace_id=asker.trace_id,
        )

        async def work() -> tuple[int, bytes]:
            stored = await facade.register(
                wish, member_id=asked.member_id, account_id=asked.account_id
            )
            if isinstance(stored, AgentTaken):
                raise conflict(AGENT_TAKEN.meaning, kind=AGENT_TAKEN)
            return 201, encode(agent_view(stored))

        return await once(request, keys=keys, body=body, work=work)

    # A heartbeat twice is one heartbeat: it needs no Idempotency-Key, and ignores one.
    @post(
        "/{agent_id:str}/heartbeat",
        **described(
            "Beat, as the machine that the agent is registered as; answers what is wanted of it",
            permission=Permission.AGENTS_READ,
            body=BeatBody,
            answers={200: AgentView},
            problems=(404, 409),
            example={"kind": "strategy", "version": "1.0", "state": "running", "sequence": 1},
        ),
    )
    async def heartbeat(request: HttpRequest, agent_id: FromPath[str]) -> Answer:
        asked, principal = decode(await body_of(request), decoder=_BEAT), principal_of(request)
        agent = await facade.beat(
            Beat(
                tenant_id=principal.tenant_id,
                agent_id=agent_id,
                member_id=principal.user_id,
                kind=asked.kind,
                version=asked.version,
                sequence=asked.sequence,
                state=asked.state,
            )
        )
        if isinstance(agent, AgentTaken):
            raise conflict(AGENT_TAKEN.meaning, kind=AGENT_TAKEN)
        return answer(agent_view(agent))

    return [register, heartbeat]


async def _wished(
    request: HttpRequest,
    agent_id: str,
    *,
    keys: IdempotencyKeys,
    do: Callable[[StateRequest], Awaitable[Agent]],
) -> Answer:
    asker = asker_of(request)
    wish = StateRequest(
        tenant_id=asker.tenant_id, agent_id=agent_id, actor=asker.actor, trace_id=asker.trace_id
    )

    async def work() -> tuple[int, bytes]:
        return 200, encode(agent_view(await do(wish)))

    return await once(request, keys=keys, body=b"", work=work)


def _cursor_of(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def _after_of(cursor: str | None) -> str:
    if cursor is None:
        return ""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        raise unfit("#cursor", "must be a next_cursor of an earlier page") from None
