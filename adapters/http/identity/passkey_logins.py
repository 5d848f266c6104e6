"""Route log-ins by a passkey, and passkeys as second factor and step-up."""

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler

from adapters.http import examples
from adapters.http.documented import described
from adapters.http.identity.answers import needs_person, not_shown, tokens_answer, too_soon
from adapters.http.identity.cookies import cookies_for, device_told
from adapters.http.identity.factor_schemas import RecoveryBody
from adapters.http.identity.passkey_schemas import (
    PasskeyLoginBody,
    PasskeyOptionsView,
    options_view,
)
from adapters.http.identity.schemas import SessionTokensView
from adapters.http.problem_kinds import NO_PASSKEY, PASSKEY_REFUSED, TOO_MANY
from adapters.http.problems import conflict, later, unauthorized
from adapters.http.visitor import asking_of, visitor_of
from adapters.http.wire import Answer, HttpRequest, answer, body_of, decode, trace_of
from application.identity.access_commands import NeedsPerson
from application.identity.facade import IdentityUseCases
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.passkey_factor import NoPasskey
from application.identity.passkey_login import PasskeyTry, TooSoon
from application.identity.passkey_use import PasskeyOptions
from domain.identity.access import Permission
from ports.time import Clock

_LOGIN = msgspec.json.Decoder(PasskeyLoginBody)
_CHALLENGE = msgspec.json.Decoder(RecoveryBody)


def passkey_logins(facade: IdentityUseCases, *, clock: Clock) -> list[HTTPRouteHandler]:
    """Return POST /passkey/options and /passkey."""

    @post(
        "/passkey/options",
        **described(
            "Ask for what a browser needs to log in by a passkey; good once, for five minutes",
            permission=None,
            answers={200: PasskeyOptionsView},
            problems=(429,),
            shown=examples.PASSKEY_REQUEST,
            secured=False,
        ),
    )
    async def passkey_options(request: HttpRequest) -> Answer:
        match await facade.passkeys.login.options(visitor_of(request)):
            case TooSoon(retry_after_s=seconds):
                raise later("too many ask from there", retry_after_s=seconds, kind=TOO_MANY)
            case PasskeyOptions() as asked:
                return answer(options_view(asked))

    @post(
        "/passkey",
        **described(
            "Log in by a passkey whose user was verified: open a session and get its tokens",
            permission=None,
            body=PasskeyLoginBody,
            answers={200: SessionTokensView},
            problems=(401, 403, 429),
            example=examples.PASSKEY_ANSWER,
            secured=False,
        ),
    )
    async def passkey(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_LOGIN)
        cookies = cookies_for(asked.keep, request)
        tried = PasskeyTry(
            sent=asked.credential.sent(),
            visitor=visitor_of(request),
            trace_id=trace_of(request),
            remember=asked.remember,
            device_token=device_told(asked.device_token, cookies=cookies),
            device_label=asked.device_label,
            fingerprint=asked.fingerprint.told() if asked.fingerprint is not None else None,
        )
        match await facade.passkeys.login(tried):
            case IssuedToken() as issued:
                return tokens_answer(issued, clock=clock, cookies=cookies)
            case LoginRefused(retry_after_s=None):
                raise unauthorized(PASSKEY_REFUSED.meaning, kind=PASSKEY_REFUSED)
            case LoginRefused(retry_after_s=seconds):
                raise too_soon(seconds or 1)

    return [passkey_options, passkey, *_factor_options(facade)]


def _factor_options(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/challenge/passkey-options",
        **described(
            "Ask for what a browser needs to answer a log-in's challenge by a passkey",
            permission=None,
            body=RecoveryBody,
            answers={200: PasskeyOptionsView},
            problems=(401, 403, 409, 429),
            example={"challenge": "blc_" + "x" * 43},
            shown=examples.PASSKEY_REQUEST,
            secured=False,
        ),
    )
    async def challenge_options(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_CHALLENGE)
        visitor = visitor_of(request)
        match await facade.passkeys.factor.for_challenge(asked.challenge, visitor=visitor):
            case PasskeyOptions() as options:
                return answer(options_view(options))
            case NoPasskey():
                raise conflict(NO_PASSKEY.meaning, kind=NO_PASSKEY)
            case outcome:
                raise not_shown(outcome)

    @post(
        "/step-up/passkey-options",
        **described(
            "Ask for what a browser needs to show by a passkey again who it is",
            permission=Permission.IDENTITY_SELF,
            answers={200: PasskeyOptionsView},
            problems=(400, 403, 409),
            shown=examples.PASSKEY_REQUEST,
            first_password=True,
        ),
    )
    async def step_up_options(request: HttpRequest) -> Answer:
        match await facade.passkeys.factor.for_step_up(asking_of(request)):
            case PasskeyOptions() as options:
                return answer(options_view(options))
            case NoPasskey():
                raise conflict(NO_PASSKEY.meaning, kind=NO_PASSKEY)
            case NeedsPerson():
                raise needs_person("only who is logged in can show again who they are")

    return [challenge_options, step_up_options]
