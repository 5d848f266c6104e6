"""Answer for a log-in, whatever was shown for it."""

from adapters.http.identity.schemas import session_tokens_view
from adapters.http.problem_kinds import LOGIN_REFUSED, TOO_MANY, Kind
from adapters.http.problems import later, unauthorized
from adapters.http.wire import Answer, answer
from application.identity.login import IssuedToken, LoginRefused
from ports.time import Clock


def let_in(outcome: IssuedToken | LoginRefused, *, refused: Kind = LOGIN_REFUSED) -> IssuedToken:
    """Return the tokens of who was let in; raises the problem of who was not."""
    match outcome:
        case IssuedToken():
            return outcome
        case LoginRefused(retry_after_s=None):
            raise unauthorized(refused.meaning, kind=refused)
        case LoginRefused(retry_after_s=seconds):
            detail = (
                "too soon after a wrong password for this address, or too many tries from yours"
            )
            raise later(detail, retry_after_s=seconds or 1, kind=TOO_MANY)


def session_answer(issued: IssuedToken, *, clock: Clock) -> Answer:
    """Answer with the tokens of a session that lasts."""
    if issued.refresh is None:
        raise RuntimeError("a lasting session has a refresh token")
    return answer(session_tokens_view(issued, issued.refresh, clock=clock))
