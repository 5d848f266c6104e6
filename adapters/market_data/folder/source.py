"""Read a folder of daily prices, their instruments, splits and dividends.

bars/1d/<SYMBOL>.csv, .csv.gz or .parquet   time,open,high,low,close,volume
instruments.csv                             symbol,name,sector,currency,tick,lot,calendar
actions/<SYMBOL>.csv                        ex_date,kind,numerator,denominator,amount
"""

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from adapters.market_data.folder.files import Row, csv_rows, listed, parquet_rows
from adapters.market_data.folder.rows import (
    ACTION_COLUMNS,
    BAR_COLUMNS,
    INSTRUMENT_COLUMNS,
    RowFault,
    action_of,
    instrument_of,
    price_of,
    symbol_of,
    undescribed,
)
from adapters.market_data.replay.history import DailyPrice, Origin, PriceHistory
from domain.market.instruments import Instrument
from domain.market.prices import Dividend, Split
from ports.market import MarketDataCorrupt

# Some 600 MB of memory: five hundred symbols over eight years.
ROWS_MAX = 1_000_000

_BAR_SUFFIXES = (".csv.gz", ".csv", ".parquet")


def read_folder(folder: Path) -> PriceHistory:
    """Read every price; raise MarketDataCorrupt with the file and the line that is wrong.

    Whether its days are sessions of the calendar is checked where they are lined up with it.
    """
    # Of a path that cannot even be asked for, Path's own questions raise.
    if not os.path.isdir(folder):
        raise MarketDataCorrupt(f"{folder} must be a folder with prices in bars/1d")
    files = _bar_files(folder)
    if not files:
        raise MarketDataCorrupt(
            f"{folder / 'bars' / '1d'} must hold prices, a file such as AAPL.csv for each symbol"
        )
    described = _instruments(folder / "instruments.csv", files=files)
    instruments = {symbol: described.get(symbol, undescribed(symbol)) for symbol in files}
    lines: dict[Split | Dividend, str] = {}
    for symbol, file in _by_symbol(folder / "actions", suffixes=(".csv",)).items():
        if symbol not in files:
            raise MarketDataCorrupt(f"{file}: {symbol} must have prices in bars/1d")
        lines |= _actions(file, symbol=symbol, known=lines)
    return PriceHistory(
        calendar=_one_calendar(instruments, files=files),
        instruments=tuple(instruments.values()),
        prices=_prices(files),
        splits=tuple(each for each in lines if isinstance(each, Split)),
        dividends=tuple(each for each in lines if isinstance(each, Dividend)),
        origin=Origin(files={symbol: str(file) for symbol, file in files.items()}, lines=lines),
    )


def symbols_in(folder: Path) -> list[str]:
    """Return the symbols that a folder has a file of, in order; raises MarketDataCorrupt."""
    return list(_bar_files(folder))


def _bar_files(folder: Path) -> dict[str, Path]:
    return _by_symbol(folder / "bars", within="1d", suffixes=_BAR_SUFFIXES)


def _by_symbol(folder: Path, *, suffixes: tuple[str, ...], within: str = "") -> dict[str, Path]:
    """Return the files of a folder by the symbol that they are of, in the symbols' order."""
    # Above all, the folder over it must be no link either.
    if within and not any(each.name == within for each in listed(folder)):
        return {}
    found: dict[str, Path] = {}
    for file in listed(folder / within):
        suffix = next((each for each in suffixes if file.name.endswith(each)), None)
        if suffix is None:
            raise MarketDataCorrupt(f"{file} must be a file named <SYMBOL>{' or '.join(suffixes)}")
        try:
            symbol = symbol_of(file.name.removesuffix(suffix))
        except RowFault as unfit:
            raise MarketDataCorrupt(f"{file}: {unfit}") from None
        if symbol in found:
            raise MarketDataCorrupt(f"{file}: {symbol} must have one file, and has {found[symbol]}")
        found[symbol] = file
    return {symbol: found[symbol] for symbol in sorted(found)}


def _prices(files: Mapping[str, Path]) -> Mapping[str, tuple[DailyPrice, ...]]:
    left = ROWS_MAX
    prices: dict[str, tuple[DailyPrice, ...]] = {}
    for symbol, file in files.items():
        rows: list[DailyPrice] = []
        last: date | None = None
        for line, row in _bar_rows(file):
            try:
                rows.append(price_of(_whole(row, BAR_COLUMNS), after=last))
            except RowFault as unfit:
                raise MarketDataCorrupt(f"{file} line {line}: {unfit}") from None
            last = rows[-1].date
            if len(rows) > left:
                raise MarketDataCorrupt(
                    f"{file} line {line}: a folder must have at most {ROWS_MAX:,} prices in all"
                )
        if not rows:
            raise MarketDataCorrupt(f"{file} line 2: there must be at least one price")
        left -= len(rows)
        prices[symbol] = tuple(rows)
    return prices


def _bar_rows(file: Path) -> Iterator[Row]:
    read = parquet_rows if file.suffix == ".parquet" else csv_rows
    return read(file, columns=BAR_COLUMNS)


def _instruments(file: Path, *, files: Mapping[str, Path]) -> Mapping[str, Instrument]:
    if not os.path.lexists(file):
        return {}
    found: dict[str, Instrument] = {}
    for line, row in csv_rows(file, columns=INSTRUMENT_COLUMNS):
        try:
            instrument = instrument_of(_whole(row, INSTRUMENT_COLUMNS))
            symbol = instrument.symbol
            if symbol in found:
                raise RowFault(f"{symbol} must be described once")
            if symbol not in files:
                raise RowFault(f"{symbol} must have prices in bars/1d: leave the row out")
        except RowFault as unfit:
            raise MarketDataCorrupt(f"{file} line {line}: {unfit}") from None
        found[symbol] = instrument
    return found


def _actions(
    file: Path, *, symbol: str, known: Mapping[Split | Dividend, str]
) -> Mapping[Split | Dividend, str]:
    found: dict[Split | Dividend, str] = {}
    days: set[tuple[type, date]] = set()
    for line, row in csv_rows(file, columns=ACTION_COLUMNS):
        try:
            action = action_of(_whole(row, ACTION_COLUMNS), symbol=symbol)
            day = (type(action), action.ex_date)
            if day in days:
                kind = "split" if isinstance(action, Split) else "dividend"
                raise RowFault(f"there must be one {kind} a day: add those of {action.ex_date} up")
        except RowFault as unfit:
            raise MarketDataCorrupt(f"{file} line {line}: {unfit}") from None
        days.add(day)
        found[action] = f"{file} line {line}"
        if len(found) + len(known) > ROWS_MAX:
            raise MarketDataCorrupt(
                f"{file} line {line}: a folder must have at most {ROWS_MAX:,} actions in all"
            )
    return found


def _one_calendar(instruments: Mapping[str, Instrument], *, files: Mapping[str, Path]) -> str:
    first = next(iter(instruments.values()))
    for symbol, each in instruments.items():
        if each.calendar != first.calendar:
            raise MarketDataCorrupt(
                f"{files[symbol]}: all symbols of a folder must have one calendar, but {symbol}"
                f" has {each.calendar} and {first.symbol} {first.calendar}: give them in the"
                " column calendar of instruments.csv, and each calendar a folder of its own"
            )
    return first.calendar


def _whole(row: list[str], columns: tuple[str, ...]) -> list[str]:
    if len(row) != len(columns):
        raise RowFault(f"there must be {len(columns)} fields, {','.join(columns)}, not {len(row)}")
    return row
