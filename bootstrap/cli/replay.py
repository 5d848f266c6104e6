"""Offer `ballast replay`: the whole price history through the application, into a folder."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from domain.shared.amounts import read_amount
from domain.shared.values import InvalidValue
from domain.signals.sizing import FixedQuantity, FixedRisk, Sizing

_DEFAULT_QUANTITY = Decimal(100)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"must be a day such as 2004-08-19, not {text!r}") from None


def _number(text: str | Decimal) -> Decimal:
    if isinstance(text, Decimal):
        # The default, which is given here too.
        return text
    try:
        return read_amount(text, field="")
    except InvalidValue as unfit:
        raise typer.BadParameter(f"{unfit.problem}, not {text!r}") from None


Market = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Your own prices (docs/prices.md), not those that ship with it."
    ),
]


Strategy = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="A strategy that acts on signals (follow, ema_cross, multi_factor, an own class, or"
        " the name of a stored one), by the code that runs it live, in place of the baseline.",
    ),
]
Risk = Annotated[
    Decimal | None,
    typer.Option(
        parser=_number,
        metavar="PERCENT",
        help="Size by risk instead: lose this much of the equity in two average ranges.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def _sizing(*, quantity: Decimal | None, risk_per_trade: Decimal | None) -> Sizing:
    if quantity is not None and risk_per_trade is not None:
        raise typer.BadParameter("--quantity and --risk-per-trade exclude each other")
    if risk_per_trade is not None:
        return FixedRisk(risk_per_trade)
    return FixedQuantity(_DEFAULT_QUANTITY if quantity is None else quantity)


def replay(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the results; made when it is not there.")],
    start: Annotated[
        date | None,
        typer.Option(parser=_day, metavar="DAY", help="First day; earlier ones are history."),
    ] = None,
    end: Annotated[date | None, typer.Option(parser=_day, metavar="DAY", help="Last day.")] = None,
    market: Market = None,
    symbols: Annotated[
        str, typer.Option(metavar="A,B,…", help="Symbols to trade; all when left out.")
    ] = "",
    cash: Annotated[
        Decimal, typer.Option(parser=_number, metavar="MONEY", help="Cash to start with.")
    ] = Decimal(1_000_000),
    quantity: Annotated[
        Decimal | None,
        typer.Option(parser=_number, metavar="UNITS", help="Shares to buy each time (100)."),
    ] = None,
    risk_per_trade: Risk = None,
    commission: Annotated[
        Decimal, typer.Option(parser=_number, metavar="MONEY", help="Commission per share.")
    ] = Decimal("0.005"),
    rules: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Risk rules, .toml or .json, instead of the default."),
    ] = None,
    no_rules: Annotated[
        bool, typer.Option("--no-rules", help="No rules but the checks that are always on.")
    ] = False,
    strategy: Strategy = None,
    seed: Annotated[int, typer.Option(help="Seed of ids and chance.")] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that is not empty.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Run the price history through strategy, risk gate, paper broker and books.

    Writes orders, fills, denials and equity, summary.json and report.html. The same input
    gives the same files, byte for byte. Ctrl-C leaves what was played so far.
    """
    # Imported here: other commands must not pay for it.
    from bootstrap.replay.command import run_command
    from domain.backtest.options import BacktestOptions

    try:
        options = BacktestOptions(
            out=out,
            market=market,
            start=start,
            end=end,
            symbols=tuple(symbol for symbol in symbols.split(",") if symbol),
            cash=cash,
            sizing=_sizing(quantity=quantity, risk_per_trade=risk_per_trade),
            commission=commission,
            rules=rules,
            without_rules=no_rules,
            seed=seed,
            strategy=strategy,
        )
    except InvalidValue as fault:
        option = fault.field.replace("_", "-")
        raise typer.BadParameter(f"--{option}: {fault.problem}") from fault
    raise typer.Exit(run_command(options, force=force, quiet=quiet))
