"""Answer those who sent texts, mentions or parts: once, and again the same."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from adapters.http.idempotency import first_or_again, once_of
from adapters.http.wire import Answer, HttpRequest, answer, encode
from application.sentiment.taken_rows import TakenRows
from application.shared.change import KeyReused, Once, Replayed

Done = TypeVar("Done")


class TakenRowsView(msgspec.Struct):
    """How many rows were new, and how many replaced others."""

    id: str
    added: int
    replaced: int


def rows_view(one: TakenRows) -> TakenRowsView:
    """Show what became of rows."""
    return TakenRowsView(str(one.id), one.added, one.replaced)


async def taken_once(
    request: HttpRequest,
    body: bytes,
    *,
    take: Callable[[Once[Done] | None], Awaitable[Done | Replayed | KeyReused]],
    view: Callable[[Done], msgspec.Struct],
) -> Answer:
    """Answer 201 with what was taken in, or as the first request under the key was answered."""

    def kept(done: Done) -> tuple[int, bytes]:
        return 201, encode(view(done))

    outcome = await take(once_of(request, body, render=kept))
    return first_or_again(outcome, lambda done: answer(view(done), status=201))
