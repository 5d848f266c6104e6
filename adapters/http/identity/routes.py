"""Route who comes in."""

import msgspec
from litestar import post

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.identity.schemas import LoginBody, TokenView, token_view
from adapters.http.problem_kinds import LOGIN_REFUSED, TOO_MANY
from adapters.http.problems import later, unauthorized
from adapters.http.wire import Answer, HttpRequest, answer, body_of, decode
from application.identity.facade import IdentityUseCases
from application.identity.login import IssuedToken, LoginRefused
from ports.time import Clock

_LOGIN = msgspec.json.Decoder(LoginBody)


def identity_routes(facade: IdentityUseCases, *, clock: Clock) -> AreaRoutes:
    """Return POST /api/v1/auth/token."""

    @post(
        "/token",
        **described(
            "Exchange e-mail address and password for an access token",
            permission=None,
            body=LoginBody,
            answers={200: TokenView},
            problems=(401, 429),
            example={"email": "owner@localhost", "password": "the one-time password"},
            secured=False,
        ),
    )
    async def token(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_LOGIN)
        outcome = await facade.login(email=asked.email, password=asked.password)
        match outcome:
            case IssuedToken():
                return answer(token_view(outcome, clock=clock))
            case LoginRefused(retry_after_s=None):
                raise unauthorized(LOGIN_REFUSED.meaning, kind=LOGIN_REFUSED)
            case LoginRefused(retry_after_s=seconds):
                detail = "too soon after a wrong password for this address"
                raise later(detail, retry_after_s=seconds or 1, kind=TOO_MANY)

    return AreaRoutes(path="/api/v1/auth", tags=["identity"], route_handlers=[token])
