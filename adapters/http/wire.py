"""Share how values look on the wire: decimals as text, times in UTC."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, overload
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from adapters.http.encoded import EncodedAnswer
from adapters.http.problem_kinds import MEDIA
from adapters.http.problems import (
    Problem,
    ReasonView,
    invalid,
    too_large,
    unauthorized,
)

# Read bodies by this name, wherever the wire is known.
from adapters.http.reading import decode as decode
from application.identity.access_commands import By
from application.orders.commands import Asker
from domain.identity.tenant import Principal
from domain.risk.verdict import Headroom, Reason
from domain.shared.names import SEEN_PATTERN
from domain.shared.texts import id_text, number_text, time_text
from domain.shared.values import plain_figure

JSON = "application/json"
# Under this name the edge tells handlers how large a body may be.
BODY_MAX = "body_max"
# Under this, what asks anew who a token names.
AGAIN = "again"
# Under this, that storage could not say who asks: the rights are those of the token itself.
SIGNED = "signed"
# Under these, the WebSocket server why a handshake is not for us, and what every answer has.
MISDIRECTED = "misdirected"
TAIL = "tail"

# Who is let in with the head of a request may be out by the end of its body.
_HELD_S = 0.25

HttpRequest = Request[Principal, Any, State]
Answer = EncodedAnswer

# What nobody sees has no place in a name, and Postgres stores no NUL.
PRINTABLE = SEEN_PATTERN
Text = Annotated[str, Meta(min_length=1, max_length=64, pattern=PRINTABLE)]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=PRINTABLE)]
Sentence = Annotated[str, Meta(min_length=1, max_length=500, pattern=PRINTABLE)]
SYMBOL_PATTERN = r"^[A-Z0-9][A-Z0-9./_-]{0,31}$"
Symbol = Annotated[str, Meta(pattern=SYMBOL_PATTERN, examples=["AAPL"])]

# Query parameters: the framework checks them, and the OpenAPI document shows them.
PathId = FromPath[UUID]
IdFilter = Annotated[UUID | None, QueryParameter()]
TextFilter = Annotated[str | None, QueryParameter(min_length=1, max_length=64, pattern=PRINTABLE)]
SymbolFilter = Annotated[str | None, QueryParameter(pattern=SYMBOL_PATTERN)]

_JSON_TYPE = re.compile(rb"\s*application/([a-z0-9.+-]*\+)?json\s*(;|$)", re.IGNORECASE)

encode = msgspec.json.Encoder().encode


@overload
def text_of(value: Decimal) -> str: ...


@overload
def text_of(value: Decimal | None) -> str | None: ...


def text_of(value: Decimal | None) -> str | None:
    """Write a decimal as plain text."""
    return number_text(value) if value is not None else None


@overload
def rounded(value: Decimal) -> str: ...


@overload
def rounded(value: Decimal | None) -> str | None: ...


def rounded(value: Decimal | None) -> str | None:
    """Write a computed decimal with at most ten places."""
    return plain_figure(value) if value is not None else None


def time_of(at: datetime | None) -> str | None:
    """Write a time as RFC 3339 in UTC."""
    return moment(at) if at is not None else None


def moment(at: datetime) -> str:
    """Write a time that is there as RFC 3339 in UTC."""
    # UTC always ends in +00:00.
    return f"{time_text(at)[:-6]}Z"


def id_of(value: UUID | None) -> str | None:
    """Write an id."""
    return id_text(value) if value is not None else None


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


async def body_of(request: HttpRequest, *, limit: int | None = None, typed: bool = True) -> bytes:
    """Return the request's body; raises the problem of one too large or not called JSON.

    It is read here and not by the framework, whose way costs as much as all else together.
    limit: in bytes, where the route has one of its own. typed: it must be called JSON. Whoever
    held it back is asked anew who they are: a session that ended meanwhile changes nothing any
    more.
    """
    now = asyncio.get_running_loop().time
    began = now()
    if limit is None:
        limit = request.scope["state"][BODY_MAX]
    body = b""
    for name, value in request.scope["headers"]:
        if typed and name == b"content-type" and not _JSON_TYPE.match(value):
            detail = "the Content-Type must be application/json"
            raise Problem(kind=MEDIA, detail=detail)
        if name == b"content-length" and (not value.isdigit() or int(value) > limit):
            raise too_large(limit)
    while True:
        message: Any = await request.receive()
        if message["type"] != "http.request":
            raise invalid("the connection ended before the body did")
        part: bytes = message.get("body", b"")
        body = body + part if body else part
        if len(body) > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            break
    if now() - began > _HELD_S:
        await still_in(request)
    return body


async def still_in(request: HttpRequest) -> None:
    """Let nobody go on who may not come in any more, or as another; raises the problem."""
    state: Mapping[str, Any] = request.scope["state"]
    again: Callable[[str], Awaitable[Principal]] | None = state.get(AGAIN)
    if again is None:
        # An open path: nobody was let in.
        return
    now = await again(state["token"])
    if now.access != state["principal"].access:
        raise unauthorized("what you may do changed while the request was on its way: ask again")


def answer(
    value: msgspec.Struct, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """Make a JSON response of a struct."""
    return raw(encode(value), status=status, headers=headers)


def raw(
    body: bytes,
    *,
    status: int = 200,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Make a response of encoded bytes; it goes out without another look by the framework."""
    return Answer(body=body, status_code=status, media_type=media_type, headers=headers)


def principal_of(request: HttpRequest) -> Principal:
    """Return who asks; the edge has put it there."""
    principal: Principal | None = request.scope["state"].get("principal")
    if principal is None:
        raise unauthorized("this needs an Authorization header: Bearer <token>")
    return principal


def trace_of(request: HttpRequest) -> str:
    """Return the request's trace id."""
    trace_id: str = request.scope["state"]["trace_id"]
    return trace_id


def asker_of(request: HttpRequest) -> Asker:
    """Return who asks, for the audit trail."""
    principal = principal_of(request)
    return Asker(tenant_id=principal.tenant_id, actor=principal.actor, trace_id=trace_of(request))


def by_of(request: HttpRequest) -> By:
    """Return who asks and what they may do, for the area of members."""
    return By(principal=principal_of(request), trace_id=trace_of(request))


def granted_to(request: HttpRequest) -> frozenset[UUID] | None:
    """Return the accounts that who asks reaches, None for all: lists show no others."""
    return principal_of(request).access.accounts
