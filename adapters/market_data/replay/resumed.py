"""Go on where a reader stands that keeps what it knows by itself, whatever the cursor says."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

from adapters.market_data.replay.history import TradingDay
from adapters.market_data.replay.intraday import BEFORE_OPEN
from adapters.market_data.replay.source import ReplaySource
from domain.market.prices import MarketEvent, ReplayBegan
from ports.market import Listener, ReplayCursor, ReplayPlace

# Up to which market time of a lap the reader knows a symbol; None: it knows nothing of it.
Reached = Callable[[str, int], Awaitable[datetime | None]]
_INSTANT = timedelta(microseconds=1)


def resume_at(reached: Reached) -> Callable[..., Awaitable[datetime | None]]:
    """Return what says where a reader of all symbols goes on: where it lacks the first event.

    Everything of that market time is told again, so that events keep their numbers.
    """

    async def resume(place: ReplayPlace, days: Sequence[TradingDay]) -> datetime | None:
        if place.at is None:
            return None
        goes_on = place.at
        for symbol, (begins_at, ends_at) in _spans(days, at=place.at).items():
            known_at = await reached(symbol, place.lap)
            if known_at is None:
                goes_on = min(goes_on, begins_at - _INSTANT)
            elif known_at < min(ends_at, place.at):
                goes_on = min(goes_on, known_at - _INSTANT)
        return goes_on

    return resume


def _spans(days: Sequence[TradingDay], *, at: datetime) -> dict[str, tuple[datetime, datetime]]:
    """Return from when to when each symbol was traded by then."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for day in days:
        begins_at = day.opens_at - BEFORE_OPEN
        if begins_at > at:
            break
        for instrument, _ in day.prices:
            first, _ = spans.get(instrument.symbol, (begins_at, at))
            spans[instrument.symbol] = first, day.closes_at
    return spans


class CaughtUp:
    """A listener of the feed that is told first what it lacks of the time before.

    A process that died may have known less than the cursor had; another may have followed the
    market meanwhile, or nobody.
    """

    def __init__(self, listener: Listener, *, source: ReplaySource, cursor: ReplayCursor) -> None:
        """source resumes where the listener stands."""
        self._listener = listener
        self._source = source
        self._cursor = cursor
        self._is_behind = True

    async def __call__(self, event: MarketEvent) -> None:
        """Tell an event; raises what the listener raises: let it come again."""
        if self._is_behind and not isinstance(event, ReplayBegan):
            await self._catch_up()
            self._is_behind = False
        await self._listener(event)

    async def _catch_up(self) -> None:
        place = await self._cursor.load()
        if place.at is None:
            return
        await self._source.start()
        async with aclosing(self._source.moments()) as moments:
            async for moment in moments:
                if moment.at > place.at:
                    return
                for event in moment.events:
                    await self._listener(event)
