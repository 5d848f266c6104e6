"""`ballast worker`: one process for a part of the work."""

import sys
from typing import Annotated

import typer

from adapters.cli.failures import CommandFailed
from bootstrap.cli.environment import loaded_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(
    parts: Annotated[
        list[str],
        typer.Argument(
            help="api, market, dispatch, watch, relay, commands; several share the process;"
            " background is all but api."
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
    holder: Annotated[str | None, typer.Option(hidden=True)] = None,
    ready_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run a part of the work over a database that other processes use too."""
    settings = loaded_settings({"http.port": port}, listens="api" in parts).settings
    from adapters.telemetry.logs import configure_logging
    from bootstrap.cli.serve import with_loop
    from bootstrap.processes.roles import BACKGROUND, MEANING, Plan, Role, has_own_venue
    from bootstrap.processes.worker import tell_parent, work

    named: set[Role] = set()
    for part in parts:
        if part == "background":
            named |= BACKGROUND
        elif part in MEANING:
            named.add(Role(part))
        else:
            raise CommandFailed(
                f"there is no part {part!r}; there are {', '.join(MEANING)} and background"
            )
    is_child = ready_fd is not None
    plan = Plan(roles=frozenset(named), holder=holder, shares_port=is_child, owns_folder=False)
    if not is_child and has_own_venue(plan, settings=settings):
        plan = Plan(roles=plan.roles, holder=holder)
    configure_logging(settings.log)

    def on_ready(greeting: str) -> None:
        if ready_fd is not None:
            tell_parent(ready_fd)(greeting)
        elif greeting:
            sys.stdout.write(greeting)
            sys.stdout.flush()

    with_loop(work(settings, plan=plan, on_ready=on_ready, health_port=health_port))
