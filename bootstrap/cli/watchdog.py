"""`ballast watchdog`: stop what nobody watches over any more, from a process of its own."""

import asyncio
import sys
from typing import Annotated

import typer

from adapters.cli.failures import UNREACHABLE, CommandFailed
from bootstrap.cli.environment import loaded_settings
from bootstrap.settings.sections import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(watchdog)


def watchdog(
    check: Annotated[
        bool,
        typer.Option("--check", help="Ask whether the one on this machine is well, and run none."),
    ] = False,
) -> None:
    """Latch, and cancel at the venues, when who sends orders has fallen silent.

    It needs no database, and places no order. Run it beside the server, on the same data folder
    or on another machine (kill.listen and kill.peers).
    """
    settings = loaded_settings(listens=False).settings
    if check:
        _check(settings)
        return
    from adapters.telemetry.logs import configure_logging
    from bootstrap.cli.serve import with_loop
    from bootstrap.processes.watchdog import KeyUnfit, watch

    configure_logging(settings.log)

    def on_ready(venues: str) -> None:
        silent_s = settings.kill.silent_s
        sys.stdout.write(
            f"The watchdog is ready, and acts after {silent_s:g} s of silence. Reached: {venues}\n"
        )
        sys.stdout.flush()

    try:
        with_loop(watch(settings, on_ready=on_ready), offline=settings.offline)
    except KeyUnfit as problem:
        raise CommandFailed(str(problem)) from problem


def _check(settings: Settings) -> None:
    """Say how the watchdogs of this machine are; raises CommandFailed where one is not well."""
    from bootstrap.processes.watchdog import watchdogs

    try:
        found = asyncio.run(watchdogs(settings))
    except OSError as problem:
        raise CommandFailed(str(problem), code=UNREACHABLE) from None
    if found.silent:
        names = ", ".join(found.silent)
        raise CommandFailed(f"does not answer, or cannot read its stops: {names}", code=UNREACHABLE)
    if not found.heard:
        raise CommandFailed("no watchdog runs on this machine", code=UNREACHABLE)
    sys.stdout.write(f"well: {', '.join(found.heard)}\n")
