"""Put the application behind HTTP."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.types import ControllerRouterHandler

from adapters.http.app import build_app, streams_of
from adapters.http.edge_parts import EdgeParts
from adapters.http.hosts import LOOPBACK_NAMES
from adapters.http.rates import Rates
from adapters.http.settings import HttpSettings as EdgeSettings
from adapters.http.streams.hub import Hub
from bootstrap.all_areas import AREAS
from bootstrap.area import Area
from bootstrap.areas import identity, market, streams
from bootstrap.identity.credential_status import build_credential_status
from bootstrap.parts import Parts
from bootstrap.settings.http import RateSettings
from bootstrap.settings.sections import Settings
from ports.rate_limits import RateLimit

# Whoever listens on these listens on every address that the machine has.
ALL_ADDRESSES = frozenset({"0.0.0.0", "::"})  # noqa: S104 - a name to compare with; nothing is bound


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpParts:
    """The ASGI application, and what lets its live readers go before a shutdown."""

    app: Any
    close_streams: Callable[[], Awaitable[None]]


def build_http(parts: Parts, *, areas: Sequence[Area] = AREAS) -> HttpParts:
    """Build the edge over the areas' routes and feed its live streams."""
    hub = Hub()
    parts.of(streams.build).stream.subscribe(name="websocket", subscriber=hub.on_notice)
    # Behind the venue: what it fills on an event is told after the event's quote.
    parts.of(market.build).feed.subscribe(hub.on_market)
    app = build_app(
        edge_parts(parts, areas=areas),
        routes=routes_of(parts, areas=areas),
        settings=edge_settings(parts.settings),
        registry=parts.metrics.registry,
        hub=hub,
    )
    live = streams_of(app)
    # Behind those that remember who may come in: it asks them.
    parts.of(build_credential_status).follow.subscribe(live)
    return HttpParts(app=app, close_streams=live.stop)


def routes_of(parts: Parts, *, areas: Sequence[Area] = AREAS) -> list[ControllerRouterHandler]:
    """Return what the areas serve."""
    return [route for area in areas for route in area.routes(parts)]


def edge_parts(parts: Parts, *, areas: Sequence[Area] = AREAS) -> EdgeParts:
    """Return what the edge needs of the parts."""
    own = parts.of(identity.build)
    return EdgeParts(
        identity=own.facade,
        access=own.access,
        market=parts.of(market.build).facade,
        streams=parts.of(streams.build).facade,
        health=parts.health,
        limits=parts.sharing.limits,
        tickets=parts.sharing.tickets,
        clock=parts.system.clock,
        bound={name: bound for area in areas for name, bound in area.bound(parts).items()},
        parameters=frozenset().union(*(area.parameters for area in areas)),
    )


def edge_settings(settings: Settings) -> EdgeSettings:
    """Return what the edge is told; a list of hosts always has loopback's and our own."""
    own = settings.http
    return EdgeSettings(
        body_max=own.body_bytes_max,
        allowed_origins=own.allowed_origins,
        allowed_hosts=(*LOOPBACK_NAMES, own.host, *own.allowed_hosts),
        any_address=own.host in ALL_ADDRESSES and not own.allowed_hosts,
        trusted_proxies=own.trusted_proxies,
        forwarded_header=own.forwarded_header,
        rates=_rates(settings.rates),
        request_s=own.request_s,
        metrics_public=own.metrics_public,
        access_log=settings.log.requests,
        docs=own.docs,
        console=own.console,
        websockets_max=own.websockets_max,
        websockets_per_network=own.websockets_per_network,
        websockets_per_user=own.websockets_per_user,
        step_up_s=settings.identity.step_up_s,
    )


def _rates(own: RateSettings) -> Rates:
    return Rates(
        auth=RateLimit(name="auth", per_s=own.auth_per_s, burst=own.auth_burst),
        open=RateLimit(name="open", per_s=own.open_per_s, burst=own.open_burst),
        orders=RateLimit(name="orders", per_s=own.orders_per_s, burst=own.orders_burst),
        changes=RateLimit(name="changes", per_s=own.changes_per_s, burst=own.changes_burst),
        reads=RateLimit(name="reads", per_s=own.reads_per_s, burst=own.reads_burst),
        shared=frozenset(own.shared),
    )
