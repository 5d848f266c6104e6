"""Lend built applications to contexts: the routes cost ten times one, so they stay.

Parts that pass everything on stand behind the routes; the edge, the WebSocket server and the
metrics are a context's own. Two contexts that are open at once never share an application.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from litestar import Litestar
from prometheus_client import CollectorRegistry

from adapters.http.app import put_edge, route_app, streams_of
from adapters.http.metrics import HttpMetrics
from adapters.http.settings import HttpSettings
from adapters.http.streams.hub import Hub
from bootstrap.http import edge_parts, routes_of
from bootstrap.parts import Builder, Parts


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


class _CredentialStatus:
    """What routes see in the place of a part; it is looked up anew each time."""

    def __init__(self, lent: "Lent", get: Callable[[Any], Any]) -> None:
        self._lent = lent
        self._get = get

    def __getattr__(self, wanted: str) -> Any:
        if self._lent.parts is None:
            return _CredentialStatus(self._lent, lambda parts: getattr(self._get(parts), wanted))
        return getattr(self._get(self._lent.parts), wanted)


class _CredentialStatusParts:
    """What areas build their routes over: nothing of it is there yet."""

    def __init__(self, lent: "Lent") -> None:
        self._lent = lent

    def of(self, build: Callable[..., Any]) -> Any:
        return _CredentialStatus(self._lent, lambda parts: parts.of(build))

    def __getattr__(self, wanted: str) -> Any:
        return _CredentialStatus(self._lent, lambda parts: getattr(parts, wanted))


class Instead:
    """Parts with others in the place of some: by name, or by what builds them."""

    def __init__(
        self, parts: Parts, built: Mapping[Builder, Any] | None = None, **named: Any
    ) -> None:
        self._parts = parts
        self._built = built or {}
        self._named = named

    def of(self, build: Builder) -> Any:
        return self._built[build] if build in self._built else self._parts.of(build)

    def __getattr__(self, wanted: str) -> Any:
        return self._named[wanted] if wanted in self._named else getattr(self._parts, wanted)


class Lent:
    """An application, the parts that are behind it now, and their metrics."""

    def __init__(self, settings: _Routed) -> None:
        self.settings = settings
        self.parts: Parts | Instead | None = None
        self._metrics: HttpMetrics | None = None
        # Of no settings' type and no part's, though each can be asked what routes ask.
        routed: Any = settings
        credential_status: Any = _CredentialStatusParts(self)
        self.app: Litestar = route_app(
            edge_parts(credential_status),
            routes=routes_of(credential_status),
            settings=routed,
            metrics_page=self._page,
        )

    def serve(self, parts: Parts | Instead, *, settings: HttpSettings, hub: Hub) -> None:
        """Serve these parts from now on, with nothing left of those before."""
        self.parts = parts
        self._metrics = HttpMetrics(registry=CollectorRegistry())
        own: Any = parts
        put_edge(self.app, parts=edge_parts(own), settings=settings, metrics=self._metrics, hub=hub)

    async def give_back(self) -> None:
        """Let go of everyone who is connected, and wait for the next desk."""
        await streams_of(self.app).stop()
        self.parts = self._metrics = None
        _WAITING[self.settings].append(self)

    def _page(self) -> bytes:
        assert self._metrics is not None
        return self._metrics.page()


_WAITING: defaultdict[_Routed, list[Lent]] = defaultdict(list)


def lend(parts: Parts | Instead, *, settings: HttpSettings, hub: Hub) -> Lent:
    """Return an application over these parts that nobody else uses."""
    routed = _Routed.of(settings)
    waiting = _WAITING[routed]
    lent = waiting.pop() if waiting else Lent(routed)
    lent.serve(parts, settings=settings, hub=hub)
    return lent
