"""Say every error as problem+json (RFC 9457), and which kind an exception stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from adapters.http import problem_kinds as kinds
from adapters.http.conflicts import of_conflict
from adapters.http.heads import methods_told
from adapters.http.problem_kinds import MEDIA_TYPE, TYPES, Kind
from application.accounts.book_store import TooContended
from domain.shared.refusals import Absent, Conflicting, Forbidden, Outdated
from domain.shared.values import InvalidValue
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.identity import HasherBusy, InvalidToken
from ports.secrets import KeysUnavailable, KeysUnusable, SecretsSealed, SecretUnreadable
from ports.storage import ConstraintBroken, StorageConflict, StorageCorrupt, StorageUnavailable
from ports.transactions import Conflict

__all__ = ["MEDIA_TYPE", "TYPES", "FieldError", "Problem", "ProblemBody", "ReasonView"]

_MISSING = "Object missing required field `"
_UNKNOWN = "Object contains unknown field `"
_ENUM = "Invalid enum value"
# Clients of the Open Inference Protocol read one member, `error`, and nothing else.
_INFERENCE_PROTOCOL = "/v2/"


class FieldError(msgspec.Struct, omit_defaults=True):
    """One field that is wrong: a JSON pointer into the body, or #name of a parameter."""

    pointer: str
    detail: str


class ReasonView(msgspec.Struct):
    """One reason of the risk gate: the rule, the figures, the clause."""

    code: str
    message: str
    rule_type: str
    rule_name: str
    rule_id: str | None = None
    value: str | None = None
    limit: str | None = None
    clause: str = ""


class ProblemBody(msgspec.Struct, omit_defaults=True):
    """An error as RFC 9457 wants it; error is the detail again, under /v2 alone."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    trace_id: str
    errors: list[FieldError] = []
    order_id: str | None = None
    order_ids: list[str] = []
    reasons: list[ReasonView] = []
    permission: str | None = None
    error: str | None = None


# Not frozen: contextlib and the interpreter write to an exception on its way up.
@dataclass(kw_only=True, eq=False)
class Problem(Exception):
    """An error on its way to the client."""

    kind: Kind
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    order_ids: tuple[str, ...] = ()
    reasons: tuple[ReasonView, ...] = ()
    permission: str | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.kind.status


_encode = msgspec.json.Encoder().encode


def body_of(problem: Problem, *, instance: str, trace_id: str) -> bytes:
    """Write a problem as JSON."""
    return _encode(view_of(problem, instance=instance, trace_id=trace_id))


def view_of(problem: Problem, *, instance: str, trace_id: str) -> ProblemBody:
    """Show a problem."""
    return ProblemBody(
        type=TYPES + problem.kind.slug,
        title=problem.kind.title,
        status=problem.kind.status,
        detail=problem.detail,
        instance=instance,
        trace_id=trace_id,
        errors=list(problem.errors),
        order_id=problem.order_ids[0] if problem.order_ids else None,
        order_ids=list(problem.order_ids),
        reasons=list(problem.reasons),
        permission=problem.permission,
        error=problem.detail if f"{instance}/".startswith(_INFERENCE_PROTOCOL) else None,
    )


def invalid(detail: str, *, errors: tuple[FieldError, ...] = ()) -> Problem:
    """Return the problem of a malformed or invalid request."""
    return Problem(kind=kinds.INVALID, detail=detail, errors=errors)


def unfit(pointer: str, detail: str) -> Problem:
    """Return the problem of one field or parameter that does not fit."""
    name = pointer.lstrip("#/") or "body"
    errors = (FieldError(pointer=pointer, detail=detail),)
    return invalid(f"{name.replace('/', '.')}: {detail}", errors=errors)


def unauthorized(detail: str, *, kind: Kind = kinds.UNAUTHORIZED) -> Problem:
    """Return the problem of a missing or refused token, or a refused login."""
    headers = {"WWW-Authenticate": 'Bearer realm="ballast"'}
    return Problem(kind=kind, detail=detail, headers=headers)


def not_allowed(methods: set[str]) -> Problem:
    """Return the problem of a method that the path does not have, and those that it has."""
    allowed = {"Allow": ", ".join(methods_told(methods))}
    return Problem(kind=kinds.METHOD, detail=kinds.METHOD.meaning, headers=allowed)


def absent(detail: str) -> Problem:
    """Return the problem of what does not exist, or is another tenant's."""
    return Problem(kind=kinds.ABSENT, detail=detail)


def conflict(detail: str, *, kind: Kind = kinds.CONFLICT) -> Problem:
    """Return the problem of a request that the present state does not allow."""
    return Problem(kind=kind, detail=detail)


