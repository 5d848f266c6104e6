"""`ballast worker`: one process for a part of the work."""

import sys
from dataclasses import replace
from typing import Annotated

import typer

from adapters.cli.failures import CommandFailed
from bootstrap.cli.environment import loaded_settings
from bootstrap.processes.garbage import seldom
from bootstrap.processes.roles import ALL_BUT_API, ASKED, BACKGROUND, MEANING, Plan, Role, has_venue


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(
    parts: Annotated[
        list[str],
        typer.Argument(
            help="api, market, dispatch, watch, relay, commands, patterns, strategies, inference,"
            " sentiment, finbert; several share the process; background is all but api."
        ),
    ],
    port: Annotated[
        str | None, typer.Option(help="The port that api listens on; 0 for a free one.")
    ] = None,
    health_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="Where a worker without api tells health and metrics."
        ),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Connect to loopback only, and refuse all else.")
    ] = False,
    holder: Annotated[str | None, typer.Option(hidden=True)] = None,
    ready_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run a part of the work over a database that other processes use too."""
    seldom()
    overrides = {"http.port": port, "offline": "true" if offline else None}
    settings = loaded_settings(overrides, listens=bool({"api", *ASKED} & set(parts))).settings
    from adapters.telemetry.logs import configure_logging
    from bootstrap.cli.serve import with_loop
    from bootstrap.processes.worker import tell_parent, work

    named: set[Role] = set()
    for part in parts:
        if part == ALL_BUT_API:
            named |= BACKGROUND
        elif part in MEANING:
            named.add(Role(part))
        else:
            raise CommandFailed(
                f"there is no part {part!r}; there are {', '.join(MEANING)} and {ALL_BUT_API}"
            )
    is_child = ready_fd is not None
    plan = Plan(
        roles=frozenset(named),
        holder=holder,
        shares_port=is_child,
        owns_folder=False,
        asked=ASKED & frozenset(parts),
    )
    ours = any(has_venue(one, plan=plan) for one in settings.every_broker.values())
    if not is_child and ours:
        plan = replace(plan, owns_folder=True)
    configure_logging(settings.log)

    def on_ready(greeting: str) -> None:
        if ready_fd is not None:
            tell_parent(ready_fd)(greeting)
        elif greeting:
            sys.stdout.write(greeting)
            sys.stdout.flush()

    doing = work(settings, plan=plan, on_ready=on_ready, health_port=health_port)
    with_loop(doing, offline=settings.offline)
