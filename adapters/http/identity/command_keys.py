"""Route the switching of command keys, by who may manage people."""

from typing import Annotated

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter

from adapters.http.documented import described
from adapters.http.idempotency import once_in_silence, one_s_own
from adapters.http.visitor import asking_of
from adapters.http.wire import HttpRequest
from application.identity.facade import IdentityUseCases
from domain.identity.access import Permission
from ports.idempotency import IdempotencyKeys

KeyId = Annotated[str, PathParameter(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]


def command_key_handlers(
    facade: IdentityUseCases, *, keys: IdempotencyKeys
) -> list[HTTPRouteHandler]:
    """Return POST /{key_id}/disable and /enable."""

    @post(
        "/{key_id:str}/disable",
        **described(
            "Refuse what a command key signs",
            permission=Permission.IDENTITY_MANAGE,
            answers={204: None},
            problems=(400, 403, 404),
            idempotent=True,
        ),
    )
    async def disable_key(request: HttpRequest, key_id: KeyId) -> Response[None]:
        async def work() -> None:
            await facade.users.set_key(asking_of(request), key_id=key_id, enabled=False)

        return await once_in_silence(request, keys=keys, body=one_s_own(request), work=work)

    @post(
        "/{key_id:str}/enable",
        **described(
            "Take a command key's commands again",
            permission=Permission.IDENTITY_MANAGE,
            answers={204: None},
            problems=(400, 403, 404),
            step_up=True,
            idempotent=True,
        ),
    )
    async def enable_key(request: HttpRequest, key_id: KeyId) -> Response[None]:
        async def work() -> None:
            await facade.users.set_key(asking_of(request), key_id=key_id, enabled=True)

        return await once_in_silence(request, keys=keys, body=one_s_own(request), work=work)

    return [disable_key, enable_key]
