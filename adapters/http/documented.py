"""Say of each route what it takes and what it can answer, errors included."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.http.queries import refuse_unknown_query
from domain.identity.access import Permission

# Where a handler keeps its description, and who may use it: None is everyone.
OPT = "described"
PERMISSION = "permission"
# Set where a route asks that it was shown of late who it is.
STEP_UP = "step_up"
# Set where the framework's routing would cost as much as the work.
BUSY = "busy"
# Set where whoever has yet to set a password of their own may come, too.
FIRST_PASSWORD = "first_password"  # noqa: S105 - a name, no secret


class _Undeclared:
    """Nobody said who may use the route."""


UNDECLARED = _Undeclared()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDescription:
    """What the OpenAPI document says of a route beyond its path and parameters.

    body and the answers are Structs or unions of them; None is an answer without a body, a tuple
    a body of any of its kinds, which carry no tag.
    """

    summary: str
    answers: Mapping[int, Any]
    problems: Sequence[int]
    body: Any = None
    body_required: bool = True
    example: Any = None
    shown: Any = None
    secured: bool = True
    idempotent: bool = False
    if_match: bool = False
    media_type: str = "application/json"
    # Asked for besides, where the body wants it.
    permission_too: Permission | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "RouteDescription":
        """Return this one: the framework copies what a handler carries, and nobody changes it."""
        return self


def described(
    summary: str,
    *,
    permission: Permission | _Undeclared | None = UNDECLARED,
    answers: Mapping[int, Any],
    problems: Sequence[int] = (),
    body: Any = None,
    body_required: bool = True,
    example: Any = None,
    shown: Any = None,
    secured: bool = True,
    idempotent: bool = False,
    if_match: bool = False,
    media_type: str = "application/json",
    step_up: bool = False,
    first_password: bool = False,
    permission_too: Permission | None = None,
    busy: bool = False,
) -> dict[str, Any]:
    """Return what a handler's decorator needs; the first answer is the route's own.

    permission is what the route asks for, None where it is open to everyone. A handler that
    gets it in no other way either keeps the application from starting.

    step_up asks that the person showed of late who they are (RFC 9470); no other token will do.
    permission_too is asked for besides where the request wants what it is for: by the handler.
    busy has the handler called without the framework's routing (adapters/http/direct.py).
    first_password lets in whoever logged in with the password that was drawn for them, too.

    example is a request body, shown an answer. Problems that follow from the rest (a body
    can be too large, a key can be reused) are added here.
    """
    # The edge answers these to any request: another host's, and one too many.
    all_problems = {*problems, 421, 429, 503}
    if secured:
        all_problems.add(401)
    if body is not None:
        all_problems |= {400, 413, 415}
    if idempotent:
        all_problems |= {400, 409, 422}
    if if_match:
        all_problems |= {400, 412}
    said = RouteDescription(
        summary=summary,
        answers=answers,
        problems=sorted(all_problems),
        body=body,
        body_required=body_required,
        example=example,
        shown=shown,
        secured=secured,
        idempotent=idempotent,
        if_match=if_match,
        media_type=media_type,
        permission_too=permission_too,
    )
    opt: dict[str, Any] = {OPT: said}
    if step_up:
        opt[STEP_UP] = True
    if busy:
        opt[BUSY] = True
    if first_password:
        opt[FIRST_PASSWORD] = True
    if not isinstance(permission, _Undeclared):
        opt[PERMISSION] = permission
    made: dict[str, Any] = {"opt": opt, "status_code": next(iter(answers))}
    if secured and body is None:
        made["before_request"] = refuse_unknown_query
    return made
