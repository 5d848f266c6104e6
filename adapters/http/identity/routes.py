"""Route who comes in, and who goes."""

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.identity.answers import login_answer, tokens_answer
from adapters.http.identity.cookies import (
    CLEAR,
    TokenCookies,
    cookies_for,
    cookies_of_page,
    device_told,
    in_cookie,
)
from adapters.http.identity.factor_schemas import ChallengeView
from adapters.http.identity.jwks import JwksView, JwkView
from adapters.http.identity.passkey_logins import passkey_logins
from adapters.http.identity.passwords import password_handlers, refused_by_rules
from adapters.http.identity.proving import challenge_handlers, step_up_handler
from adapters.http.identity.schemas import (
    EndedView,
    JoinBody,
    LoginBody,
    RefreshBody,
    SessionBody,
    SessionTokensView,
    TokenView,
    UserView,
    user_view,
)
from adapters.http.open_paths import JWKS
from adapters.http.problem_kinds import REFRESH_REFUSED
from adapters.http.problems import unauthorized, unfit
from adapters.http.visitor import asking_of, visitor_of
from adapters.http.wire import Answer, HttpRequest, answer, body_of, decode, trace_of
from application.identity.facade import IdentityUseCases
from application.identity.invitations import Joined, JoinTry
from application.identity.issued import IssuedToken
from application.identity.login_try import LoginTry
from application.identity.refresh import RefreshRefused, RefreshTry
from domain.identity.access import Permission
from ports.time import Clock

_LOGIN = msgspec.json.Decoder(LoginBody)
_SESSION = msgspec.json.Decoder(SessionBody)
_REFRESH = msgspec.json.Decoder(RefreshBody)
_JOIN = msgspec.json.Decoder(JoinBody)
_WHO = {"email": "owner@localhost", "password": "the one-time password"}
_DEVICE = "bld_" + "x" * 43


def identity_routes(facade: IdentityUseCases, *, clock: Clock) -> AreaRoutes:
    """Return the routes under /api/v1/auth."""
    return AreaRoutes(
        path="/api/v1/auth",
        tags=["identity"],
        route_handlers=[
            *_logins(facade, clock=clock),
            *_refreshes(facade, clock=clock),
            *_joins(facade),
            *_logouts(facade),
            *password_handlers(facade),
            *challenge_handlers(facade, clock=clock),
            step_up_handler(facade, clock=clock),
            *passkey_logins(facade, clock=clock),
        ],
    )


def key_routes(facade: IdentityUseCases) -> AreaRoutes:
    """Return GET /.well-known/jwks.json."""

    @get(
        JWKS,
        **described(
            "Show the public keys that access tokens are signed with (RFC 7517)",
            permission=None,
            answers={200: JwksView},
            secured=False,
        ),
    )
    async def jwks() -> Answer:
        keys = [
            JwkView(kty="RSA", use="sig", alg="RS256", kid=key.kid, n=key.modulus, e=key.exponent)
            for key in facade.public_keys()
        ]
        return answer(JwksView(keys=keys))

    return AreaRoutes(path="/", tags=["identity"], route_handlers=[jwks])


def _logins(facade: IdentityUseCases, *, clock: Clock) -> list[HTTPRouteHandler]:
    @post(
        "/token",
        **described(
            "Exchange e-mail address and password for an access token, for scripts",
            permission=None,
            body=LoginBody,
            answers={200: TokenView, 202: ChallengeView},
            problems=(401, 429),
            example=_WHO,
            secured=False,
        ),
    )
    async def token(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_LOGIN)
        tried = LoginTry(
            email=asked.email,
            password=asked.password,
            visitor=visitor_of(request),
            trace_id=trace_of(request),
            tenant_id=asked.tenant_id,
        )
        return login_answer(await facade.login(tried), clock=clock)

    @post(
        "/login",
        **described(
            "Log in: open a session on this device and get its tokens",
            permission=None,
            body=SessionBody,
            answers={200: SessionTokensView, 202: ChallengeView},
            problems=(401, 403, 429),
            example={
                **_WHO,
                "remember": False,
                "device_label": "Desk",
                "fingerprint": {"agent": "firefox", "platform": "linux", "language": "en"},
            },
            secured=False,
        ),
    )
    async def login(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_SESSION)
        cookies = cookies_for(asked.keep, request)
        tried = LoginTry(
            email=asked.email,
            password=asked.password,
            visitor=visitor_of(request),
            trace_id=trace_of(request),
            lasting=True,
            remember=asked.remember,
            device_token=device_told(asked.device_token, cookies=cookies),
            device_label=asked.device_label,
            fingerprint=asked.fingerprint.told() if asked.fingerprint is not None else None,
            tenant_id=asked.tenant_id,
        )
        return login_answer(await facade.login(tried), clock=clock, cookies=cookies)

    return [token, login]


