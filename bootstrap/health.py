"""Know how every part is: what /health/ready and /api/status tell."""

from collections.abc import Sequence

from ports.health import Component, ComponentState
from ports.time import Clock

_WELL = (ComponentState.UP, ComponentState.DEGRADED)
DETAIL_MAX = 500


class HealthBoard:
    """The latest word on each part; nothing is ready before it was declared and came up."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Component] = {}
        # By the monotonic clock: when each part was last spoken of.
        self._told_at: dict[str, float] = {}
        self._stopping = False

    def declare(self, name: str, *, required: bool = True) -> None:
        """Name a part that is about to start."""
        self._known[name] = Component(
            name=name,
            state=ComponentState.STARTING,
            required=required,
            detail="",
            since=self._clock.now(),
        )

    def set(self, name: str, state: ComponentState, *, detail: str = "") -> None:
        """Tell how a declared part is; telling the same again keeps its time."""
        known = self._known[name]
        detail = detail[:DETAIL_MAX]
        self._told_at[name] = self._clock.monotonic()
        if (known.state, known.detail) == (state, detail):
            return
        since = known.since if known.state is state else self._clock.now()
        self._known[name] = Component(
            name=name, state=state, required=known.required, detail=detail, since=since
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
