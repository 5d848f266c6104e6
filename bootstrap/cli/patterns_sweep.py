"""Offer `ballast patterns sweep`: many sets of rules on a file of prices, without a server."""

import csv
from itertools import product
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.failures import CommandFailed
from adapters.cli.output import print_fields
from adapters.cli.patterns import file_failed, read_rows, written_together
from domain.shared.values import InvalidValue
from domain.signals.pattern import FAST, SLOW, THRESHOLD, PatternRules

_HEAD = ("symbol", "fast", "slow", "threshold", "signals", "judged", "hits", "gain")
_Numbers = Annotated[str, typer.Option(help="One or several, with commas between them.")]


def register(app: typer.Typer) -> None:
    """Add the command to the group of patterns."""
    for group in app.registered_groups:
        if group.name == "patterns" and group.typer_instance is not None:
            group.typer_instance.command()(sweep)


def sweep(
    file: Annotated[Path, typer.Argument(help="CSV: at, symbol, price, volume; a row is a bar.")],
    *,
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    fast: _Numbers = str(FAST),
    slow: _Numbers = str(SLOW),
    threshold: _Numbers = str(THRESHOLD),
    horizon: Annotated[int, typer.Option(help="After how many bars a signal is judged.")] = 5,
) -> None:
    """Say what each set of rules would have fired, and what came after: on these prices alone."""
    from bootstrap.market.sweeps import arrays_of, build_sweeps

    try:
        sets = [
            PatternRules(fast=one, slow=two, threshold=three)
            for one, two, three in product(
                _numbers(fast, name="fast"),
                _numbers(slow, name="slow"),
                _numbers(threshold, name="threshold"),
            )
        ]
        with file.open(newline="", encoding="utf-8-sig") as source:
            rows = list(read_rows(source, name=str(file)))
        symbols = sorted({row.symbol for row in rows})
        sweeps = build_sweeps()
        done = sweeps(arrays_of(rows, symbols), rules=sets, horizon=horizon)
    except InvalidValue as problem:
        raise CommandFailed(f"{file}: {problem}", code=2) from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise file_failed(problem, source=file, target=out) from problem
    try:
        with written_together(out.parent, out.name) as (target,):
            writer = csv.writer(target)
            writer.writerow(_HEAD)
            for row, symbol in enumerate(symbols):
                for column, by in enumerate(sets):
                    found = (done.signals, done.judged, done.hits)
                    counts = (int(one[row, column]) for one in found)
                    gain = repr(float(done.gain[row, column]))
                    writer.writerow((symbol, by.fast, by.slow, by.threshold, *counts, gain))
    except OSError as problem:
        raise file_failed(problem, source=file, target=out) from problem
    print_fields(
        {
            "symbols": len(symbols),
            "sets": len(sets),
            "engine": sweeps.engine,
            "without": "; ".join(sweeps.without),
            "written_to": str(out),
        }
    )


def _numbers(text: str, *, name: str) -> list[float]:
    try:
        return [float(one) for one in text.split(",")]
    except ValueError:
        problem = f"must be numbers with commas between them, not {text!r}"
        raise InvalidValue(field=name, problem=problem) from None
