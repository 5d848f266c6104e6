"""Read the tables of a folder as rows of text: CSV, gzipped CSV and Parquet.

Nothing outside the folder is read: a link is refused, and so is what is no plain file. Every
file is read up to a limit, what it unpacks to as well.
"""

import csv
import gzip
import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from adapters.market_data.folder.rows import shortened
from ports.market import MarketDataCorrupt

# A century of days takes 2 MB.
FILE_BYTES_MAX = 8 * 1024 * 1024
FILES_MAX = 10_000

_NO_PARQUET = (
    "reading Parquet needs the extra `report`: pip install 'ballast[report]', or give a .csv"
)
_MIDNIGHT = "T00:00:00"

Row = tuple[int, list[str]]


def listed(folder: Path) -> list[Path]:
    """Return what lies in a folder, by name, hidden files left out; nothing without it."""
    try:
        kind = folder.lstat().st_mode
    except FileNotFoundError:
        return []
    except OSError as fault:
        raise MarketDataCorrupt(f"{folder} cannot be read: {fault.strerror}") from fault
    if not stat.S_ISDIR(kind):
        raise MarketDataCorrupt(f"{folder} must be a folder, and no link to one")
    found: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    found.append(folder / entry.name)
                if len(found) > FILES_MAX:
                    raise MarketDataCorrupt(f"{folder} holds more than {FILES_MAX} files")
    except OSError as fault:
        raise MarketDataCorrupt(f"{folder} cannot be read: {fault.strerror}") from fault
    return sorted(found)


def csv_rows(file: Path, *, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows below the header with their lines; raises MarketDataCorrupt."""
    try:
        # A byte-order mark is no part of the header.
        text = contents(file).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise MarketDataCorrupt(f"{file} must be UTF-8 text: {fault.reason}") from None
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if header != list(columns):
            said = shortened(",".join(header))
            raise MarketDataCorrupt(
                f"{file} line 1: the header must be {','.join(columns)}, not {said}"
            )
        for row in reader:
            yield reader.line_num, row
    except csv.Error as fault:
        raise MarketDataCorrupt(f"{file} line {reader.line_num}: {fault}") from None


def parquet_rows(file: Path, *, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows as text, numbered as the lines of such a CSV; raises MarketDataCorrupt."""
    if find_spec("arro3") is None or find_spec("arro3.io") is None:
        raise MarketDataCorrupt(f"{file}: {_NO_PARQUET}")
    from arro3.core import DataType
    from arro3.io import read_parquet

    whole = contents(file)
    line = 1
    try:
        reader = read_parquet(BytesIO(whole))
        _check_schema(reader.schema, columns=columns, file=file)
        for batch in reader:
            texts = [
                [_text(cell) for cell in batch.column(name).cast(DataType.utf8()).to_pylist()]
                for name in columns
            ]
            for row in zip(*texts, strict=True):
                line += 1
                yield line, list(row)
    except MarketDataCorrupt:
        raise
    except BaseException as fault:
        # On bytes that are no such file the library panics, and a panic is no Exception.
        if not isinstance(fault, Exception) and type(fault).__name__ != "PanicException":
            raise
        raise MarketDataCorrupt(f"{file} cannot be read as Parquet: {fault}") from fault


def contents(file: Path) -> bytes:
    """Return the bytes of a plain file, unpacked; raises MarketDataCorrupt beyond the limit."""
    try:
        # A link is not followed, and a pipe not waited for.
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as raw:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise MarketDataCorrupt(f"{file} must be a plain file, and no link to one")
            if file.suffix == ".gz":
                with gzip.open(raw) as unpacked:
                    found = unpacked.read(FILE_BYTES_MAX + 1)
            else:
                found = raw.read(FILE_BYTES_MAX + 1)
    except (OSError, EOFError, zlib.error) as fault:
        what = "must be a plain file, and no link to one" if file.is_symlink() else str(fault)
        raise MarketDataCorrupt(f"{file} cannot be read: {what}") from fault
    if len(found) > FILE_BYTES_MAX:
        raise MarketDataCorrupt(f"{file} must have at most {FILE_BYTES_MAX:,} bytes, unpacked")
    return found


def _check_schema(schema: Any, *, columns: Sequence[str], file: Path) -> None:
    if sorted(schema.names) != sorted(columns):
        said = shortened(", ".join(schema.names))
        raise MarketDataCorrupt(f"{file} must have the columns {', '.join(columns)}, not {said}")
    from arro3.core import DataType

    for name in columns:
        kind: Any = schema.field(name).type
        # No texts: a few bytes of them may unpack to more than the machine has.
        if columns.index(name) == 0:
            fits = any((DataType.is_date32(kind), DataType.is_timestamp(kind)))
        else:
            fits = any((DataType.is_numeric(kind), DataType.is_decimal128(kind)))
        if not fits:
            wanted = "dates" if columns.index(name) == 0 else "numbers"
            raise MarketDataCorrupt(f"{file}: the column {name} must hold {wanted}, not {kind}")


def _text(cell: str | None) -> str:
    """Return a cell as a CSV would have it: a date for its midnight, no zeros at the end."""
    if cell is None:
        return ""
    text = cell.removesuffix("Z").removesuffix(_MIDNIGHT)
    return text.rstrip("0").rstrip(".") if "." in text else text
