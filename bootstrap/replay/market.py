"""Read the prices and trading hours that a replay plays."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from adapters.market_data.bokeh.source import read_bokeh
from adapters.market_data.calendars import ExchangeCalendars
from adapters.market_data.replay.history import PriceHistory
from domain.market.instruments import Instrument
from domain.shared.values import InvalidValue
from ports.market import Calendars

# Sessions are asked for up to the one after the last day.
_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayMarket:
    """A price history with its calendar: what a replay plays."""

    history: PriceHistory
    calendars: Calendars

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The instruments by symbol."""
        return {each.symbol: each for each in self.history.instruments}


async def load_market(symbols: tuple[str, ...]) -> ReplayMarket:
    """Read the shipped prices of the symbols, or of all for none, and their calendar.

    Raises MarketDataCorrupt, and InvalidValue for a symbol that has no prices.
    """
    history = only(read_bokeh(), symbols=symbols)
    first, last = _span(history)
    calendars = ExchangeCalendars(
        names=[history.calendar], first=first - _AFTER, last=last + _AFTER
    )
    await calendars.start()
    return ReplayMarket(history=history, calendars=calendars)


def only(history: PriceHistory, *, symbols: tuple[str, ...]) -> PriceHistory:
    """Return the history of these symbols alone; raise InvalidValue for an unknown one."""
    if not symbols:
        return history
    unknown = [symbol for symbol in symbols if symbol not in history.prices]
    if unknown:
        known = ", ".join(sorted(history.prices))
        raise InvalidValue(
            field="symbols", problem=f"there are prices of {known}, not of {', '.join(unknown)}"
        )
    return PriceHistory(
        calendar=history.calendar,
        instruments=tuple(each for each in history.instruments if each.symbol in symbols),
        prices={symbol: history.prices[symbol] for symbol in sorted(symbols)},
        splits=tuple(split for split in history.splits if split.symbol in symbols),
        dividends=tuple(one for one in history.dividends if one.symbol in symbols),
    )


def hash_of(history: PriceHistory) -> str:
    """Return the SHA-256 of all prices, splits and dividends, written out in order."""
    digest = hashlib.sha256()
    for symbol in sorted(history.prices):
        for row in history.prices[symbol]:
            fields = (row.date, row.open, row.high, row.low, row.close, row.volume)
            digest.update(f"{symbol},{','.join(map(str, fields))}\n".encode())
    for split in history.splits:
        parts = (split.symbol, split.ex_date, split.numerator, split.denominator)
        digest.update(f"split,{','.join(map(str, parts))}\n".encode())
    for paid in history.dividends:
        digest.update(f"dividend,{paid.symbol},{paid.ex_date},{paid.amount}\n".encode())
    return digest.hexdigest()


def _span(history: PriceHistory) -> tuple[date, date]:
    days = [row.date for rows in history.prices.values() for row in (rows[0], rows[-1])]
    return min(days), max(days)
