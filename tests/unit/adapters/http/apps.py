"""Lend built applications to desks: the routes cost ten times what a desk costs, so they stay.

Facades that pass everything on stand behind the routes; the edge, the WebSocket server and the
metrics are a desk's own. Two desks that are open at once never share an application.
"""

from collections import defaultdict
from dataclasses import fields
from typing import Any

from litestar import Litestar
from prometheus_client import CollectorRegistry

from adapters.http.app import put_edge, route_app, streams_of
from adapters.http.facades import Facades
from adapters.http.metrics import HttpMetrics
from adapters.http.settings import HttpSettings
from adapters.http.streams.hub import Hub


class _Standing:
    """What routes see in a facade's place; it is looked up anew each time."""

    def __init__(self, lent: "Lent", name: str) -> None:
        self._lent = lent
        self._name = name

    def __getattr__(self, wanted: str) -> Any:
        return getattr(getattr(self._lent.facades, self._name), wanted)


class Lent:
    """An application, the facades that are behind it now, and their metrics."""

    def __init__(self, settings: HttpSettings) -> None:
        self.settings = settings
        self.facades: Facades | None = None
        self._metrics: HttpMetrics | None = None
        # Of no facade's type, though each of them can be asked what its facade can.
        standing: dict[str, Any] = {
            field.name: _Standing(self, field.name) for field in fields(Facades)
        }
        self.app: Litestar = route_app(
            Facades(**standing), settings=settings, metrics_page=self._page
        )

    def serve(self, facades: Facades, *, hub: Hub) -> None:
        """Serve these facades from now on, with nothing left of those before."""
        self.facades = facades
        self._metrics = HttpMetrics(registry=CollectorRegistry())
        put_edge(self.app, facades=facades, settings=self.settings, metrics=self._metrics, hub=hub)

    async def give_back(self) -> None:
        """Let go of everyone who is connected, and wait for the next desk."""
        await streams_of(self.app).stop()
        self.facades = self._metrics = None
        _WAITING[self.settings].append(self)

    def _page(self) -> bytes:
        assert self._metrics is not None
        return self._metrics.page()


_WAITING: defaultdict[HttpSettings, list[Lent]] = defaultdict(list)


def lend(facades: Facades, *, settings: HttpSettings, hub: Hub) -> Lent:
    """Return an application over these facades that nobody else uses."""
    waiting = _WAITING[settings]
    lent = waiting.pop() if waiting else Lent(settings)
    lent.serve(facades, hub=hub)
    return lent
