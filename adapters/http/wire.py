"""Share how values look on the wire: decimals as text, times in UTC, opaque cursors."""

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from adapters.http.problems import FieldError, Problem, ReasonView, invalid
from domain.identity.tenant import Principal
from domain.risk.verdict import Headroom, Reason
from domain.shared.values import plain

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
JSON = "application/json"

T = TypeVar("T", bound=msgspec.Struct)
HttpRequest = Request[Principal, Any, State]

encode = msgspec.json.Encoder().encode


def text_of(value: Decimal | None) -> str | None:
    """Write a decimal as plain text."""
    return plain(value) if value is not None else None


def rounded(value: Decimal | None) -> str | None:
    """Write a computed decimal with at most ten places."""
    return plain(round(value, 10)) if value is not None else None


def time_of(at: datetime | None) -> str | None:
    """Write a time as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at is not None else None


def moment(at: datetime) -> str:
    """Write a time that is there as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def id_of(value: UUID | None) -> str | None:
    """Write an id."""
    return str(value) if value is not None else None


def reason_view(reason: Reason) -> ReasonView:
    """Show a reason of the gate."""
    return ReasonView(
        code=reason.code,
        message=reason.message,
        rule_type=reason.rule_type,
        rule_name=reason.rule_name,
        rule_id=id_of(reason.rule_id),
        value=rounded(reason.value),
        limit=rounded(reason.limit),
        clause=reason.clause,
    )


class HeadroomView(msgspec.Struct):
    """How much of one limit is used; used is a fraction of it."""

    rule_type: str
    rule_name: str
    rule_id: str | None
    action: str
    unit: str
    value: str | None
    limit: str | None
    used: str | None
    breached: bool
    exempt: bool
    alert: bool
    missing: str
    clause: str


def headroom_view(headroom: Headroom) -> HeadroomView:
    """Show how much of a limit is used."""
    return HeadroomView(
        rule_type=headroom.rule_type,
        rule_name=headroom.rule_name,
        rule_id=id_of(headroom.rule_id),
        action=headroom.action,
        unit=headroom.unit,
        value=rounded(headroom.value),
        limit=rounded(headroom.limit),
        used=rounded(headroom.used),
        breached=headroom.breached,
        exempt=headroom.exempt,
        alert=headroom.is_alert,
        missing=headroom.missing,
        clause=headroom.clause,
    )


def decode(body: bytes, *, decoder: "msgspec.json.Decoder[T]") -> T:
    """Read a JSON body; raises the problem that names the field and what is wrong."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _unfit(str(error)) from None
    except msgspec.DecodeError as error:
        raise invalid(f"the body is not JSON: {error}") from None
    except (ValueError, RecursionError) as error:
        raise invalid(f"the body cannot be read: {error}") from None


def _unfit(message: str) -> Problem:
    text, _, path = message.partition(" - at `$")
    pointer = path.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
    return invalid(text, errors=(FieldError(pointer=pointer or "", detail=text),))


def answer(value: msgspec.Struct, *, status: int = 200, **headers: str) -> Response[bytes]:
    """Make a JSON response of a struct."""
    return raw(encode(value), status=status, **headers)


def raw(body: bytes, *, status: int = 200, **headers: str) -> Response[bytes]:
    """Make a JSON response of encoded bytes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(content=body, status_code=status, media_type=JSON, headers=named)


def limit_of(limit: int | None) -> int:
    """Return the page size asked for; raises the problem of one out of range."""
    if limit is None:
        return LIMIT_DEFAULT
    if not 1 <= limit <= LIMIT_MAX:
        detail = f"must be 1 to {LIMIT_MAX}"
        raise invalid(f"limit {detail}", errors=(FieldError(pointer="/limit", detail=detail),))
    return limit


def cursor_of(last: UUID | None) -> str | None:
    """Write an opaque cursor that goes on behind an id."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=") if last else None


def after_of(cursor: str | None) -> UUID | None:
    """Read an opaque cursor; raises the problem of one that is not ours."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        detail = "must be a next_cursor of an earlier page"
        errors = (FieldError(pointer="/cursor", detail=detail),)
        raise invalid(f"cursor {detail}", errors=errors) from None


def principal_of(request: HttpRequest) -> Principal:
    """Return who asks; the edge has put it there."""
    principal: Principal = request.scope["state"]["principal"]
    return principal


def trace_of(request: HttpRequest) -> str:
    """Return the request's trace id."""
    trace_id: str = request.scope["state"]["trace_id"]
    return trace_id
