"""Carry `ballast replay` out: read, run, write, and say what came of it."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

from rich.console import Console
from rich.markup import escape

from adapters.report.console import tell
from adapters.report.files import (
    OutputRefused,
    prepare_folder,
    write_files,
)
from adapters.report.progress import progress_bar
from adapters.rule_files.rules import RuleFileWrong
from application.backtest.run import Interrupt
from bootstrap.areas.strategies import build_own
from bootstrap.replay.context import run_replay
from bootstrap.replay.market import ReplayMarket, hash_of, load_market
from bootstrap.replay.stored import stored_strategy, symbols_of
from bootstrap.settings.sections import Settings
from domain.backtest.figures import figures_of
from domain.backtest.options import BacktestOptions
from domain.shared.values import InvalidValue
from ports.market import MarketDataCorrupt

DONE = 0
REFUSED = 2
INTERRUPTED = 130


def run_command(options: BacktestOptions, *, force: bool, quiet: bool) -> int:
    """Run a replay and return the exit status: 0, 2 for bad input, 130 when interrupted.

    The first SIGINT or SIGTERM ends the run after the session it is in, and what was
    played is written; a second one ends the process at once.
    """
    console = Console(stderr=True, quiet=quiet)
    interrupt = Interrupt()
    try:
        prepare_folder(options.out, force=force)
        with _signals(interrupt):
            return asyncio.run(_run(options, interrupt=interrupt, console=console, quiet=quiet))
    except (InvalidValue, RuleFileWrong, OutputRefused, MarketDataCorrupt) as fault:
        # Not to the quiet console: what is wrong must be said.
        Console(stderr=True).print(f"[red]ballast replay:[/red] {escape(str(fault))}")
        return REFUSED


async def _run(
    options: BacktestOptions, *, interrupt: Interrupt, console: Console, quiet: bool
) -> int:
    options = await _with_stored(options)
    market = await load_market(options.symbols, folder=options.market)
    with progress_bar(
        console, days=_days(options, market=market), currency=market.currency, shown=not quiet
    ) as on_day:
        result = await run_replay(options, market=market, interrupt=interrupt, on_day=on_day)
    figures = figures_of(result)
    written = write_files(
        result, figures=figures, data_sha256=hash_of(market.history), out=options.out
    )
    tell(console, result=result, figures=figures, written=written)
    return INTERRUPTED if result.interrupted else DONE


async def _with_stored(options: BacktestOptions) -> BacktestOptions:
    """Return the options with the stored strategy that they name, if it is one."""
    if options.strategy is None:
        return options
    own = build_own(settings=Settings()).names()
    stored = await stored_strategy(options.strategy, own=own)
    if stored is None:
        return options
    symbols = symbols_of(stored, wanted=options.symbols)
    return replace(options, stored=stored, symbols=symbols)


def _days(options: BacktestOptions, *, market: ReplayMarket) -> int:
    days = {row.date for rows in market.history.prices.values() for row in rows}
    return sum(
        (options.start is None or day >= options.start)
        and (options.end is None or day <= options.end)
        for day in days
    )


@contextmanager
def _signals(interrupt: Interrupt) -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into a request, and let a second one end the process."""
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for kind, handler in before.items():
            signal.signal(kind, handler)

    def request(_: int, __: FrameType | None) -> None:
        interrupt.request()
        restore()

    for kind in before:
        signal.signal(kind, request)
    try:
        yield
    finally:
        restore()
