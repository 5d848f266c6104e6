"""Know how every part is: what /health/ready and /api/status tell."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from ports.health import Component, ComponentState
from ports.time import Clock

_WELL = (ComponentState.UP, ComponentState.DEGRADED)
DETAIL_MAX = 500


def own_version() -> str:
    """Return the version of this installation."""
    try:
        return version("ballast")
    except PackageNotFoundError:
        # Run from a checkout that nobody installed.
        return "0"


class HealthBoard:
    """The latest word on each part; nothing is ready before it was declared and came up.

    needed: the only parts that can make this process unready. version is this process's own.
    """

    def __init__(
        self, *, clock: Clock, needed: frozenset[str] | None = None, version: str = ""
    ) -> None:
        self._clock = clock
        self._needed = needed
        self._version = version
        self._known: dict[str, Component] = {}
        # By the monotonic clock: when each part was last spoken of.
        self._told_at: dict[str, float] = {}
        self._stopping = False

    def declare(self, name: str, *, required: bool = True, version: str | None = None) -> None:
        """Name a part that is about to start; version is that of another process."""
        self._known[name] = Component(
            name=name,
            state=ComponentState.STARTING,
            required=required and (self._needed is None or name in self._needed),
            detail="",
            since=self._clock.now(),
            version=self._version if version is None else version,
        )

    def set(
        self, name: str, state: ComponentState, *, detail: str = "", version: str | None = None
    ) -> None:
        """Tell how a declared part is; telling the same again keeps its time."""
        known = self._known[name]
        self._told_at[name] = self._clock.monotonic()
        since = known.since if known.state is state else self._clock.now()
        self._known[name] = replace(
            known,
            state=state,
            detail=detail[:DETAIL_MAX],
            since=since,
            version=known.version if version is None else version,
        )

    def stop(self) -> None:
        """Be unready for good: the process is about to end."""
        self._stopping = True

    def problem(self, name: str, *, silent_s: float) -> str:
        """Say why a part is not to be relied on: down, silent for so long, or never heard of."""
        known = self._known.get(name)
        if known is None or name not in self._told_at:
            return "nothing was heard of it yet"
        if known.state not in _WELL:
            return known.detail or f"it is {known.state}"
        silent = self._clock.monotonic() - self._told_at[name]
        return "" if silent <= silent_s else f"nothing was heard of it for {silent:.0f} s"

    def components(self) -> Sequence[Component]:
        """Return every part, ordered by name."""
        return [self._known[name] for name in sorted(self._known)]

    def is_ready(self) -> bool:
        """Tell whether every required part is well and the process is not stopping."""
        if self._stopping or not self._known:
            return False
        return all(one.state in _WELL for one in self._known.values() if one.required)
