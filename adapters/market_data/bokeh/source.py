"""Read the daily prices of bokeh_sampledata from its file, without importing it."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from adapters.market_data.bokeh.facts import CALENDAR, DIVIDENDS, INSTRUMENTS, SPLITS
from adapters.market_data.replay.history import DailyPrice, PriceHistory
from ports.market import MarketDataCorrupt

HEADER = ["Ticker", "Date", "Open", "High", "Low", "Close", "Volume", "Adj Close"]
# The file has 12 thousand rows; a file a hundred times as long is not that file.
ROWS_MAX = 1_000_000

# Stricter than Decimal(): no sign, exponent, NaN, underscore or space.
_PRICE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_VOLUME = re.compile(r"[0-9]{1,15}", re.ASCII)


def bokeh_file() -> Path:
    """Return the path of the installed price file; raise MarketDataCorrupt without it."""
    spec = find_spec("bokeh_sampledata")
    if spec is None or not spec.submodule_search_locations:
        raise MarketDataCorrupt("the package bokeh_sampledata, which holds the prices, is missing")
    return Path(spec.submodule_search_locations[0]) / "_data" / "stocks.csv.gz"


def read_bokeh(path: Path | None = None) -> PriceHistory:
    """Read every daily price; raise MarketDataCorrupt with the line that is wrong."""
    file = path or bokeh_file()
    prices: dict[str, list[DailyPrice]] = {each.symbol: [] for each in INSTRUMENTS}
    try:
        with gzip.open(file, "rt", encoding="ascii", newline="") as lines:
            _read(csv.reader(lines, strict=True), prices=prices, file=file)
    # What gzip, zlib, the decoder and csv raise on bytes that are not this file.
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise MarketDataCorrupt(f"{file} cannot be read as gzipped CSV: {error}") from error
    return PriceHistory(
        calendar=CALENDAR,
        instruments=INSTRUMENTS,
        prices={symbol: tuple(rows) for symbol, rows in prices.items() if rows},
        splits=SPLITS,
        dividends=DIVIDENDS,
    )


def _read(rows: Iterable[list[str]], *, prices: dict[str, list[DailyPrice]], file: Path) -> None:
    numbered = enumerate(islice(rows, ROWS_MAX + 2), start=1)
    header = next(numbered, (1, []))[1]
    if header != HEADER:
        raise MarketDataCorrupt(f"{file} line 1: the header must be {HEADER}, not {header}")
    for number, row in numbered:
        if number > ROWS_MAX + 1:
            raise MarketDataCorrupt(f"{file} has more than {ROWS_MAX} rows")
        problem = _add(row, prices=prices)
        if problem is not None:
            raise MarketDataCorrupt(f"{file} line {number}: {problem}")


def _add(row: list[str], *, prices: dict[str, list[DailyPrice]]) -> str | None:
    """Add the row to its symbol's prices, or say what is wrong with it."""
    if len(row) != len(HEADER):
        return f"there must be {len(HEADER)} fields, not {len(row)}"
    symbol, day, *fields, volume, _adjusted = row
    known = prices.get(symbol)
    if known is None:
        return f"the ticker must be one of {', '.join(prices)}, not {symbol!r}"
    for name, field in zip(HEADER[2:6], fields, strict=True):
        if not _PRICE.fullmatch(field):
            return f"{name} must be a plain decimal number, not {field!r}"
    if not _VOLUME.fullmatch(volume):
        return f"Volume must be a whole number, not {volume!r}"
    on = _date(day)
    if on is None:
        return f"Date must be a day like 2000-03-01, not {day!r}"
    if known and known[-1].date >= on:
        return f"the dates of {symbol} must rise; {on} follows {known[-1].date}"
    opening, high, low, close = map(Decimal, fields)
    if not 0 < low <= min(opening, close) <= max(opening, close) <= high:
        return f"0 < low <= open, close <= high must hold, not {fields}"
    known.append(DailyPrice(on, opening, high, low, close, Decimal(volume)))
    return None


def _date(text: str) -> date | None:
    try:
        # fromisoformat alone also takes 20000301 and 2000-W09-3.
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
