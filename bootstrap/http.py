"""Put the application behind HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from adapters.http.app import build_app, streams_of
from adapters.http.facades import Facades
from adapters.http.hosts import LOOPBACK_NAMES
from adapters.http.rates import Rates
from adapters.http.settings import HttpSettings as EdgeSettings
from adapters.http.streams.hub import Hub
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


def build_http(parts: Parts) -> HttpParts:
    """Build the edge over the parts' facades and feed its live streams."""
    facades = Facades(
        identity=parts.identity.facade,
        access=parts.identity.access,
        accounts=parts.accounts.facade,
        orders=parts.orders.facade,
        risk=parts.risk.facade,
        kill_switch=parts.kill_switch.facade,
        market=parts.market.facade,
        streams=parts.streams.facade,
        stream_health=parts.stream_monitor.facade,
        agents=parts.agents.facade,
        workspaces=parts.workspaces.facade,
        audit=parts.audit.facade,
        secrets=parts.secrets.facade,
        health=parts.health,
        keys=parts.storage.keys,
        clock=parts.system.clock,
        limits=parts.sharing.limits,
        tickets=parts.sharing.tickets,
    )
    settings = edge_settings(parts.settings)
    hub = Hub()
    parts.streams.stream.subscribe(name="websocket", subscriber=hub.on_notice)
    # Behind the venue: what it fills on an event is told after the event's quote.
    parts.market.feed.subscribe(hub.on_market)
    app = build_app(facades, settings=settings, registry=parts.metrics.registry, hub=hub)
    streams = streams_of(app)
    # Behind those that remember who may come in: it asks them.
    parts.identity.standing.follow.subscribe(streams)
    return HttpParts(app=app, close_streams=streams.stop)


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
