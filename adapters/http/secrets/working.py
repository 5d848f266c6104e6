"""Route what a broker has a part in: new credentials, a look at the old ones, the history."""

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from adapters.http import examples
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.secrets.answers import MANAGE, READ, asker_in, refuse
from adapters.http.secrets.schemas import (
    ApiKeyChecked,
    ApiKeyIssued,
    CredentialsBody,
    KeyEventPage,
    event_view,
    issued_view,
    key_view,
    without_credentials,
)
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    body_of,
    decode,
    encode,
    principal_of,
)
from application.secrets.commands import KeyStored
from application.secrets.facade import SecretsUseCases
from ports.idempotency import IdempotencyKeys

_CREDENTIALS = msgspec.json.Decoder(CredentialsBody)


def working_routes(facade: SecretsUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    """Return the routes that the broker has a part in."""

    @post(
        "/{key_id:uuid}/rotate",
        **described(
            "Put new credentials in place of the old ones, which are erased",
            permission=MANAGE,
            body=CredentialsBody,
            answers={200: ApiKeyIssued},
            problems=(403, 404, 409),
            example=examples.API_KEY_CREDENTIALS,
            idempotent=True,
            step_up=True,
        ),
    )
    async def rotate(request: HttpRequest, key_id: PathId) -> Answer:
        body = await body_of(request)
        credentials = decode(body, decoder=_CREDENTIALS).credentials()

        async def work() -> tuple[int, bytes]:
            outcome = await facade.rotate(credentials, key_id=key_id, asker=asker_in(request))
            if not isinstance(outcome, KeyStored):
                refuse(outcome)
            return 200, encode(issued_view(outcome.key, credentials=credentials, facade=facade))

        return await once(request, keys=keys, body=body, work=work, kept=without_credentials)

    @post(
        "/{key_id:uuid}/verify",
        **described(
            "Ask the broker whether a key holds, and what it may do",
            permission=MANAGE,
            answers={200: ApiKeyChecked},
            problems=(404, 409),
            idempotent=True,
        ),
    )
    async def verify(request: HttpRequest, key_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            said = await facade.verify(key_id=key_id, asker=asker_in(request))
            shown = key_view(said.key, facade=facade)
            return 200, encode(
                ApiKeyChecked(valid=said.key.verified, reason=said.reason, key=shown)
            )

        return await once(request, keys=keys, body=b"", work=work)

    return [rotate, verify]


def history_routes(facade: SecretsUseCases) -> list[HTTPRouteHandler]:
    """Return the route of what was done with a key."""

    @get(
        "/{key_id:uuid}/audit-logs",
        **described(
            "List what was done with a key, also with one that was deleted",
            permission=READ,
            answers={200: KeyEventPage},
            problems=(400, 404),
        ),
    )
    async def history(
        request: HttpRequest, key_id: PathId, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        found = await facade.history(
            tenant_id=principal_of(request).tenant_id,
            key_id=key_id,
            limit=limit + 1,
            after=after_of(cursor),
        )
        return paged(found, limit=limit, shown=event_view, page=KeyEventPage)

    return [history]
