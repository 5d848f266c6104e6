"""Route what is asked of brokers' API keys."""

import re
from typing import Annotated, Any, NoReturn

import msgspec
from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http import examples
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.problem_kinds import (
    CHANGED,
    CREDENTIALS_REFUSED,
    NAME_TAKEN,
    TOO_MANY_KEYS,
    WITHDRAWAL_REFUSED,
)
from adapters.http.problems import Problem, conflict, unfit
from adapters.http.secrets.schemas import (
    ApiKeyBody,
    ApiKeyChecked,
    ApiKeyIssued,
    ApiKeyPage,
    ApiKeyView,
    CredentialsBody,
    KeyEventPage,
    NewApiKeyBody,
    event_view,
    issued_view,
    key_asker,
    key_view,
    without_credentials,
)
from adapters.http.wire import (
    LIMIT_DEFAULT,
    Answer,
    Cursor,
    HttpRequest,
    Limit,
    PathId,
    after_of,
    answer,
    asker_of,
    body_of,
    cursor_of,
    decode,
    encode,
    principal_of,
)
from application.secrets.commands import (
    KeyAsker,
    KeyNameTaken,
    KeyStored,
    KeyVersionMismatch,
    TooManyKeys,
    WithdrawalRefused,
)
from application.secrets.facade import SecretsUseCases
from domain.secrets.api_key import ApiKey
from ports.broker_credentials import CredentialsRefused
from ports.idempotency import IdempotencyKeys

READ, MANAGE = "secrets.read", "secrets.manage"
_NEW = msgspec.json.Decoder(NewApiKeyBody)
_CHANGED = msgspec.json.Decoder(ApiKeyBody)
_CREDENTIALS = msgspec.json.Decoder(CredentialsBody)
_ETAG = re.compile(r'"([0-9]{1,9})"')
_Due = Annotated[bool, QueryParameter(description="Only keys that are due for rotation, or ended.")]


