"""Say on the terminal what came of a run."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.report.files import can_write_parquet
from adapters.report.parts import money, number, percent
from domain.backtest.figures import Figures
from domain.backtest.result import BacktestResult

_NO_PARQUET = "Parquet files are left out: they need the extra, pip install 'ballast\\[report]'"


def tell(
    console: Console, *, result: BacktestResult, figures: Figures, written: tuple[Path, ...]
) -> None:
    """Print the figures, and where the files are."""
    if result.interrupted:
        console.print(
            f"[yellow]Interrupted[/yellow] after {len(result.days):,} of"
            f" {result.days_total:,} sessions; what was played is written."
        )
    for latch in result.latches:
        console.print(f"[yellow]Stopped by a rule:[/yellow] {escape(latch.reason)}")
    currency = result.book.account.currency
    pace = result.bars / result.seconds if result.seconds else 0.0
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, figure in (
        ("Equity", money(float(figures.equity), currency=currency, digits=2)),
        ("Return", percent(figures.total_return, digits=2, signed=True)),
        ("CAGR", percent(figures.growth, digits=2, signed=True)),
        ("Sharpe", number(figures.sharpe)),
        ("Max drawdown", percent(figures.drawdown.depth, digits=2)),
        ("Win rate", f"{percent(figures.win_rate)} of {figures.round_trips:,}"),
        ("Orders", f"{len(result.orders):,}"),
        ("Denied", f"{len(result.denials):,}"),
        ("Fees", money(float(figures.fees), currency=currency, digits=2)),
        ("Dividends", money(float(figures.dividends), currency=currency, digits=2)),
        ("Bars", f"{result.bars:,}"),
        ("Pace", f"{pace:,.0f} bars/s"),
    ):
        table.add_row(name, figure)
    console.print(table)
    if not can_write_parquet():
        console.print(_NO_PARQUET)
    console.print(f"{len(written)} files in {escape(str(result.options.out))}")
