"""Put the application behind HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from adapters.http.app import build_app, streams_of
from adapters.http.facades import Facades
from adapters.http.settings import HttpSettings as EdgeSettings
from adapters.http.streams.hub import Hub
from bootstrap.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpParts:
    """The ASGI application, and what lets its live readers go before a shutdown."""

    app: Any
    close_streams: Callable[[], Awaitable[None]]


def build_http(parts: Parts) -> HttpParts:
    """Build the edge over the parts' facades and feed its live streams."""
    own = parts.settings.http
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
    settings = EdgeSettings(
        body_max=own.body_bytes_max,
        allowed_origins=own.allowed_origins,
        metrics_public=own.metrics_public,
        docs=own.docs,
        step_up_s=parts.settings.identity.step_up_s,
    )
    hub = Hub()
    parts.streams.stream.subscribe(name="websocket", subscriber=hub.on_notice)
    # Behind the venue: what it fills on an event is told after the event's quote.
    parts.market.feed.subscribe(hub.on_market)
    app = build_app(facades, settings=settings, registry=parts.metrics.registry, hub=hub)
    streams = streams_of(app)
    # Behind those that remember who may come in: it asks them.
    parts.identity.standing.follow.subscribe(streams)
    return HttpParts(app=app, close_streams=streams.stop)
