"""Show how far a replay has come: the day, the equity and the pace."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from adapters.report.parts import money
from domain.backtest.result import DayPoint, OnDay, ignore_day

# Often enough for the eye, seldom enough to cost nothing.
_EVERY_S = 0.1


@contextmanager
def progress_bar(console: Console, *, days: int, currency: str, shown: bool) -> Iterator[OnDay]:
    """Lend what is to be told of each day; nothing is drawn where no terminal looks."""
    if not (shown and console.is_terminal):
        yield ignore_day
        return
    columns = (
        TextColumn("{task.fields[day]}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("days  equity {task.fields[equity]}  {task.fields[pace]} bars/s"),
    )
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=days, day="----------", equity="–", pace="–")
        started = drawn = monotonic()
        done = 0

        def on_day(point: DayPoint) -> None:
            nonlocal drawn, done
            done += 1
            now = monotonic()
            if now - drawn < _EVERY_S and done < days:
                return
            drawn = now
            progress.update(
                task,
                completed=done,
                day=point.date.isoformat(),
                equity=money(float(point.equity), currency=currency, digits=2),
                pace=f"{point.bars / max(now - started, 1e-9):,.0f}",
            )
            progress.refresh()

        yield on_day
