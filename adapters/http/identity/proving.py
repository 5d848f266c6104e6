"""Route what proves who somebody is beside the password: challenges, step-up, recovery."""

import msgspec
from litestar import delete, post
from litestar.handlers import HTTPRouteHandler

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.identity.answers import needs_person, not_shown, tokens_answer, too_soon
from adapters.http.identity.cookies import cookies_for, device_told
from adapters.http.identity.factor_schemas import (
    ChallengeBody,
    RecoveryBody,
    StepUpBody,
)
from adapters.http.identity.passkey_schemas import AnswerBody
from adapters.http.identity.recovery_schemas import RecoveryView, recovery_view
from adapters.http.identity.schemas import LetInView, TokenView
from adapters.http.problem_kinds import CHALLENGE_OVER, FACTOR_NEEDED, PASSWORD_REFUSED
from adapters.http.problems import Problem, unauthorized, unfit
from adapters.http.visitor import asking_of, visitor_of
from adapters.http.wire import Answer, HttpRequest, answer, body_of, decode, trace_of
from application.identity.access_commands import NeedsPerson
from application.identity.challenges import ChallengeAnswer
from application.identity.facade import IdentityUseCases
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.passwords import WrongPassword
from application.identity.proofs import Proof
from application.identity.recovery import RecoveryRefused
from application.identity.step_up import FactorNeeded
from domain.identity.access import Permission
from ports.time import Clock

_ANSWER = msgspec.json.Decoder(ChallengeBody)
_STEP_UP = msgspec.json.Decoder(StepUpBody)
_RECOVER = msgspec.json.Decoder(RecoveryBody)
_CHALLENGE = "blc_" + "x" * 43


def challenge_handlers(facade: IdentityUseCases, *, clock: Clock) -> list[HTTPRouteHandler]:
    """Return POST /challenge and POST /recovery."""

    @post(
        "/challenge",
        **described(
            "Answer a log-in's challenge by the code of an app, a backup code or a passkey",
            permission=None,
            body=ChallengeBody,
            answers={200: LetInView},
            problems=(401, 403, 429),
            example={"challenge": _CHALLENGE, "code": "123456"},
            secured=False,
        ),
    )
    async def challenge(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_ANSWER)
        cookies = cookies_for(asked.keep, request)
        outcome = await facade.challenges.answer(
            ChallengeAnswer(
                token=asked.challenge,
                proof=_proof_of(asked, facade=facade),
                visitor=visitor_of(request),
                trace_id=trace_of(request),
                device_token=device_told(asked.device_token, cookies=cookies),
                fingerprint=asked.fingerprint.told() if asked.fingerprint is not None else None,
            )
        )
        if isinstance(outcome, IssuedToken):
            return tokens_answer(outcome, clock=clock, cookies=cookies)
        raise not_shown(outcome)

    @post(
        "/recovery",
        **described(
            "Ask, with a challenge, that all lost factors be taken away after a delay",
            permission=None,
            body=RecoveryBody,
            answers={202: RecoveryView},
            problems=(401,),
            example={"challenge": _CHALLENGE},
            secured=False,
        ),
    )
    async def recover(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_RECOVER)
        outcome = await facade.recoveries.ask(challenge=asked.challenge, trace_id=trace_of(request))
        if isinstance(outcome, RecoveryRefused):
            raise unauthorized(CHALLENGE_OVER.meaning, kind=CHALLENGE_OVER)
        return answer(recovery_view(outcome), status=202)

    return [challenge, recover]


def step_up_handler(facade: IdentityUseCases, *, clock: Clock) -> HTTPRouteHandler:
    """Return POST /step-up."""

    @post(
        "/step-up",
        **described(
            "Show again who it is, for what is sensitive (RFC 9470)",
            permission=Permission.IDENTITY_SELF,
            body=StepUpBody,
            answers={200: TokenView},
            problems=(403, 429),
            example={"password": "the one-time password"},
            first_password=True,
        ),
    )
    async def step_up(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_STEP_UP)
        asking = asking_of(request)
        match asked:
            case StepUpBody(password=str() as password, code=None, credential=None):
                outcome = await facade.step_up.by_password(asking, password=password)
                return _renewed(outcome, clock=clock)
            case StepUpBody(password=None, code=str() as code, credential=None):
                proof = facade.codes.of(code)
            case StepUpBody(password=None, code=None, credential=AnswerBody() as credential):
                proof = facade.passkeys.factor.steps_up(credential.sent(), asking=asking)
            case _:
                raise unfit("", "takes one of password, code and credential")
        return _renewed(await facade.step_up.by_factor(asking, proof=proof), clock=clock)

    return step_up


def recovery_routes(facade: IdentityUseCases) -> AreaRoutes:
    """Return DELETE /api/v1/recovery."""

    @delete(
        "/",
        **described(
            "Cancel the request to take one's factors away",
            permission=Permission.IDENTITY_SELF,
            answers={204: None},
            problems=(400, 403, 404),
        ),
    )
    async def cancel(request: HttpRequest) -> None:
        if isinstance(await facade.recoveries.cancel(asking_of(request)), NeedsPerson):
            raise needs_person()

    return AreaRoutes(path="/api/v1/recovery", tags=["identity"], route_handlers=[cancel])


def _proof_of(asked: ChallengeBody, *, facade: IdentityUseCases) -> Proof:
    """Return what was shown for a challenge; raises InvalidValue, the problem of none or two."""
    match asked:
        case ChallengeBody(code=str() as code, credential=None):
            return facade.codes.of(code)
        case ChallengeBody(code=None, credential=AnswerBody() as credential):
            return facade.passkeys.factor.answers(credential.sent(), token=asked.challenge)
        case _:
            raise unfit("", "takes either a code or a credential")


def _renewed(
    outcome: IssuedToken | WrongPassword | FactorNeeded | ProofRefused | NeedsPerson,
    *,
    clock: Clock,
) -> Answer:
    match outcome:
        case IssuedToken():
            return tokens_answer(outcome, clock=clock)
        case FactorNeeded():
            raise Problem(kind=FACTOR_NEEDED, detail=FACTOR_NEEDED.meaning)
        case WrongPassword(retry_after_s=None):
            raise Problem(kind=PASSWORD_REFUSED, detail=PASSWORD_REFUSED.meaning)
        case WrongPassword(retry_after_s=seconds):
            raise too_soon(seconds or 1)
        case NeedsPerson():
            raise needs_person("only who is logged in can show again who they are")
        case ProofRefused():
            raise not_shown(outcome)
