"""Hand lists out page by page, each with a cursor that goes on behind its last item."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Protocol, TypeVar
from uuid import UUID

from litestar.params import QueryParameter

from adapters.http.problems import unfit

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


class Listed(Protocol):
    """What a list holds: things in the order of their ids, or found again by them."""

    @property
    def id(self) -> UUID:
        """Its own id."""
        ...


T = TypeVar("T", bound=Listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """So many items and, where more follow, the cursor to ask for them with."""

    items: Sequence[T]
    next_cursor: str | None


def page_of(found: Sequence[T], *, limit: int) -> Page[T]:
    """Cut a page out of what was found; found with limit + 1, the one too many says "more"."""
    items = found[:limit]
    more = items[-1].id if len(found) > limit else None
    return Page(items=items, next_cursor=cursor_of(more))


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
