"""Show on the wire how the parts of the system are."""

from typing import Literal

import msgspec

from adapters.http.wire import moment
from ports.health import Component, Health


class LiveView(msgspec.Struct):
    """The process answers."""

    status: Literal["live"]


class ReadyView(msgspec.Struct):
    """Orders can be taken in; degraded names what works with less than it should."""

    status: Literal["ready"]
    degraded: list[str]


class ComponentView(msgspec.Struct):
    """One part: how it is, why, and since when."""

    name: str
    state: str
    required: bool
    detail: str
    since: str


class StatusView(msgspec.Struct):
    """Every part of the system; ready says whether orders can be taken in."""

    ready: bool
    version: str
    at: str
    components: list[ComponentView]


def component_view(component: Component) -> ComponentView:
    """Show one part."""
    return ComponentView(
        name=component.name,
        state=component.state.value,
        required=component.required,
        detail=component.detail,
        since=moment(component.since),
    )


def status_view(health: Health, *, version: str, at: str) -> StatusView:
    """Show every part."""
    return StatusView(
        ready=health.is_ready(),
        version=version,
        at=at,
        components=[component_view(one) for one in health.components()],
    )
