"""Answer log-ins: with tokens, with what is still to be shown, or with the refusal."""

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


def login_answer(outcome: IssuedToken | ChallengeOpened | LoginRefused, *, clock: Clock) -> Answer:
    """Answer a log-in; raises the problem of a refused one."""
    match outcome:
        case IssuedToken():
            return tokens_answer(outcome, clock=clock)
        case ChallengeOpened():
            return answer(challenge_view(outcome), status=202)
        case LoginRefused(retry_after_s=None):
            raise unauthorized(LOGIN_REFUSED.meaning, kind=LOGIN_REFUSED)
        case LoginRefused(retry_after_s=seconds):
            raise too_soon(seconds or 1)


def tokens_answer(issued: IssuedToken, *, clock: Clock) -> Answer:
    """Answer with the tokens of a session, or with the one of a script's."""
    if issued.refresh is None:
        return answer(token_view(issued, clock=clock))
    return answer(session_tokens_view(issued, issued.refresh, clock=clock))


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
