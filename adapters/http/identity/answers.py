"""Answer log-ins: with tokens, with what is still to be shown, or with the refusal."""

import msgspec

from adapters.http.identity.cookies import TokenCookies
from adapters.http.identity.factor_schemas import challenge_view
from adapters.http.identity.schemas import session_tokens_view, token_view
from adapters.http.problem_kinds import (
    CHALLENGE_OVER,
    FACTOR_REFUSED,
    LOGIN_REFUSED,
    NEEDS_PERSON,
    TOO_MANY,
)
from adapters.http.problems import Problem, later, unauthorized
from adapters.http.wire import Answer, answer
from application.identity.challenges import ChallengeOpened, ChallengeOver
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from ports.time import Clock


def login_answer(
    outcome: IssuedToken | ChallengeOpened | LoginRefused,
    *,
    clock: Clock,
    cookies: TokenCookies | None = None,
) -> Answer:
    """Answer a log-in; raises the problem of a refused one."""
    match outcome:
        case IssuedToken():
            return tokens_answer(outcome, clock=clock, cookies=cookies)
        case ChallengeOpened():
            return answer(challenge_view(outcome), status=202)
        case LoginRefused(retry_after_s=None):
            raise unauthorized(LOGIN_REFUSED.meaning, kind=LOGIN_REFUSED)
        case LoginRefused(retry_after_s=seconds):
            raise too_soon(seconds or 1)


def tokens_answer(
    issued: IssuedToken, *, clock: Clock, cookies: TokenCookies | None = None
) -> Answer:
    """Answer with the tokens of a session, or with the one of a script's.

    With cookies, those that last travel in them and not in the body.
    """
    if issued.refresh is None:
        return answer(token_view(issued, clock=clock))
    view = session_tokens_view(issued, issued.refresh, clock=clock)
    if cookies is None:
        return answer(view)
    given = answer(msgspec.structs.replace(view, refresh_token=None, device_token=None))
    kept = cookies.kept(issued.refresh, clock=clock)
    given.pairs.extend(one.to_encoded_header() for one in kept)
    return given


def not_shown(outcome: ChallengeOver | ProofRefused) -> Problem:
    """Return the problem of a factor that was not shown."""
    match outcome:
        case ChallengeOver():
            return unauthorized(CHALLENGE_OVER.meaning, kind=CHALLENGE_OVER)
        case ProofRefused(retry_after_s=None):
            return Problem(kind=FACTOR_REFUSED, detail=FACTOR_REFUSED.meaning)
        case ProofRefused(retry_after_s=seconds):
            detail = (
                "too many wrong codes; a backup code, a passkey, and a device on which a factor"
                " was shown before need not wait"
            )
            return later(detail, retry_after_s=seconds or 1, kind=TOO_MANY)


def needs_person(detail: str = NEEDS_PERSON.meaning) -> Problem:
    """Return the problem of a token that cannot do what only a person may."""
    return Problem(kind=NEEDS_PERSON, detail=detail)


def too_soon(seconds: int) -> Problem:
    """Return the problem of a try that was not looked at."""
    detail = "too soon after a wrong password for this address, or too many tries from yours"
    return later(detail, retry_after_s=seconds, kind=TOO_MANY)
