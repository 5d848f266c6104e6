"""Offer `ballast strategies check`: does a strategy look ahead? Without a server."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.failures import CommandFailed
from adapters.cli.output import print_fields

FOUND = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(help="Strategies that act on signals.", no_args_is_help=True)
    group.callback()(_group)
    group.command()(check)
    app.add_typer(group, name="strategies")


def _group() -> None:
    """Keep the group a group: of a single command there would be none."""


def check(
    name: Annotated[
        str,
        typer.Argument(
            help="follow, ema_cross, multi_factor, an own class, or the name of a stored one."
        ),
    ],
    *,
    market: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Your own prices (docs/prices.md)."),
    ] = None,
    symbols: Annotated[
        str, typer.Option(metavar="A,B,…", help="Symbols to look at; all when left out.")
    ] = "",
    cuts: Annotated[
        int, typer.Option(min=1, help="Of how many beginnings of each history; more finds more.")
    ] = 200,
) -> None:
    """Score each history whole and cut off, and name every day that a later one changed.

    Ends with 1 when there is one: such a strategy trades otherwise live than over past prices.
    """
    # Imported here: other commands must not pay for it.
    from bootstrap.replay.look_ahead import check_strategy
    from domain.shared.values import InvalidValue
    from ports.market import MarketDataCorrupt
    from ports.own_strategies import OwnStrategyFailed

    wanted = tuple(one for one in symbols.split(",") if one)
    try:
        reports = asyncio.run(check_strategy(name, symbols=wanted, folder=market, cuts_max=cuts))
    except (InvalidValue, MarketDataCorrupt, OwnStrategyFailed) as problem:
        raise CommandFailed(str(problem), code=2) from problem
    for report in reports:
        for one in report.found:
            typer.echo(
                f"{one.symbol} {one.at.date()}: {_said(one.whole)} when all is known,"
                f" {_said(one.cut)} on {one.cut_at.date()}"
            )
    print_fields(
        {
            "strategy": name,
            "symbols": _listed([one.symbol for one in reports]),
            "bars": sum(one.bars for one in reports),
            "scored": sum(one.scored for one in reports),
            "cuts": sum(one.cuts for one in reports),
            "look_aheads": sum(len(one.found) for one in reports),
        }
    )
    if any(one.found for one in reports):
        raise typer.Exit(FOUND)


def _said(score: float | None) -> str:
    return "no score" if score is None else f"{score:.6g}"


def _listed(symbols: Sequence[str]) -> str:
    return " ".join(symbols)