def _refreshes(facade: IdentityUseCases, *, clock: Clock) -> list[HTTPRouteHandler]:
    @post(
        "/refresh",
        **described(
            "Exchange a refresh token for new tokens; used twice, it ends the session",
            permission=None,
            body=RefreshBody,
            answers={200: SessionTokensView},
            problems=(401, 403),
            example={"refresh_token": "blr_" + "x" * 43, "device_token": _DEVICE},
            secured=False,
        ),
    )
    async def refresh(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_REFRESH)
        cookies = cookies_for(asked.keep, request)
        refresh_token, device_token = _shown(asked, cookies=cookies)
        outcome = await facade.refresh(
            RefreshTry(
                token=refresh_token,
                device_token=device_token,
                visitor=visitor_of(request),
                trace_id=trace_of(request),
            )
        )
        match outcome:
            case RefreshRefused(reused=True):
                detail = "the refresh token was used before: its session is over now"
                raise unauthorized(detail, kind=REFRESH_REFUSED)
            case RefreshRefused():
                raise unauthorized(REFRESH_REFUSED.meaning, kind=REFRESH_REFUSED)
            case IssuedToken():
                return tokens_answer(outcome, clock=clock, cookies=cookies)

    return [refresh]


def _shown(asked: RefreshBody, *, cookies: TokenCookies | None) -> tuple[str, str]:
    """Return the tokens that a refresh shows; raises the problem of those that are missing."""
    told = {"refresh_token": asked.refresh_token, "device_token": asked.device_token}
    if cookies is not None:
        for name, value in told.items():
            if value is not None:
                raise in_cookie(name)
        if cookies.refresh is None or cookies.device is None:
            raise unauthorized(REFRESH_REFUSED.meaning, kind=REFRESH_REFUSED)
        return cookies.refresh, cookies.device
    for name, value in told.items():
        if value is None:
            raise unfit(f"/{name}", "is missing")
    return asked.refresh_token or "", asked.device_token or ""


def _joins(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/join",
        **described(
            "Accept an invitation: choose a name and a password",
            permission=None,
            body=JoinBody,
            answers={201: UserView},
            problems=(403, 409, 429),
            example={
                "token": "bli_" + "x" * 43,
                "name": "Ada",
                "password": "orbit velvet cactus lantern",
            },
            secured=False,
        ),
    )
    async def join(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_JOIN)
        outcome = await facade.invitations.accept(
            JoinTry(
                token=asked.token,
                name=asked.name,
                password=asked.password,
                visitor=visitor_of(request),
                trace_id=trace_of(request),
            )
        )
        match outcome:
            case Joined(user=user):
                return answer(user_view(user), status=201)
            case _:
                raise refused_by_rules(outcome)

    return [join]


def _logouts(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/logout",
        **described(
            "End this session",
            permission=Permission.IDENTITY_SELF,
            answers={204: None},
            problems=(400,),
            first_password=True,
        ),
    )
    async def logout(request: HttpRequest) -> Response[None]:
        await facade.sessions.logout(asking_of(request))
        cookies = cookies_of_page(request)
        if cookies is None:
            return Response(None, status_code=204)
        return Response(None, status_code=204, headers=CLEAR, cookies=cookies.cleared())

    @post(
        "/logout-everywhere",
        **described(
            "End all of one's sessions, this one too",
            permission=Permission.IDENTITY_SELF,
            answers={200: EndedView},
            problems=(400,),
        ),
    )
    async def logout_everywhere(request: HttpRequest) -> Answer:
        ended = await facade.sessions.logout_everywhere(asking_of(request))
        view = EndedView(sessions_ended=ended)
        cookies = cookies_of_page(request)
        if cookies is None:
            return answer(view)
        given = answer(view, headers=CLEAR)
        given.pairs.extend(one.to_encoded_header() for one in cookies.cleared())
        return given

    return [logout, logout_everywhere]
