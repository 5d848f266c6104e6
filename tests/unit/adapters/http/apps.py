"""Lend built applications to desks: the routes cost ten times what a desk costs, so they stay.

Facades that pass everything on stand behind the routes; the edge, the WebSocket server and the
metrics are a desk's own. Two desks that are open at once never share an application.
"""

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import Any

from litestar import Litestar
from prometheus_client import CollectorRegistry

from adapters.http.app import put_edge, route_app, streams_of
from adapters.http.facades import Facades
from adapters.http.metrics import HttpMetrics
from adapters.http.settings import HttpSettings
from adapters.http.streams.hub import Hub


@dataclass(frozen=True, slots=True)
class _Routed:
    """All that routes may know of the settings; whatever else they ask for fails the test."""

    body_max: int
    console: bool
    docs: bool
    ticket_s: float
    metrics_public: bool
    step_up_s: int

    @classmethod
    def of(cls, settings: HttpSettings) -> "_Routed":
        return cls(*(getattr(settings, field.name) for field in fields(cls)))


class _Standing:
    """What routes see in a facade's place; it is looked up anew each time."""

    def __init__(self, lent: "Lent", name: str) -> None:
        self._lent = lent
        self._name = name

    def __getattr__(self, wanted: str) -> Any:
        return getattr(getattr(self._lent.facades, self._name), wanted)


class Lent:
    """An application, the facades that are behind it now, and their metrics."""

    def __init__(self, settings: _Routed) -> None:
        self.settings = settings
        self.facades: Facades | None = None
        self._metrics: HttpMetrics | None = None
        # Of no settings' type and no facade's, though each can be asked what routes ask.
        routed: Any = settings
        standing: dict[str, Any] = {
            field.name: _Standing(self, field.name) for field in fields(Facades)
        }
        self.app: Litestar = route_app(
            Facades(**standing), settings=routed, metrics_page=self._page
        )

    def serve(self, facades: Facades, *, settings: HttpSettings, hub: Hub) -> None:
        """Serve these facades from now on, with nothing left of those before."""
        self.facades = facades
        self._metrics = HttpMetrics(registry=CollectorRegistry())
        put_edge(self.app, facades=facades, settings=settings, metrics=self._metrics, hub=hub)

    async def give_back(self) -> None:
        """Let go of everyone who is connected, and wait for the next desk."""
        await streams_of(self.app).stop()
        self.facades = self._metrics = None
        _WAITING[self.settings].append(self)

    def _page(self) -> bytes:
        assert self._metrics is not None
        return self._metrics.page()


_WAITING: defaultdict[_Routed, list[Lent]] = defaultdict(list)


def lend(facades: Facades, *, settings: HttpSettings, hub: Hub) -> Lent:
    """Return an application over these facades that nobody else uses."""
    routed = _Routed.of(settings)
    waiting = _WAITING[routed]
    lent = waiting.pop() if waiting else Lent(routed)
    lent.serve(facades, settings=settings, hub=hub)
    return lent
