"""Say every error as problem+json (RFC 9457); the only place that chooses a status."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from application.accounts.shelf import AccountNotFound, TooContended
from application.market.read_market import NoQuote, UnknownInstrument
from application.market.steer_replay import NoReplay
from application.orders.cancel import OrderNotFound
from application.risk.commands import RuleNotFound
from application.streams.facade import ChannelNotFound
from domain.shared.values import InvalidValue
from ports.identity import HasherBusy, InvalidToken
from ports.market import UnknownCalendar
from ports.storage import ConstraintBroken, StorageConflict, StorageCorrupt, StorageUnavailable
from ports.transactions import Conflict

MEDIA_TYPE = "application/problem+json"
TYPES = "/problems/"


class FieldError(msgspec.Struct, omit_defaults=True):
    """One field that is wrong: a JSON pointer and what would be right."""

    pointer: str
    detail: str


class ReasonView(msgspec.Struct, omit_defaults=True):
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
    """An error as RFC 9457 wants it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Exception):
    """An error on its way to the client."""

    slug: str
    title: str
    status: int
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    order_ids: tuple[str, ...] = ()
    reasons: tuple[ReasonView, ...] = ()


def body_of(problem: Problem, *, instance: str, trace_id: str) -> bytes:
    """Write a problem as JSON."""
    return msgspec.json.encode(
        ProblemBody(
            type=TYPES + problem.slug,
            title=problem.title,
            status=problem.status,
            detail=problem.detail,
            instance=instance,
            trace_id=trace_id,
            errors=list(problem.errors),
            order_id=problem.order_ids[0] if problem.order_ids else None,
            order_ids=list(problem.order_ids),
            reasons=list(problem.reasons),
        )
    )


def invalid(detail: str, *, errors: tuple[FieldError, ...] = ()) -> Problem:
    """Return the problem of a malformed or invalid request."""
    return Problem(
        slug="invalid-request", title="Invalid request", status=400, detail=detail, errors=errors
    )


def unauthorized(detail: str) -> Problem:
    """Return the problem of a missing or refused token."""
    return Problem(
        slug="unauthorized",
        title="Unauthorized",
        status=401,
        detail=detail,
        headers={"WWW-Authenticate": 'Bearer realm="ballast"'},
    )


def forbidden(slug: str, *, title: str, detail: str) -> Problem:
    """Return the problem of something that is understood and refused."""
    return Problem(slug=slug, title=title, status=403, detail=detail)


def absent(detail: str) -> Problem:
    """Return the problem of what does not exist, or is another tenant's."""
    return Problem(slug="not-found", title="Not found", status=404, detail=detail)


def conflict(detail: str, *, slug: str = "conflict") -> Problem:
    """Return the problem of a request that the present state does not allow."""
    return Problem(slug=slug, title="Conflict", status=409, detail=detail)


def key_reused() -> Problem:
    """Return the problem of an idempotency key with another request."""
    return Problem(
        slug="idempotency-key-reused",
        title="Idempotency key reused",
        status=422,
        detail="this Idempotency-Key was used with another request; use a new key",
    )


def too_large(limit: int) -> Problem:
    """Return the problem of a body over the limit."""
    return Problem(
        slug="body-too-large",
        title="Body too large",
        status=413,
        detail=f"the body may have at most {limit} bytes",
    )


def unavailable(detail: str, *, retry_after_s: int = 1) -> Problem:
    """Return the problem of a service that cannot answer now."""
    return Problem(
        slug="unavailable",
        title="Unavailable",
        status=503,
        detail=detail,
        headers={"Retry-After": str(retry_after_s)},
    )


def too_many(detail: str, *, retry_after_s: int) -> Problem:
    """Return the problem of a client that asks too often."""
    return Problem(
        slug="too-many-requests",
        title="Too many requests",
        status=429,
        detail=detail,
        headers={"Retry-After": str(retry_after_s)},
    )


def problem_of(error: BaseException) -> Problem | None:
    """Return the problem that an error of the application stands for, None for a defect."""
    match error:
        case Problem():
            return error
        case InvalidValue():
            pointer = "/" + error.field.replace(".", "/").replace("[", "/").replace("]", "")
            return invalid(str(error), errors=(FieldError(pointer=pointer, detail=error.problem),))
        case (
            AccountNotFound()
            | OrderNotFound()
            | RuleNotFound()
            | ChannelNotFound()
            | UnknownInstrument()
            | NoQuote()
            | UnknownCalendar()
        ):
            return absent(str(error))
        case NoReplay():
            return conflict(str(error), slug="no-replay")
        case InvalidToken():
            return unauthorized(str(error) or "the token is not valid")
        case ConstraintBroken() | StorageConflict() | Conflict():
            return conflict("another request changed this first; read it again and retry")
        case StorageUnavailable() | TooContended():
            return unavailable("storage cannot answer now; the outcome may be read back")
        case HasherBusy():
            return unavailable("too many password checks are waiting", retry_after_s=2)
        case StorageCorrupt():
            return Problem(
                slug="storage-corrupt",
                title="Stored data is corrupt",
                status=503,
                detail="stored data contradicts itself; an operator must look",
                headers={"Retry-After": "60"},
            )
        case _:
            return None


def defect() -> Problem:
    """Return the problem of our own mistake; its text tells nothing of the inside."""
    return Problem(
        slug="internal-error",
        title="Internal error",
        status=500,
        detail="the server failed on this request; it is logged under the trace id",
    )
