"""Compose a process: the parts that each has, and those that the areas declare."""

import inspect
from collections.abc import Iterable
from typing import Any

from dependency_injector import providers
from dependency_injector.containers import DynamicContainer

from adapters.security.passwords import Argon2idHasher
from adapters.telemetry.health import HealthBoard, own_version
from adapters.telemetry.kafka_reach import KafkaReach
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.observed import Observer
from application.shared.change import Changes
from bootstrap.all_areas import AREAS
from bootstrap.area import Area
from bootstrap.choices import (
    build_events,
    build_observed_storage,
    build_tracing,
)
from bootstrap.parts import Builder, Parts
from bootstrap.processes.jobs import build_jobs
from bootstrap.processes.roles import Plan, needed_by
from bootstrap.settings.sections import Settings
from bootstrap.shared import wakeups_over
from bootstrap.storage import Storage, build_storage
from bootstrap.streams.kafka_events import build_pulse
from bootstrap.streams.sharing import build_sharing
from bootstrap.system import System, Wakeups, build_system


class Miswired(TypeError):
    """No part has the name that a builder asks for, or two builders need each other."""


def build_health(system: System, plan: Plan) -> HealthBoard:
    """Build the board that parts report to."""
    return HealthBoard(clock=system.clock, needed=needed_by(plan), version=own_version())


def build_hasher() -> Argon2idHasher:
    """Build what hashes passwords."""
    return Argon2idHasher()


def build_kill_hasher() -> Argon2idHasher:
    """Build one for the passcode alone.

    Whoever floods the login, which needs no token, must not hold up a stop.
    """
    return Argon2idHasher()


def build_wakeups(storage: Storage, settings: Settings) -> Wakeups:
    """Build the hints between use cases and loops, of other processes too."""
    return wakeups_over(storage.shared, settings)


def build_changes(storage: Storage, system: System) -> Changes:
    """Build what changes ordinary records."""
    return Changes(works=storage.works, clock=system.clock, ids=system.ids)


# What has no builder of its own.
_GIVEN = {"settings", "plan", "objection_sources"}
CORE: dict[str, Builder] = {
    "system": build_system,
    "health": build_health,
    "reach": KafkaReach,
    "pulse": build_pulse,
    "metrics": Metrics,
    "tracing": build_tracing,
    "observer": Observer,
    "bare_storage": build_storage,
    "storage": build_observed_storage,
    "wakeups": build_wakeups,
    "changes": build_changes,
    "sharing": build_sharing,
    "jobs": build_jobs,
    "events": build_events,
    "hasher": build_hasher,
    "kill_hasher": build_kill_hasher,
}


def compose(
    settings: Settings, *, plan: Plan | None = None, areas: Iterable[Area] = AREAS, **instead: Any
) -> Parts:
    """Return the parts of a process; nothing does I/O, and nothing is made before it is asked.

    instead: parts by name that stand in the place of what would be built. Raises Miswired.
    """
    areas = tuple(areas)
    builds = CORE | {name: build for area in areas for name, build in area.builds.items()}
    container = DynamicContainer()
    objecting = [area.objects for area in areas if area.objects]
    given = {
        "settings": settings,
        "plan": plan or Plan(),
        # Not made before the gate asks: a source may need what stands behind the gate.
        "objection_sources": lambda: [container.providers[name]() for name in objecting],
        **instead,
    }
    if unknown := {*given, *objecting} - builds.keys() - _GIVEN:
        raise Miswired(f"nothing is built under the name {', '.join(sorted(unknown))}")
    for name, part in given.items():
        container.set_provider(name, providers.Object(part))
    for name in builds:
        _provide(container, name, builds=builds, asked=())
    return Parts(container, names={build: name for name, build in builds.items()})


def _provide(
    container: DynamicContainer, name: str, *, builds: dict[str, Builder], asked: tuple[str, ...]
) -> None:
    """Add what provides a part, behind what provides the parts that it needs."""
    if name in container.providers:
        return
    if name in asked:
        raise Miswired(f"{' needs '.join((*asked, name))}: nothing can be built first")
    if name not in builds:
        raise Miswired(f"{asked[-1]} needs {name}, which no area builds")
    build = builds[name]
    needs: dict[str, Any] = {}
    for needed, parameter in inspect.signature(build).parameters.items():
        # What has a default is its own affair: no part has such a name.
        if parameter.default is not inspect.Parameter.empty:
            continue
        _provide(container, needed, builds=builds, asked=(*asked, name))
        needs[needed] = container.providers[needed]
    container.set_provider(name, providers.Singleton(build, **needs))
