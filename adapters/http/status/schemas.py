"""Show on the wire how the parts of the system are."""

from typing import Literal

import msgspec

from adapters.http.wire import moment
from ports.health import Component, ComponentState, Health


class LiveView(msgspec.Struct):
    """The process answers."""

    status: Literal["live"]


class ReadyView(msgspec.Struct):
    """Orders, cancels and stops are taken in; degraded names what works with less."""

    status: Literal["ready"]
    degraded: list[str]


class HealthView(msgspec.Struct):
    """It is ready; degraded where a part of it, here or in another process, lacks something."""

    status: Literal["healthy", "degraded"]
    timestamp: str
    degraded: list[str]


class ComponentDetails(msgspec.Struct):
    """Why a part is as it is, since when, and whether this process is unready without it."""

    reason: str
    since: str
    required: bool


class ComponentView(msgspec.Struct):
    """One part: how it is, whether it does its work, and under which version of Ballast.

    version is that of the process that does the work, null where none has told of it yet.
    """

    status: str
    running: bool
    version: str | None
    details: ComponentDetails


class StatusView(msgspec.Struct):
    """Every part of the system by name; ready says what /health/ready does."""

    timestamp: str
    ready: bool
    version: str
    components: dict[str, ComponentView]


def is_well(component: Component) -> bool:
    """Tell whether a part does its work, if with less than it should have."""
    return component.state in (ComponentState.UP, ComponentState.DEGRADED)


def names_below(health: Health) -> list[str]:
    """Return the names of the parts that are not simply up."""
    return [one.name for one in health.components() if one.state is not ComponentState.UP]


def component_view(component: Component) -> ComponentView:
    """Show one part."""
    return ComponentView(
        status=component.state.value,
        running=is_well(component),
        version=component.version or None,
        details=ComponentDetails(
            reason=component.detail,
            since=moment(component.since),
            required=component.required,
        ),
    )


def status_view(health: Health, *, version: str, at: str) -> StatusView:
    """Show every part."""
    return StatusView(
        timestamp=at,
        ready=health.is_ready(),
        version=version,
        components={one.name: component_view(one) for one in health.components()},
    )