def secrets_routes(facade: SecretsUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return the routes under /api/v1/api-keys."""
    return AreaRoutes(
        path="/api/v1/api-keys",
        tags=["secrets"],
        route_handlers=[*_all(facade, keys), *_one(facade), *_working(facade, keys)],
    )


def _all(facade: SecretsUseCases, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @post(
        "/",
        **_guarded(
            MANAGE,
            "Keep a broker's API key; the credentials are in this answer and in no later one",
            body=NewApiKeyBody,
            answers={201: ApiKeyIssued},
            problems=(403, 409),
            example=examples.API_KEY,
            idempotent=True,
        ),
    )
    async def create(request: HttpRequest) -> Answer:
        body = await body_of(request)
        command = decode(body, decoder=_NEW).command()

        async def work() -> tuple[int, bytes]:
            outcome = await facade.create(command, asker=_asker(request))
            if not isinstance(outcome, KeyStored):
                _refuse(outcome)
            shown = issued_view(outcome.key, credentials=command.credentials, facade=facade)
            return 201, encode(shown)

        # The stored hash is over a secret of at least 16 characters that a broker drew: it
        # tells nobody which. The stored answer is without it.
        return await once(request, keys=keys, body=body, work=work, kept=without_credentials)

    @get(
        "/",
        **_guarded(
            READ,
            "List API keys in the order they were made, masked",
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
        page = found[:limit]
        more = page[-1].id if len(found) > limit else None
        items = [key_view(one, facade=facade) for one in page]
        return answer(ApiKeyPage(items=items, next_cursor=cursor_of(more)))

    return [create, list_keys]


def _one(facade: SecretsUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/{key_id:uuid}",
        **_guarded(
            READ,
            "Show an API key, masked; its version is in ETag",
            answers={200: ApiKeyView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, key_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        found = await facade.get(tenant_id=tenant_id, key_id=key_id)
        return answer(key_view(found, facade=facade), headers={"ETag": _etag(found)})

    @put(
        "/{key_id:uuid}",
        **_guarded(
            MANAGE,
            "Replace what is written about a key; with If-Match only if nobody changed it since",
            body=ApiKeyBody,
            answers={200: ApiKeyView},
            problems=(403, 404, 409),
            example=examples.API_KEY_CHANGE,
            if_match=True,
        ),
    )
    async def change(request: HttpRequest, key_id: PathId) -> Answer:
        fields = decode(await body_of(request), decoder=_CHANGED).fields()
        outcome = await facade.update(
            fields,
            key_id=key_id,
            asker=_asker(request),
            expected_version=_expected(request),
        )
        if not isinstance(outcome, KeyStored):
            _refuse(outcome)
        headers = {"ETag": _etag(outcome.key)}
        return answer(key_view(outcome.key, facade=facade), headers=headers)

    @delete(
        "/{key_id:uuid}",
        **_guarded(
            MANAGE,
            "Delete a key and erase its credentials",
            answers={204: None},
            problems=(404, 409),
            if_match=True,
        ),
    )
    async def remove(request: HttpRequest, key_id: PathId) -> None:
        outcome = await facade.delete(
            key_id=key_id, asker=_asker(request), expected_version=_expected(request)
        )
        if isinstance(outcome, KeyVersionMismatch):
            _refuse(outcome)

    return [show, change, remove]


def _working(facade: SecretsUseCases, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @post(
        "/{key_id:uuid}/rotate",
        **_guarded(
            MANAGE,
            "Put new credentials in place of the old ones, which are erased",
            body=CredentialsBody,
            answers={200: ApiKeyIssued},
            problems=(403, 404, 409),
            example=examples.API_KEY_CREDENTIALS,
            idempotent=True,
        ),
    )
    async def rotate(request: HttpRequest, key_id: PathId) -> Answer:
        body = await body_of(request)
        credentials = decode(body, decoder=_CREDENTIALS).credentials()

        async def work() -> tuple[int, bytes]:
            outcome = await facade.rotate(credentials, key_id=key_id, asker=_asker(request))
            if not isinstance(outcome, KeyStored):
                _refuse(outcome)
            return 200, encode(issued_view(outcome.key, credentials=credentials, facade=facade))

        return await once(request, keys=keys, body=body, work=work, kept=without_credentials)

    @post(
        "/{key_id:uuid}/verify",
        **_guarded(
            MANAGE,
            "Ask the broker whether a key holds, and what it may do",
            answers={200: ApiKeyChecked},
            problems=(404, 409),
            idempotent=True,
        ),
    )
    async def verify(request: HttpRequest, key_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            said = await facade.verify(key_id=key_id, asker=_asker(request))
            shown = key_view(said.key, facade=facade)
            return 200, encode(
                ApiKeyChecked(valid=said.key.verified, reason=said.reason, key=shown)
            )

        return await once(request, keys=keys, body=b"", work=work)

    @get(
        "/{key_id:uuid}/audit-logs",
        **_guarded(
            READ,
            "List what was done with a key, also with one that was deleted",
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
        page = found[:limit]
        more = page[-1].id if len(found) > limit else None
        items = [event_view(one) for one in page]
        return answer(KeyEventPage(items=items, next_cursor=cursor_of(more)))

    return [rotate, verify, history]


def _guarded(permission: str, summary: str, **said: Any) -> dict[str, Any]:
    """Describe a route, and name the permission that it needs."""
    made = described(summary, **said)
    made["opt"] = {**made["opt"], "permission": permission}
    return made


def _asker(request: HttpRequest) -> KeyAsker:
    asker = asker_of(request)
    return key_asker(tenant_id=asker.tenant_id, actor=asker.actor, trace_id=asker.trace_id)


def _refuse(
    outcome: CredentialsRefused
    | WithdrawalRefused
    | KeyNameTaken
    | TooManyKeys
    | KeyVersionMismatch,
) -> NoReturn:
    match outcome:
        case CredentialsRefused(reason=reason):
            raise conflict(f"the broker refuses: {reason}", kind=CREDENTIALS_REFUSED)
        case WithdrawalRefused():
            raise Problem(kind=WITHDRAWAL_REFUSED, detail=WITHDRAWAL_REFUSED.meaning)
        case KeyNameTaken():
            raise conflict(NAME_TAKEN.meaning, kind=NAME_TAKEN)
        case TooManyKeys(allowed=allowed):
            detail = f"a tenant may have {allowed} API keys; delete one first"
            raise conflict(detail, kind=TOO_MANY_KEYS)
        case KeyVersionMismatch(current=current):
            tag = _etag(current)
            raise Problem(
                kind=CHANGED,
                detail=f"the key is at {tag} now; read it again",
                headers={"ETag": tag},
            )


def _etag(key: ApiKey) -> str:
    return f'"{key.version}"'


def _expected(request: HttpRequest) -> int | None:
    """Return the version that If-Match asks for; raises the problem of one that is not ours."""
    asked = request.headers.get("if-match")
    if asked is None or asked.strip() == "*":
        return None
    matched = _ETAG.fullmatch(asked.strip())
    if matched is None:
        raise unfit("#If-Match", 'must be one ETag of this key, such as "3", or *')
    return int(matched.group(1))
