"""Run the benchmark: `python -m bench --rows gate,submit`.

A row is a module `bench/row_<name>.py` with `measure()`, which gives one Row or several. Each
runs in a process of its own, so that no row pays for what another imported or left in memory.
"""

import argparse
import importlib
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import structlog
from rich.console import Console

from bench.results import Result, load, result_of, save, table_of
from bench.rows import Row

FOLDER = Path(__file__).parent
ROW_S_MAX = 1_800.0


def main(arguments: Sequence[str]) -> int:
    """Measure the rows asked for; 0 when every one could be measured."""
    options = _parse(arguments)
    known = row_names(FOLDER)
    if options.one is not None:
        _measure_here(options.one, path=options.into)
        return 0
    wanted = [name for name in options.rows.split(",") if name] or known
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        print(f"unknown rows: {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    stored = load(options.results)
    failed = []
    measured: list[Result] = []
    for name in wanted:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        results = _measure_apart(name)
        if results is None:
            failed.append(name)
            continue
        measured.extend(results)
        stored.update({result.name: result for result in results})
        save(stored, path=options.results)
    Console().print(table_of(measured))
    if failed:
        print(f"could not be measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def row_names(folder: Path) -> list[str]:
    """Find the rows that exist, by their files' names."""
    return sorted(path.stem.removeprefix("row_") for path in folder.glob("row_*.py"))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Ballast.")
    parser.add_argument("--rows", default="", help="names, comma separated; all when left out")
    parser.add_argument("--results", type=Path, default=FOLDER / "results.json")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _measure_here(name: str, *, path: Path) -> None:
    # What all goes well is no news here, and printing it would be measured too.
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    measured: Row | Sequence[Row] = importlib.import_module(f"bench.row_{name}").measure()
    rows = [measured] if isinstance(measured, Row) else measured
    path.write_bytes(msgspec.json.encode([result_of(row) for row in rows]))


def _measure_apart(name: str) -> list[Result] | None:
    with TemporaryDirectory(prefix="ballast-bench-") as folder:
        path = Path(folder, "rows.json")
        command = [sys.executable, "-m", "bench", "--one", name, "--into", str(path)]
        try:
            subprocess.run(command, cwd=FOLDER.parent, check=True, timeout=ROW_S_MAX)  # noqa: S603 - our own program, no shell
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as fault:
            print(f"row {name}: {fault}", file=sys.stderr)
            return None
        return msgspec.json.decode(path.read_bytes(), type=list[Result])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
