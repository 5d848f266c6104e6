"""List what goes on behind stops, in the processes that take them in and in those that send."""

from bootstrap.area import Task
from bootstrap.kill_switch.stops import build_stops
from bootstrap.processes.roles import Role

_STOPPING = frozenset({Role.API, Role.DISPATCH})
_SENDING = frozenset({Role.DISPATCH})

STOP_TASKS = (
    Task(
        name="stop_channel",
        run=lambda parts: parts.of(build_stops).listen,
        roles=_STOPPING,
        required=False,
    ),
    Task(
        name="stop_store",
        run=lambda parts: parts.of(build_stops).store,
        roles=_STOPPING,
        required=False,
    ),
    Task(
        name="stop_cancels",
        run=lambda parts: parts.of(build_stops).take.run,
        roles=_SENDING,
    ),
    Task(
        name="dead_man_timers",
        run=lambda parts: parts.of(build_stops).renew,
        roles=_SENDING,
        required=False,
    ),
    Task(
        name="broker_links",
        run=lambda parts: parts.of(build_stops).links,
        roles=_SENDING,
        required=False,
    ),
    Task(name="stop_gate", run=lambda parts: parts.of(build_stops).beat, roles=_SENDING),
)
