"""`ballast market`: time, sessions, prices; pause and resume a replay."""

from typing import Annotated

import typer

from adapters.cli.client import connect
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_QUOTED = ("symbol", "bid", "ask", "last", "at")
_BARS = ("date", "open", "high", "low", "close", "volume")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The market: time, prices, replay.", no_args_is_help=False)
    app.add_typer(group, name="market")
    group.callback(invoke_without_command=True)(status)
    group.command()(instruments)
    group.command()(quote)
    group.command()(bars)
    group.command()(pause)
    group.command()(resume)


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the market's time and whether it is open."""
    if context.invoked_subcommand is not None:
        return
    found = connect().get("/market/status")
    (print_json if as_json else print_fields)(found)


def instruments(as_json: AsJson = False) -> None:
    """List what can be traded."""
    found = connect().get("/market/instruments")
    if as_json:
        print_json(found)
    else:
        print_rows(found["items"], columns=("symbol", "name", "sector", "calendar"), empty="none")


def quote(symbol: str, as_json: AsJson = False) -> None:
    """Show a symbol's latest quote."""
    found = connect().get(f"/market/quotes/{symbol.upper()}")
    if as_json:
        print_json(found)
    else:
        print_rows([found], columns=_QUOTED, empty="")


def bars(
    symbol: str,
    count: Annotated[int, typer.Option(help="How many days.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List a symbol's latest daily bars."""
    found = connect().get(f"/market/bars/{symbol.upper()}", count=count)
    if as_json:
        print_json(found)
    else:
        print_rows(found["items"], columns=_BARS, empty="no bars yet")


def pause() -> None:
    """Stop the replay before its next event."""
    print_json(connect().post("/market/replay/pause"))


def resume(
    from_start: Annotated[
        bool,
        typer.Option(
            "--from-start",
            help="Let a replay that has ended begin anew; every account must be done with it.",
        ),
    ] = False,
) -> None:
    """Let the replay go on."""
    print_json(connect().post("/market/replay/resume", {"from_start": from_start}))
