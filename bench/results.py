"""Keep the benchmark's results: one JSON file, and a table for people."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.table import Table

from bench.rows import Better, Row


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it stands in results.json."""

    name: str
    unit: str
    ours: float
    reference: float | None
    reference_name: str | None
    ratio: float | None
    goal: float | None
    met: bool | None
    spread: tuple[float, float]
    better: str
    measured_at: datetime


def result_of(row: Row, *, measured_at: datetime | None = None) -> Result:
    """Turn a measured row into what is stored."""
    return Result(
        name=row.name,
        unit=row.unit,
        ours=row.ours,
        reference=row.reference,
        reference_name=row.reference_name,
        ratio=row.ratio,
        goal=row.goal,
        met=row.met,
        spread=row.spread,
        better=row.better.value,
        measured_at=measured_at or datetime.now(tz=UTC),
    )


def load(path: Path) -> dict[str, Result]:
    """Read the stored results by name; none where there is no file yet.

    ValueError when the file is not what `save` wrote.
    """
    if not path.exists():
        return {}
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=list[Result])
    except msgspec.MsgspecError as fault:
        raise ValueError(f"{path} is not a results file ({fault}); delete it") from fault
    return {result.name: result for result in stored}


def save(results: Mapping[str, Result], *, path: Path) -> None:
    """Write the results in the order of their names."""
    ordered = [results[name] for name in sorted(results)]
    path.write_bytes(msgspec.json.format(msgspec.json.encode(ordered), indent=2) + b"\n")


def table_of(results: Iterable[Result]) -> Table:
    """Lay the results out for a terminal."""
    table = Table("row", "ours", "reference", "ratio", "spread", "goal", "met")
    for result in results:
        low, high = result.spread
        bound = "<=" if result.better == Better.LOWER else ">="
        table.add_row(
            result.name,
            f"{result.ours:,.4g} {result.unit}",
            "" if result.reference is None else f"{result.reference:,.4g} {result.reference_name}",
            "" if result.ratio is None else f"{result.ratio:.3g}",
            f"{low:,.3g} .. {high:,.3g}",
            "" if result.goal is None else f"{bound} {result.goal:g}",
            {None: "", True: "yes", False: "NO"}[result.met],
        )
    return table
