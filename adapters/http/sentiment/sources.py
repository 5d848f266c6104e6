"""Route what is asked of the sources of texts: how each of them is."""

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.wire import Answer, HttpRequest, answer, moment, principal_of, time_of
from application.sentiment.keep_sources import KeepSources
from domain.identity.access import Permission
from domain.sentiment.sources import SourceState


class SourceView(msgspec.Struct):
    """A source that is looked at; taken: items that were kept of it, error: of the last look.

    answered_at is when it was last read whole; silent: not for three looks.
    """

    name: str
    kind: str
    looked_at: str | None
    answered_at: str | None
    taken: int
    error: str
    next_at: str
    silent: bool


class SourceList(msgspec.Struct):
    """The sources that are set, by name."""

    items: list[SourceView]


def source_handlers(keep: KeepSources) -> list[HTTPRouteHandler]:
    """Return the handlers under /api/v1/sentiment that tell of sources."""

    @get(
        "/sources",
        **described(
            "List the sources of texts that are looked at, each with how it is",
            permission=Permission.SENTIMENT_READ,
            answers={200: SourceList},
        ),
    )
    async def list_sources(request: HttpRequest) -> Answer:
        found = await keep.list(tenant_id=principal_of(request).tenant_id)
        return answer(SourceList([_view(one, silent=silent) for one, silent in found]))

    return [list_sources]


def _view(one: SourceState, *, silent: bool) -> SourceView:
    return SourceView(
        name=one.name,
        kind=one.kind,
        looked_at=time_of(one.looked_at),
        answered_at=time_of(one.answered_at),
        taken=one.taken,
        error=one.error,
        next_at=moment(one.next_at),
        silent=silent,
    )
