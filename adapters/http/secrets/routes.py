"""Route what is asked of brokers' API keys."""

from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http import examples
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.secrets.answers import (
    MANAGE,
    READ,
    asker_in,
    etag_of,
    expected_version,
    refuse,
)
from adapters.http.secrets.schemas import (
    ApiKeyBody,
    ApiKeyIssued,
    ApiKeyPage,
    ApiKeyView,
    NewApiKeyBody,
    issued_view,
    key_view,
    without_credentials,
)
from adapters.http.secrets.working import history_routes, working_routes
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    body_of,
    decode,
    encode,
    principal_of,
)
from application.secrets.commands import KeyStored, KeyVersionMismatch
from application.secrets.facade import SecretsUseCases
from ports.idempotency import IdempotencyKeys

_NEW = msgspec.json.Decoder(NewApiKeyBody)
_CHANGED = msgspec.json.Decoder(ApiKeyBody)
_Due = Annotated[bool, QueryParameter(description="Only keys that are due for rotation, or ended.")]


def secrets_routes(facade: SecretsUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return the routes under /api/v1/api-keys."""
    return AreaRoutes(
        path="/api/v1/api-keys",
        tags=["secrets"],
        route_handlers=[
            *_all(facade, keys),
            *_one(facade),
            *working_routes(facade, keys=keys),
            *history_routes(facade),
        ],
    )


def _all(facade: SecretsUseCases, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @post(
        "/",
        **described(
            "Keep a broker's API key; the credentials are in this answer and in no later one",
            permission=MANAGE,
            body=NewApiKeyBody,
            answers={201: ApiKeyIssued},
            problems=(403, 404, 409),
            example=examples.API_KEY,
            idempotent=True,
            step_up=True,
        ),
    )
    async def create(request: HttpRequest) -> Answer:
        body = await body_of(request)
        command = decode(body, decoder=_NEW).command()

        async def work() -> tuple[int, bytes]:
            outcome = await facade.create(command, asker=asker_in(request))
            if not isinstance(outcome, KeyStored):
                refuse(outcome)
            shown = issued_view(outcome.key, credentials=command.credentials, facade=facade)
            return 201, encode(shown)

        # The stored hash is over a secret of at least 16 characters that a broker drew: it
        # tells nobody which. The stored answer is without it.
        return await once(request, keys=keys, body=body, work=work, kept=without_credentials)

    @get(
        "/",
        **described(
            "List API keys in the order they were made, masked",
            permission=READ,
            answers={200: ApiKeyPage},
            problems=(400,),
        ),
    )
    async def list_keys(
        request: HttpRequest,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
        due: _Due = False,
    ) -> Answer:
        found = await facade.list(
            tenant_id=principal_of(request).tenant_id,
            limit=limit + 1,
            after=after_of(cursor),
            due=due,
        )
        return paged(
            found, limit=limit, shown=lambda one: key_view(one, facade=facade), page=ApiKeyPage
        )

    return [create, list_keys]


def _one(facade: SecretsUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/{key_id:uuid}",
        **described(
            "Show an API key, masked; its version is in ETag",
            permission=READ,
            answers={200: ApiKeyView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, key_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        found = await facade.get(tenant_id=tenant_id, key_id=key_id)
        return answer(key_view(found, facade=facade), headers={"ETag": etag_of(found)})

    @put(
        "/{key_id:uuid}",
        **described(
            "Replace what is written about a key; with If-Match only if nobody changed it since",
            permission=MANAGE,
            body=ApiKeyBody,
            answers={200: ApiKeyView},
            problems=(403, 404, 409),
            example=examples.API_KEY_CHANGE,
            if_match=True,
            step_up=True,
        ),
    )
    async def change(request: HttpRequest, key_id: PathId) -> Answer:
        fields = decode(await body_of(request), decoder=_CHANGED).fields()
        outcome = await facade.update(
            fields,
            key_id=key_id,
            asker=asker_in(request),
            expected_version=expected_version(request),
        )
        if not isinstance(outcome, KeyStored):
            refuse(outcome)
        headers = {"ETag": etag_of(outcome.key)}
        return answer(key_view(outcome.key, facade=facade), headers=headers)

    @delete(
        "/{key_id:uuid}",
        **described(
            "Delete a key and erase its credentials",
            permission=MANAGE,
            answers={204: None},
            problems=(404, 409),
            if_match=True,
            step_up=True,
        ),
    )
    async def remove(request: HttpRequest, key_id: PathId) -> None:
        outcome = await facade.delete(
            key_id=key_id, asker=asker_in(request), expected_version=expected_version(request)
        )
        if isinstance(outcome, KeyVersionMismatch):
            refuse(outcome)

    return [show, change, remove]
