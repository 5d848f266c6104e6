"""`ballast patterns`: what the pattern engine reads out of prices."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from adapters.cli.failures import CommandFailed
from adapters.cli.output import print_fields
from domain.shared.values import InvalidValue, checked_symbol, checked_time
from domain.signals.pattern import Pattern, PatternBar, session_of

_HEAD = ("at", "symbol", "price", "volume")
_STATES = ("at", "symbol", "ema_fast", "ema_slow", "vwap", "sigma", "score")
_SIGNALS = ("at", "symbol", "side", "score")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Patterns in prices.", no_args_is_help=True)
    app.add_typer(group, name="patterns")
    group.callback()(_group)
    group.command()(run)


def _group() -> None:
    """Patterns in prices."""


def run(
    file: Annotated[Path, typer.Argument(help="CSV: at, symbol, price, volume; a row is a bar.")],
    out: Annotated[Path, typer.Option(help="The folder to write to; made if it is not there.")],
) -> None:
    """Read prices without a server; write states.csv and signals.csv, both or neither."""
    count = fired = 0
    try:
        # A spreadsheet begins its files with a mark of the encoding.
        with (
            file.open(newline="", encoding="utf-8-sig") as source,
            written_together(out, "states.csv", "signals.csv") as (states, signals),
        ):
            state, signal = csv.writer(states), csv.writer(signals)
            state.writerow(_STATES)
            signal.writerow(_SIGNALS)
            for row, bar in _patterns(read_rows(source, name=str(file)), name=str(file)):
                figures = (bar.ema_fast, bar.ema_slow, bar.vwap, bar.sigma, bar.score)
                state.writerow(
                    (row.text, row.symbol, *("" if one is None else repr(one) for one in figures))
                )
                count += 1
                if bar.fires and bar.score is not None:
                    side = "buy" if bar.score > 0 else "sell"
                    signal.writerow((row.text, row.symbol, side, repr(bar.score)))
                    fired += 1
    except (OSError, UnicodeDecodeError) as problem:
        raise file_failed(problem, source=file, target=out) from problem
    print_fields({"rows": count, "signals": fired, "written_to": str(out)})


def file_failed(
    problem: OSError | UnicodeDecodeError, *, source: Path, target: Path
) -> CommandFailed:
    """Return what is told of a file that cannot be read, or of one that cannot be written."""
    if isinstance(problem, UnicodeDecodeError):
        return CommandFailed(f"{source}: must be UTF-8: {problem}", code=2)
    where = problem.filename or (target if source.is_file() else source)
    return CommandFailed(f"{where}: {problem.strerror}", code=2)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One bar of a file: where it stands, its time as written, and what it says."""

    line: int
    text: str
    symbol: str
    at: datetime
    price: float
    volume: float

    @property
    def session(self) -> date:
        """The session that it lies in."""
        return session_of(self.at)


def read_rows(source: TextIO, *, name: str) -> Iterator[PriceRow]:
    """Yield the rows of a file of prices; raises CommandFailed for the first wrong one."""
    reader = csv.reader(source, strict=True)
    latest: dict[str, datetime] = {}
    try:
        if (head := next(reader, [])) != list(_HEAD):
            raise InvalidValue(
                field="head", problem=f"must be {','.join(_HEAD)}, not {','.join(head)}"
            )
        for fields in reader:
            row = _read(fields, line=reader.line_num)
            before = latest.get(row.symbol, row.at)
            if row.at < before:
                raise InvalidValue(field="at", problem=f"must not be before the row of {before}")
            latest[row.symbol] = row.at
            yield row
    except (InvalidValue, csv.Error) as problem:
        line = max(reader.line_num, 1)
        raise CommandFailed(f"{name}, line {line}: {problem}", code=2) from problem


def _patterns(rows: Iterable[PriceRow], *, name: str) -> Iterator[tuple[PriceRow, PatternBar]]:
    patterns: dict[str, Pattern] = {}
    for row in rows:
        pattern = patterns.setdefault(row.symbol, Pattern())
        try:
            bar = pattern.update(price=row.price, volume=row.volume, session=row.session)
        except InvalidValue as problem:
            raise CommandFailed(f"{name}, line {row.line}: {problem}", code=2) from problem
        yield row, bar


def _read(row: Sequence[str], *, line: int) -> PriceRow:
    if len(row) != len(_HEAD):
        raise InvalidValue(field="row", problem=f"must have {len(_HEAD)} fields, not {len(row)}")
    text, symbol, price, volume = row
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        wanted = f"must be a time such as 2026-01-02T15:04:05Z, not {text}"
        raise InvalidValue(field="at", problem=wanted) from None
    return PriceRow(
        line,
        text,
        checked_symbol(symbol),
        checked_time(at, field="at"),
        _number(price, field="price"),
        _number(volume, field="volume"),
    )


def _number(text: str, *, field: str) -> float:
    try:
        # Python reads 1_000 and other scripts' digits, too; no file of prices means that.
        if not text.isascii() or "_" in text:
            raise ValueError
        return float(text)
    except ValueError:
        raise InvalidValue(field=field, problem=f"must be a number, not {text!r}") from None


@contextmanager
def written_together(folder: Path, *names: str) -> Iterator[list[TextIO]]:
    """Open files beside the ones they are to be, and rename them when all went well."""
    folder.mkdir(parents=True, exist_ok=True)
    drafts = [folder / f".{name}.{os.getpid()}" for name in names]
    files = [draft.open("w", newline="", encoding="utf-8") for draft in drafts]
    try:
        yield list(files)
        for file in files:
            file.close()
        for draft, name in zip(drafts, names, strict=True):
            draft.replace(folder / name)
    finally:
        for file, draft in zip(files, drafts, strict=True):
            file.close()
            draft.unlink(missing_ok=True)