def key_reused() -> Problem:
    """Return the problem of an idempotency key with another request."""
    return Problem(kind=kinds.KEY_REUSED, detail=kinds.KEY_REUSED.meaning)


def too_large(limit: int, *, what: str = "the body") -> Problem:
    """Return the problem of a body over the limit."""
    return Problem(kind=kinds.TOO_LARGE, detail=f"{what} may have at most {limit} bytes")


def later(detail: str, *, retry_after_s: int = 1, kind: Kind = kinds.UNAVAILABLE) -> Problem:
    """Return a problem that asks the client to come back."""
    return Problem(kind=kind, detail=detail, headers={"Retry-After": str(retry_after_s)})


def problem_of(error: BaseException) -> Problem | None:
    """Return the problem that an error stands for, None for a defect."""
    match error:
        case Problem():
            return error
        case HTTPException():
            return _of_framework(error)
        case InvalidValue():
            return unfit(_pointer(error.field), error.problem)
        case Absent() | Forbidden() | Outdated() | Conflicting():
            return _of_refusal(error)
        case InvalidToken():
            return unauthorized(str(error) or "the token is not valid")
        case ConstraintBroken() | StorageConflict() | Conflict():
            return conflict("another request changed this first; read it again and retry")
        case StorageUnavailable() | TooContended():
            return later("storage cannot answer now; the outcome may be read back")
        case HasherBusy():
            return later("too many password checks are waiting", retry_after_s=2)
        case StorageCorrupt() | SecretUnreadable():
            detail = "stored data contradicts itself; an operator must look"
            return later(detail, retry_after_s=60, kind=kinds.CORRUPT)
        case _:
            return _of_what_stands_behind(error)


def _of_refusal(refusal: Absent | Forbidden | Outdated | Conflicting) -> Problem:
    match refusal:
        case Absent():
            return absent(str(refusal))
        case Forbidden():
            return Problem(kind=kinds.FORBIDDEN, detail=str(refusal))
        case Outdated():
            tag = {"ETag": f'"{refusal.version}"'}
            return Problem(kind=kinds.CHANGED, detail=str(refusal), headers=tag)
        case Conflicting():
            return conflict(str(refusal), kind=of_conflict(type(refusal)))


def _of_what_stands_behind(error: BaseException) -> Problem | None:
    match error:
        case SecretsSealed() | KeysUnusable() | KeysUnavailable():
            # Why is for operators: it may name files and servers.
            return later(kinds.SEALED.meaning, retry_after_s=10, kind=kinds.SEALED)
        case BrokerUnavailable() | BrokerUnsure():
            return later("the broker cannot answer now", retry_after_s=5)
        case _:
            return None


def defect() -> Problem:
    """Return the problem of our own mistake; its text tells nothing of the inside."""
    return Problem(
        kind=kinds.DEFECT,
        detail="the server failed on this request; it is logged under the trace id",
    )


def unfit_body(message: str) -> Problem:
    """Return the problem that a decoder's message stands for: which field, what is wrong."""
    text, _, path = message.partition(" - at `$")
    if text.startswith(_ENUM):
        # It would repeat the value, which may be a secret in the wrong field.
        text = _ENUM
    pointer = _pointer(path.rstrip("`").lstrip("."))
    for opening in (_MISSING, _UNKNOWN):
        if text.startswith(opening):
            pointer = f"{pointer.rstrip('/')}/{text[len(opening) :].rstrip('`')}"
    return invalid(text, errors=(FieldError(pointer=pointer, detail=text),))


def _pointer(path: str) -> str:
    """Write a dotted path such as orders[1].side as a JSON pointer (RFC 6901)."""
    return "/" + path.replace(".", "/").replace("[", "/").replace("]", "") if path else ""


def _of_framework(error: HTTPException) -> Problem:
    match error:
        case NotFoundException():
            return absent("no such route")
        case MethodNotAllowedException():
            return not_allowed(set(dict(error.headers or {}).get("allow", "").split(", ")))
        case ValidationException():
            return invalid("a parameter does not fit", errors=_parameter_errors(error.extra))
        case _:
            pass
    if error.status_code == kinds.TOO_LARGE.status:
        return Problem(kind=kinds.TOO_LARGE, detail=error.detail)
    if 400 <= error.status_code < 500:
        return invalid(error.detail)
    return defect()


def _parameter_errors(extra: Any) -> tuple[FieldError, ...]:
    if not isinstance(extra, Sequence):
        return ()
    return tuple(
        FieldError(pointer=f"#{one.get('key', '')}", detail=str(one.get("message", "")))
        for one in extra
        if isinstance(one, Mapping)
    )
