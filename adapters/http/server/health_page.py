"""Answer for a worker's health and metrics on a port of its own."""

import json
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest

from ports.health import ComponentState, Health

_JSON = b"application/json"
_TEXT = b"text/plain; version=0.0.4; charset=utf-8"
# Nobody is to keep, frame or guess at what is told here.
_HEADERS = (
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
)


class HealthPage:
    """An ASGI application of four pages: /health, /health/live, /health/ready, /metrics."""

    def __init__(self, *, health: Health, registry: CollectorRegistry) -> None:
        self._health = health
        self._registry = registry

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; whatever else is asked for is not here."""
        if scope["type"] != "http":
            return
        reads = scope["method"] in ("GET", "HEAD")
        status, kind, body = self._page(scope["path"] if reads else "")
        length = (b"content-length", str(len(body)).encode())
        headers = [(b"content-type", kind), length, *_HEADERS]
        if status == 503:
            headers.append((b"retry-after", b"1"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        told = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": told})

    def _page(self, path: str) -> tuple[int, bytes, bytes]:
        match path:
            case "/health/live":
                return 200, _JSON, b'{"status":"live"}'
            case "/health" | "/health/ready":
                ready = self._health.is_ready()
                components = self._health.components()
                below = [one.name for one in components if one.state is not ComponentState.UP]
                well = "ready"
                if path == "/health":
                    well = "degraded" if below else "healthy"
                said = {"status": well if ready else "not ready", "degraded": below}
                return 200 if ready else 503, _JSON, json.dumps(said).encode()
            case "/metrics":
                return 200, _TEXT, generate_latest(self._registry)
            case _:
                return 404, _JSON, b'{"status":"no such page"}'
