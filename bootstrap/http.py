"""Put the application behind HTTP."""

from typing import Any

from adapters.http.app import build_app
from adapters.http.facades import Facades
from adapters.http.settings import HttpSettings as EdgeSettings
from bootstrap.container import Parts


def build_http(parts: Parts) -> Any:
    """Return the ASGI application over the parts' facades."""
    own = parts.settings.http
    facades = Facades(
        identity=parts.identity.facade,
        accounts=parts.accounts.facade,
        orders=parts.orders.facade,
        risk=parts.risk.facade,
        kill_switch=parts.kill_switch.facade,
        market=parts.market.facade,
        streams=parts.streams.facade,
        health=parts.health,
        keys=parts.storage.keys,
        clock=parts.system.clock,
        randomness=parts.system.randomness,
    )
    settings = EdgeSettings(
        body_max=own.body_bytes_max,
        allowed_origins=own.allowed_origins,
        metrics_public=own.metrics_public,
        docs=own.docs,
    )
    return build_app(facades, settings=settings, registry=parts.metrics.registry)
