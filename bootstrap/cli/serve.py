"""`ballast serve` and `ballast migrate`."""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from adapters.cli.failures import CommandFailed
from bootstrap.cli.environment import loaded_settings
from bootstrap.cli.passphrase import with_passphrase
from bootstrap.processes.garbage import seldom
from bootstrap.settings.sections import Settings


def register(app: typer.Typer) -> None:
    """Add the commands that run a server."""
    app.command()(serve)
    app.command()(migrate)


def serve(
    profile: Annotated[
        str | None, typer.Option(help="memory, embedded or cluster: where data is kept.")
    ] = None,
    port: Annotated[
        str | None, typer.Option(help="The port to listen on; 0 for a free one.")
    ] = None,
    data_dir: Annotated[str | None, typer.Option(help="The folder for all data.")] = None,
    workers: Annotated[
        int,
        typer.Option(
            min=0,
            max=8,
            help="Processes that answer, beside one for the background; 0 is one for everything.",
        ),
    ] = 0,
    offline: Annotated[
        bool, typer.Option("--offline", help="Connect to loopback only, and refuse all else.")
    ] = False,
) -> None:
    """Run the server: database, replayed market, paper broker, HTTP."""
    seldom()
    overrides = {"profile": profile, "http.port": port, "data_dir": data_dir}
    overrides |= {"offline": "true" if offline else None}
    settings = with_passphrase(loaded_settings(overrides, listens=True).settings)
    from adapters.telemetry.logs import configure_logging

    configure_logging(settings.log)
    if workers:
        _run_many(settings, workers=workers)
    else:
        _run(settings)


def migrate() -> None:
    """Bring the database's tables up to date and end; `serve` does it by itself."""
    settings = loaded_settings().settings
    if settings.profile == "memory":
        raise CommandFailed("profile is memory: there are no tables to migrate")
    from adapters.telemetry.logs import configure_logging
    from bootstrap.storage import build_postgres
    from bootstrap.system import build_system

    configure_logging(settings.log)

    async def up_to_date() -> None:
        storage = build_postgres(settings=settings, system=build_system())
        await storage.server.start()
        await storage.server.stop()

    with_loop(up_to_date(), offline=settings.offline)
    sys.stdout.write("the database is up to date\n")


def _run(settings: Settings) -> None:
    from bootstrap.processes.banner import banner
    from bootstrap.processes.serve import serve as serve_until_told

    def on_ready(url: str, founded: Any) -> None:
        sys.stdout.write(banner(url=url, founded=founded, settings=settings))
        sys.stdout.flush()

    with_loop(serve_until_told(settings, on_ready=on_ready), offline=settings.offline)


def _run_many(settings: Settings, *, workers: int) -> None:
    from bootstrap.processes.fleet import serve_many

    def on_ready(greeting: str) -> None:
        sys.stdout.write(greeting)
        sys.stdout.flush()

    with_loop(serve_many(settings, workers=workers, on_ready=on_ready), offline=settings.offline)


def with_loop(work: Any, *, offline: bool) -> None:
    """Run the work; what keeps a server from starting is told, not traced.

    offline: nothing that it does leaves this machine.
    """
    import asyncio

    from adapters.http.server.descriptors import widen
    from bootstrap.processes.startup_faults import startup_faults

    new_loop = _loop(offline=offline)
    widen()
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(work)
    except startup_faults() as problem:
        raise CommandFailed(str(problem)) from problem


def _loop(*, offline: bool) -> Callable[[], Any]:
    """Return what makes the event loop: offline the plain one, as each socket of it is seen."""
    if offline:
        import asyncio

        from adapters.system.loopback import stay_on_loopback

        stay_on_loopback()
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop
