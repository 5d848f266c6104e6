"""Write folders of prices for tests."""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

BARS = "time,open,high,low,close,volume"
INSTRUMENTS = "symbol,name,sector,currency,tick,lot,calendar"
ACTIONS = "ex_date,kind,numerator,denominator,amount"
# A Tuesday, and the sessions of XNYS after it.
GOOD = (
    "2024-01-02,10,12,9,11,1000",
    "2024-01-03,11,12.5,10.25,12,1200.5",
    "2024-01-04,12,12,12,12,0",
)


def table(header: str, *rows: str, end: str = "\n") -> str:
    return end.join((header, *rows, ""))


def write_folder(
    folder: Path,
    bars: Mapping[str, Sequence[str]],
    *,
    instruments: Sequence[str] = (),
    actions: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """Write bars by symbol, and what else is given; return the folder."""
    for symbol, rows in bars.items():
        put(folder / "bars" / "1d" / f"{symbol}.csv", table(BARS, *rows))
    if instruments:
        put(folder / "instruments.csv", table(INSTRUMENTS, *instruments))
    for symbol, rows in (actions or {}).items():
        put(folder / "actions" / f"{symbol}.csv", table(ACTIONS, *rows))
    return folder


def put(file: Path, text: str | bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = text.encode() if isinstance(text, str) else text
    file.write_bytes(gzip.compress(whole) if file.suffix == ".gz" else whole)
    return file
