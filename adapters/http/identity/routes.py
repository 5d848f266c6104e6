"""Route log-ins."""

from typing import Annotated

import msgspec
from litestar import Response, Router, post
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Meta

from adapters.http.documented import documented
from adapters.http.problems import too_many, unauthorized
from adapters.http.wire import HttpRequest, answer, decode, moment
from application.identity.facade import IdentityUseCases
from application.identity.login import LoginRefused


class LoginBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who logs in."""

    email: Annotated[str, Meta(min_length=3, max_length=254, examples=["owner@localhost"])]
    password: Annotated[str, Meta(min_length=1, max_length=1024)]


class TokenView(msgspec.Struct):
    """An access token for the Authorization header."""

    access_token: str
    token_type: str
    expires_at: str


_LOGIN = msgspec.json.Decoder(LoginBody)


def identity_routes(facade: IdentityUseCases) -> Router:
    """Return the routes under /api/v1/auth."""

    @post(
        "/token",
        summary="Get an access token",
        status_code=200,
        responses=documented({200: ResponseSpec(TokenView)}, 400, 401, 413, 429),
    )
    async def token(request: HttpRequest) -> Response[bytes]:
        asked = decode(await request.body(), decoder=_LOGIN)
        outcome = await facade.login(email=asked.email, password=asked.password)
        if isinstance(outcome, LoginRefused):
            if outcome.retry_after_s is not None:
                raise too_many("too many log-in attempts", retry_after_s=outcome.retry_after_s)
            raise unauthorized("the e-mail address or the password is wrong")
        return answer(
            TokenView(
                access_token=outcome.token,
                token_type="Bearer",
                expires_at=moment(outcome.expires_at),
            )
        )

    return Router(path="/api/v1/auth", tags=["identity"], route_handlers=[token])
