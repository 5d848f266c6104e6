"""Read the prices and trading hours that a replay plays."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from textwrap import shorten

from adapters.market_data.bokeh.source import read_bokeh
from adapters.market_data.folder.source import read_folder
from adapters.market_data.replay.history import PriceHistory
from adapters.market_data.replay.market import HistoricalMarket
from domain.market.instruments import Instrument
from domain.shared.values import InvalidValue
from ports.market import Calendars

_NAMED_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayMarket:
    """A price history with its calendar: what a replay plays."""

    history: PriceHistory
    calendars: Calendars

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The instruments by symbol."""
        return {each.symbol: each for each in self.history.instruments}

    @property
    def currency(self) -> str:
        """The one currency of all instruments; raises InvalidValue where there are several."""
        found = sorted({each.currency for each in self.history.instruments})
        if len(found) > 1:
            raise InvalidValue(
                field="symbols",
                problem=f"must be of one currency, that of the account, not {', '.join(found)}",
            )
        return found[0]


async def load_market(symbols: tuple[str, ...], *, folder: Path | None = None) -> ReplayMarket:
    """Read the prices of the symbols, or of all for none, and their calendar.

    They are those of the folder, else those that ship with the product. Raises
    MarketDataCorrupt, and InvalidValue for a symbol that has no prices.
    """
    read = read_bokeh if folder is None else partial(read_folder, folder)
    market = HistoricalMarket(lambda: only(read(), symbols=symbols))
    await market.start()
    return ReplayMarket(history=market.history(), calendars=market)


def only(history: PriceHistory, *, symbols: tuple[str, ...]) -> PriceHistory:
    """Return the history of these symbols alone; raise InvalidValue for an unknown one."""
    if not symbols:
        return history
    unknown = [symbol for symbol in symbols if symbol not in history.prices]
    if unknown:
        known = shorten(", ".join(sorted(history.prices)), _NAMED_MAX, placeholder=" …")
        raise InvalidValue(
            field="symbols", problem=f"there are prices of {known}, not of {', '.join(unknown)}"
        )
    return replace(
        history,
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
