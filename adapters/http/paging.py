"""Hand lists out page by page, each with a cursor that goes on behind its last item."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from adapters.http.problems import unfit
from adapters.http.wire import Answer, answer

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
# Sixteen bytes in base64url: the last letter carries two bits.
_CURSOR = r"^[A-Za-z0-9_-]{21}[AQgw]$"
# Query parameters: the framework checks them, and the OpenAPI document shows them.
Limit = Annotated[
    int, QueryParameter(ge=1, le=LIMIT_MAX, description=f"Items a page, at most {LIMIT_MAX}.")
]
Cursor = Annotated[
    str | None,
    QueryParameter(pattern=_CURSOR, description="next_cursor of the page before."),
]


class Listable(Protocol):
    """What a list holds: things in the order of their ids, or found again by them."""

    @property
    def id(self) -> UUID:
        """Its own id."""
        ...


T = TypeVar("T", bound=Listable)


def paged(
    found: Sequence[T],
    *,
    limit: int,
    shown: Callable[[T], object],
    page: Callable[..., msgspec.Struct],
) -> Answer:
    """Answer with a page of what was found; found with limit + 1, the one too many says "more"."""
    items = found[:limit]
    more = items[-1].id if len(found) > limit else None
    return answer(page(items=[shown(one) for one in items], next_cursor=cursor_of(more)))


def cursor_of(last: UUID | None) -> str | None:
    """Write an opaque cursor that goes on behind an id."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=") if last else None


def after_of(cursor: str | None) -> UUID | None:
    """Read an opaque cursor; raises the problem of one that is not ours."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise unfit("#cursor", "must be a next_cursor of an earlier page") from None
