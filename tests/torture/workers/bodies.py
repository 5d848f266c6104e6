"""Say what a forked process is: a worker of Ballast, or a consumer of its events."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import uvloop

from adapters.telemetry.logs import configure_logging
from bootstrap.container import compose
from bootstrap.processes.roles import ASKED, Plan, Role
from bootstrap.processes.worker import work
from bootstrap.settings.load import load_settings
from tests.torture.failpoints import Fuse
from tests.torture.fatal_kafka import arm, raise_for_marked
from tests.torture.workers.applier import apply_events

Body = Callable[[dict[str, Any], Callable[[], None]], None]


def worker(given: dict[str, Any], ready: Callable[[], None]) -> None:
    """Be `ballast worker`, with or without a failpoint."""
    settings = load_settings(environment=dict(os.environ)).settings
    roles = frozenset(Role(name) for name in given["roles"])
    plan = Plan(roles=roles, holder=given["holder"], owns_folder=False, asked=ASKED & roles)
    configure_logging(settings.log)
    parts = compose(settings, plan=plan)
    if given["raises"]:
        raise_for_marked(parts)
    if given["failpoint"] is not None:
        arm(parts, Fuse.parse(given["failpoint"]))
    _run(work(settings, plan=plan, on_ready=lambda _: ready(), parts=parts))


def applier(given: dict[str, Any], ready: Callable[[], None]) -> None:
    """Be a consumer of events that keeps what it applied in a database."""
    fuse = Fuse.parse(given["failpoint"]) if given["failpoint"] is not None else None
    _run(
        apply_events(
            bootstrap=given["bootstrap"],
            database_url=given["database_url"],
            group=given["group"],
            tenant=given["tenant"],
            fuse=fuse,
            ready=ready,
        )
    )


def _run(main: Any) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


BODIES: dict[str, Body] = {"worker": worker, "applier": applier}
