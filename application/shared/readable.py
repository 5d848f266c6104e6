"""Read every tenant's records in the background, past those that cannot be read."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from ports.work import EVERY, Kind, Record, Where, Works

T = TypeVar("T", bound=Record)


async def readable(
    works: Works,
    kind: Kind[T],
    *,
    page: int,
    unreadable: Callable[[UUID, str], None],
    where: Where = EVERY,
) -> AsyncIterator[T]:
    """Yield the records by ascending id, read a page at a time; raises StorageUnavailable.

    One that does not fit its type is told to unreadable and takes the place of no other, however
    many of them there are.
    """
    after: UUID | None = None
    while True:
        left_out: list[UUID] = []

        def dropped(id: UUID, problem: str, left_out: list[UUID] = left_out) -> None:
            left_out.append(id)
            unreadable(id, problem)

        found = await works.everywhere(
            kind, limit=page, after=after, where=where, unreadable=dropped
        )
        for one in found:
            yield one
        seen = [*left_out, *(one.id for one in found)]
        if len(seen) < page:
            return
        after = max(seen)


@dataclass(slots=True)
class ToldOnce:
    """Passes each fault of a record on once, however often it is come upon."""

    tell: Callable[[UUID, str], None]
    _told: set[tuple[UUID, str]] = field(default_factory=set, init=False)

    def __call__(self, id: UUID, problem: str) -> None:
        """Tell it, unless that was done."""
        if (id, problem) not in self._told:
            self._told.add((id, problem))
            self.tell(id, problem)
