"""Start the background tasks of a process: those of its roles, each under its lease."""

from collections.abc import Iterable, Iterator

from adapters.system.supervisor import Supervisor
from bootstrap.all_areas import AREAS
from bootstrap.area import Area, Task
from bootstrap.parts import Parts
from bootstrap.processes.others import EXPECTED, OtherProcesses
from bootstrap.processes.roles import Job, Role
from bootstrap.settings.sections import Settings
from bootstrap.streams.kafka_events import build_pulse


def start_tasks(parts: Parts, *, supervisor: Supervisor, areas: Iterable[Area] = AREAS) -> None:
    """Start what the process's roles need; the order matters at the stop, latest first."""
    for area in areas:
        if area.subscribes is not None:
            area.subscribes(parts)
    _start_shared(parts, supervisor, areas)
    for task in tasks_of(areas, parts.settings):
        task.start(parts, supervisor)
    pulse = parts.of(build_pulse)
    if pulse is not None and (parts.plan.roles & {Role.API, Role.RELAY} or parts.takes_commands):
        supervisor.start("kafka_pulse", pulse, required=False)


def tasks_of(areas: Iterable[Area], settings: Settings) -> Iterator[Task]:
    """Return the tasks in the order in which they start."""
    return (task for area in areas for task in (*area.tasks, *area.tasks_of(settings)))


async def finish_tasks(
    parts: Parts, *, supervisor: Supervisor, areas: tuple[Area, ...] = AREAS
) -> None:
    """Have what is in hand done before the tasks are stopped."""
    for area in reversed(areas):
        if area.finishes is not None:
            await area.finishes(parts, supervisor)


def told_by(areas: Iterable[Area], settings: Settings) -> dict[Job, frozenset[str]]:
    """Return the parts that each job tells other processes of."""
    told: dict[Job, frozenset[str]] = {}
    for task in tasks_of(areas, settings):
        for job in task.told_by:
            told[job] = told.get(job, frozenset()) | {task.name, *task.tells}
    return told


def _start_shared(parts: Parts, supervisor: Supervisor, areas: Iterable[Area]) -> None:
    if parts.sharing.server is not None:
        supervisor.start("redis_watch", parts.sharing.server.watch, required=False)
    shared = parts.storage.shared
    if shared is None:
        return
    for kept in parts.jobs.kept():
        supervisor.start(f"lease_{kept.name}", kept.keep)
    supervisor.start("wakeups", shared.wakeups.run, required=False)
    others = OtherProcesses(
        plan=parts.plan,
        jobs=parts.jobs,
        board=parts.health,
        reports=shared.reports,
        clock=parts.system.clock,
        sleeper=parts.system.sleeper,
        tells=told_by(areas, parts.settings),
        brokers=tuple(parts.settings.brokers),
        # Without whoever publishes for all, nobody would be told anything.
        expected=EXPECTED | {Role.RELAY: ("relay",)} if parts.sharing.fanout.is_followed else None,
    )
    supervisor.start("other_processes", others)
