"""Write a run's files, each whole or not at all."""

import csv
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adapters.report.page import report_page
from adapters.report.summary import summary_of
from adapters.report.tables import Cell, Kind, Table, tables_of
from domain.backtest.figures import Figures
from domain.backtest.result import BacktestResult
from domain.shared.cells import guarded
from domain.shared.values import plain

# As storage keeps them: NUMERIC(38,18).
_DIGITS, _PLACES = 38, 18
_PARTIAL = ".partial"


class OutputRefused(Exception):
    """The output folder cannot be used; the message says what would help."""


def prepare_folder(out: Path, *, force: bool) -> None:
    """Make the folder; raise OutputRefused when it is no folder, not empty, or not writable."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not force and any(out.iterdir()):
            raise OutputRefused(f"{out} is not empty: name another folder, or add --force")
        if not os.access(out, os.W_OK | os.X_OK):
            raise OutputRefused(f"{out} cannot be written to")
    except OSError as fault:
        raise OutputRefused(f"{out} cannot be used as a folder: {fault.strerror}") from fault


def write_files(
    result: BacktestResult, *, figures: Figures, data_sha256: str, out: Path
) -> tuple[Path, ...]:
    """Write tables, report and, last, the summary; return their paths. Raises OutputRefused."""
    summary = summary_of(result, figures=figures, data_sha256=data_sha256)
    written: list[Path] = []
    try:
        for table in tables_of(result):
            with _whole(out / f"{table.name}.csv", written) as path:
                path.write_text(csv_of(table), encoding="utf-8", newline="")
            if can_write_parquet():
                with _whole(out / f"{table.name}.parquet", written) as path:
                    write_parquet(table, path=path)
        with _whole(out / "report.html", written) as path:
            page = report_page(summary, figures=figures)
            path.write_text(page, encoding="utf-8", newline="")
        with _whole(out / "summary.json", written) as path:
            text = json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)
            path.write_text(f"{text}\n", encoding="utf-8", newline="")
    except OSError as fault:
        raise OutputRefused(f"{out} could not be written: {fault}") from fault
    return tuple(written)


def can_write_parquet() -> bool:
    """Tell whether the extra `report` is installed."""
    return find_spec("arro3") is not None and find_spec("arro3.io") is not None


def csv_of(table: Table) -> str:
    """Return the table as CSV (RFC 4180 but for its line ends) with a header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(name for name, _ in table.columns)
    # What somebody else named may be made to look like a formula; figures are what they are.
    named = [kind is Kind.TEXT for _, kind in table.columns]
    writer.writerows(
        [
            guarded(_text(cell)) if is_name else _text(cell)
            for cell, is_name in zip(row, named, strict=True)
        ]
        for row in table.rows
    )
    return text.getvalue()


def write_parquet(table: Table, *, path: Path) -> None:
    """Write the table as Parquet: exact decimals, dates and UTC times under their own types."""
    from arro3.core import Array, DataType
    from arro3.core import Table as ArrowTable
    from arro3.io import write_parquet as write

    arrow = {
        Kind.TEXT: DataType.utf8(),
        Kind.COUNT: DataType.int64(),
        Kind.RATIO: DataType.float64(),
        Kind.MONEY: DataType.decimal128(_DIGITS, _PLACES),
        Kind.DAY: DataType.date32(),
        Kind.TIME: DataType.timestamp("us", tz="UTC"),
    }
    columns: dict[str, Any] = {}
    for index, (name, kind) in enumerate(table.columns):
        cells: list[Any] = [row[index] for row in table.rows]
        if kind in (Kind.TEXT, Kind.COUNT, Kind.RATIO):
            columns[name] = Array(cells, arrow[kind])
        else:
            texts = [None if cell is None else _text(cell) for cell in cells]
            columns[name] = Array(texts, DataType.utf8()).cast(arrow[kind])
    write(ArrowTable.from_pydict(columns), path, compression="zstd(3)")


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return plain(cell)
        case float():
            return repr(cell)
        case datetime():
            return cell.isoformat()
        case _:
            return str(cell)


@contextmanager
def _whole(path: Path, written: list[Path]) -> Iterator[Path]:
    """Lend a path beside the final one, and move it there when the writing went well."""
    beside = path.with_name(path.name + _PARTIAL)
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    written.append(path)
