"""Route what is asked of personal access tokens."""

from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once, one_s_own
from adapters.http.members.schemas import (
    TokenBody,
    TokenCreatedView,
    TokenList,
    TokenView,
    token_created_view,
    token_view,
)
from adapters.http.permissions import forbidden
from adapters.http.problem_kinds import NEEDS_PERSON, TOO_MANY_TOKENS
from adapters.http.problems import Problem, conflict
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    body_of,
    by_of,
    decode,
    encode,
    principal_of,
    raw,
)
from application.identity.access import AccessUseCases
from application.identity.access_commands import NeedsPerson, TokenCreated
from domain.identity.access import Permission
from ports.access import TooMany
from ports.idempotency import IdempotencyKeys

_CREATE = msgspec.json.Decoder(TokenBody)
Everyone = Annotated[
    bool, QueryParameter(description="The tokens of all members; for those who manage them.")
]


def token_routes(facade: AccessUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return the routes under /api/v1/tokens."""
    return AreaRoutes(
        path="/api/v1/tokens",
        tags=["tokens"],
        route_handlers=[_creating(facade, keys=keys), *_keeping(facade)],
    )


def _creating(facade: AccessUseCases, *, keys: IdempotencyKeys) -> HTTPRouteHandler:
    @post(
        "/",
        **described(
            "Make a personal access token; its secret is told here once",
            permission=Permission.IDENTITY_SELF,
            body=TokenBody,
            answers={201: TokenCreatedView},
            problems=(404, 409),
            example={"name": "backtest", "scopes": ["accounts.read", "orders.read"]},
            idempotent=True,
            step_up=True,
        ),
    )
    async def create(request: HttpRequest) -> Answer:
        body = await body_of(request)
        command = decode(body, decoder=_CREATE).command(by_of(request))
        told: bytes | None = None

        async def work() -> tuple[int, bytes]:
            nonlocal told
            match outcome := await facade.create_token(command):
                case NeedsPerson():
                    raise Problem(kind=NEEDS_PERSON, detail=NEEDS_PERSON.meaning)
                case TooMany():
                    detail = f"a member may have {outcome.allowed} tokens; revoke one first"
                    raise conflict(detail, kind=TOO_MANY_TOKENS)
                case TokenCreated():
                    view = token_created_view(outcome.token, secret=outcome.secret)
                    told = encode(view)
                    # What is kept for those who ask again must not hold the secret.
                    return 201, encode(msgspec.structs.replace(view, token=None))

        known_by = one_s_own(request) + body
        answered = await once(request, keys=keys, body=known_by, work=work)
        return raw(told, status=201) if told is not None else answered

    return create


def _keeping(facade: AccessUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List your personal access tokens, oldest first",
            permission=Permission.IDENTITY_SELF,
            answers={200: TokenList},
            problems=(400,),
        ),
    )
    async def list_tokens(request: HttpRequest, everyone: Everyone = False) -> Answer:
        manage = Permission.IDENTITY_MANAGE
        if everyone and not principal_of(request).access.may(manage):
            raise forbidden(request.scope["state"], permission=manage, account_id=None)
        found = await facade.list_tokens(by=by_of(request), everyone=everyone)
        return answer(TokenList(items=[token_view(one) for one in found]))

    @delete(
        "/{token_id:uuid}",
        **described(
            "Revoke a personal access token; it is dead within a second",
            permission=Permission.IDENTITY_SELF,
            answers={200: TokenView},
            problems=(404,),
        ),
    )
    async def revoke(request: HttpRequest, token_id: PathId) -> Answer:
        return answer(token_view(await facade.revoke_token(by=by_of(request), token_id=token_id)))

    return [list_tokens, revoke]
