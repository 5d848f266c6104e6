"""Tell what is written of a symbol, as of now or of an earlier moment."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.sentiment.take_items import ITEMS
from domain.sentiment.aggregate import STALE_AFTER, JudgedItem, Sentiment, Weighing
from domain.sentiment.items import SentimentItem
from domain.shared.refusals import Absent
from domain.shared.values import InvalidValue
from ports.market import Instruments
from ports.time import Clock
from ports.work import Look, Works

_PAGE = 1_000
_AROUND = 500


class SymbolNotListed(Absent):
    """No instrument has that symbol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSentiment:
    """What a tenant may ask of the texts that it was sent."""

    works: Works
    instruments: Instruments
    clock: Clock
    weighing: Weighing

    async def sentiment(
        self, symbol: str, *, tenant_id: UUID, at: datetime | None = None
    ) -> tuple[datetime, Sentiment]:
        """Return the figure of a moment and that moment, now where none is given.

        Raises SymbolNotListed, InvalidValue for a moment to come.
        """
        self._check(symbol)
        now = self.clock.now()
        at = now if at is None else at
        if at > now:
            raise InvalidValue(field="at", problem="must not be later than now")
        async with self.works.look(tenant_id) as look:
            items = await self._window(look, symbol, at=at)
        # Thousands of texts take longer than the event loop may be held up.
        return at, await asyncio.to_thread(self.weighing.sentiment, items, at=at)

    async def items(
        self, symbol: str, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[JudgedItem]:
        """Return a symbol's texts, newest first; raises SymbolNotListed.

        Each is judged beside those that were seen around it, as far as those of two pages.
        """
        self._check(symbol)
        where = {"symbol": symbol}
        async with self.works.look(tenant_id) as look:
            records = look.records(ITEMS)
            page = await records.list(limit=limit, after=after, where=where, newest_first=True)
            if not page:
                return []
            newer = await records.list(limit=_AROUND, after=page[0].id, where=where)
            older = await records.list(
                limit=_AROUND, after=page[-1].id, where=where, newest_first=True
            )
        asked = {one.id for one in page}
        judged = await asyncio.to_thread(self.weighing.judged, [*newer, *page, *older])
        return [one for one in judged if one.item.id in asked]

    def _check(self, symbol: str) -> None:
        if self.instruments.find(symbol) is None:
            raise SymbolNotListed(f"no instrument {symbol}")

    async def _window(self, look: Look, symbol: str, *, at: datetime) -> list[SentimentItem]:
        """Return the items that may count: the newest have the largest ids."""
        found: list[SentimentItem] = []
        after: UUID | None = None
        while True:
            page = await look.records(ITEMS).list(
                limit=_PAGE, after=after, where={"symbol": symbol}, newest_first=True
            )
            found += [one for one in page if at - STALE_AFTER < one.seen_at <= at]
            if len(page) < _PAGE or page[-1].seen_at <= at - STALE_AFTER:
                return found
            after = page[-1].id
