"""Route passwords: the change of one's own, and the reset by a one-time token."""

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.identity.schemas import ChangePasswordBody, EndedView, ResetPasswordBody
from adapters.http.problem_kinds import (
    ADDRESS_TAKEN,
    NEEDS_PERSON,
    ONE_TIME_REFUSED,
    PASSWORD_REFUSED,
    TOO_MANY,
)
from adapters.http.problems import Problem, conflict, later, unfit
from adapters.http.visitor import asking_of, visitor_of
from adapters.http.wire import Answer, HttpRequest, answer, body_of, decode, trace_of
from application.identity.access_commands import NeedsPerson
from application.identity.facade import IdentityUseCases
from application.identity.invitations import AddressTaken
from application.identity.passwords import (
    PasswordSet,
    TokenSpent,
    WeakPassword,
    WrongPassword,
)
from domain.identity.access import Permission
from domain.identity.password import Weakness

_CHANGE = msgspec.json.Decoder(ChangePasswordBody)
_RESET = msgspec.json.Decoder(ResetPasswordBody)
_WEAK = {
    Weakness.TOO_LONG: "is too long",
    Weakness.REPETITIVE: "is a short piece over and over",
    Weakness.SEQUENCE: "walks along the alphabet or the keyboard",
    Weakness.PERSONAL: "is little more than the name or the address",
    Weakness.FIRST: "is the one that was drawn for you: choose one of your own",
    Weakness.BREACHED: "is one that others try first: it is on a list of known passwords",
}


def password_handlers(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    """Return POST /password and /password/reset."""

    @post(
        "/password",
        **described(
            "Change one's password; the other sessions end",
            permission=Permission.IDENTITY_SELF,
            body=ChangePasswordBody,
            answers={200: EndedView},
            problems=(403, 429),
            example={
                "current": "the one-time password",
                "password": "orbit velvet cactus lantern",
            },
            step_up=True,
            first_password=True,
        ),
    )
    async def change(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_CHANGE)
        outcome = await facade.passwords.change(
            asking_of(request), current=asked.current, new=asked.password
        )
        if isinstance(outcome, NeedsPerson):
            raise Problem(kind=NEEDS_PERSON, detail=NEEDS_PERSON.meaning)
        return _answer_for(outcome)

    @post(
        "/password/reset",
        **described(
            "Set a new password by a one-time token; all sessions end",
            permission=None,
            body=ResetPasswordBody,
            answers={200: EndedView},
            problems=(403, 429),
            example={"token": "blp_" + "x" * 43, "password": "orbit velvet cactus lantern"},
            secured=False,
        ),
    )
    async def reset(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_RESET)
        outcome = await facade.passwords.reset(
            token=asked.token,
            new=asked.password,
            visitor=visitor_of(request),
            trace_id=trace_of(request),
        )
        return _answer_for(outcome)

    return [change, reset]


def refused_by_rules(
    outcome: TokenSpent | WeakPassword | WrongPassword | AddressTaken,
) -> Problem:
    """Return the problem of a new password, a one-time token or a try that is not taken."""
    match outcome:
        case TokenSpent():
            return Problem(kind=ONE_TIME_REFUSED, detail=ONE_TIME_REFUSED.meaning)
        case AddressTaken():
            return conflict(ADDRESS_TAKEN.meaning, kind=ADDRESS_TAKEN)
        case WeakPassword(weakness=Weakness.TOO_SHORT, length_min=length):
            return unfit("/password", f"must have at least {length} characters")
        case WeakPassword(weakness=weakness):
            return unfit("/password", _WEAK[weakness])
        case WrongPassword(retry_after_s=None):
            return Problem(kind=PASSWORD_REFUSED, detail=PASSWORD_REFUSED.meaning)
        case WrongPassword(retry_after_s=seconds):
            return later("too soon, or too many tries", retry_after_s=seconds or 1, kind=TOO_MANY)


def _answer_for(
    outcome: PasswordSet | TokenSpent | WeakPassword | WrongPassword,
) -> Answer:
    match outcome:
        case PasswordSet(sessions_ended=ended):
            return answer(EndedView(sessions_ended=ended))
        case _:
            raise refused_by_rules(outcome)
