"""Know what a price history is of: its instruments, and the sessions of its calendar."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from adapters.market_data.calendars import ExchangeCalendars
from adapters.market_data.replay.history import PriceHistory
from domain.market.instruments import Instrument
from domain.market.prices import Session
from ports.market import MarketDataCorrupt, UnknownCalendar

# Sessions are asked for up to the one after the last day.
_AROUND = timedelta(days=14)


class HistoricalMarket:
    """Instruments and trading hours of a price history, and the history itself.

    start() reads all three and must have returned before anything else is asked.
    """

    def __init__(self, read: Callable[[], PriceHistory]) -> None:
        self._read = read
        self._history: PriceHistory | None = None
        self._instruments: Mapping[str, Instrument] = {}
        self._calendars = ExchangeCalendars(names=())

    async def start(self) -> None:
        """Read prices and calendar in a thread; raise MarketDataCorrupt."""
        history = await asyncio.to_thread(self._read)
        days = [row.date for rows in history.prices.values() for row in (rows[0], rows[-1])]
        first, last = min(days), max(days)
        self._calendars = ExchangeCalendars(
            names=[history.calendar], first=first - _AROUND, last=last + _AROUND
        )
        try:
            await self._calendars.start()
        except UnknownCalendar as error:
            raise MarketDataCorrupt(
                f"there are prices from {first}{_file(history, index=0, day=first)}"
                f" to {last}{_file(history, index=-1, day=last)}: {error}"
            ) from error
        self._instruments = {each.symbol: each for each in history.instruments}
        self._history = history

    def history(self) -> PriceHistory:
        """Return the prices."""
        if self._history is None:
            raise RuntimeError("the prices are not read yet: await start() first")
        return self._history

    def calendar(self) -> str:
        """Return the calendar whose sessions the prices are of."""
        return self.history().calendar

    def find(self, symbol: str) -> Instrument | None:
        """Return the instrument, or None when there are no prices of it."""
        return self._instruments.get(symbol)

    def all(self) -> Sequence[Instrument]:
        """Return every instrument, ordered by symbol."""
        return tuple(self._instruments.values())

    def session(self, calendar: str, *, at: datetime) -> Session:
        """Return the session at a time; raise UnknownCalendar, OutsideCalendar."""
        return self._calendars.session(calendar, at=at)


def _file(history: PriceHistory, *, index: int, day: object) -> str:
    """Name the file that a day of the history comes from, where it has one."""
    if history.origin is None:
        return ""
    symbol = next(name for name, rows in history.prices.items() if rows[index].date == day)
    line = 2 if index == 0 else len(history.prices[symbol]) + 1
    return f" ({history.origin.files[symbol]} line {line})"
