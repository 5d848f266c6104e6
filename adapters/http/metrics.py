"""Count requests for Prometheus."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class HttpMetrics:
    """Requests by method, route and status with their latency in seconds, and WebSockets."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._requests = Counter(
            "ballast_http_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "ballast_http_request_seconds",
            "Time to answer, seconds.",
            ("method", "route"),
            registry=registry,
            buckets=_BUCKETS,
        )
        self._websockets = Gauge(
            "ballast_websockets_open", "WebSockets that are open.", registry=registry
        )
        self._refused = Counter(
            "ballast_websocket_refusals_total",
            "WebSocket handshakes that were refused, by the kind of problem.",
            ("reason",),
            registry=registry,
        )
        self._kept: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, *, method: str, route: str, status: int, s: float) -> None:
        """Count one answered request."""
        key = (method, route, status)
        kept = self._kept.get(key)
        if kept is None:
            kept = (
                self._requests.labels(method, route, str(status)),
                self._seconds.labels(method, route),
            )
            self._kept[key] = kept
        kept[0].inc()
        kept[1].observe(s)

    def watch_websockets(self, count: Callable[[], int]) -> None:
        """Show how many WebSockets are open, whenever the metrics are asked for."""
        self._websockets.set_function(count)

    def refused_websocket(self, reason: str) -> None:
        """Count one handshake that was refused; reason is the kind of problem."""
        self._refused.labels(reason).inc()

    def page(self) -> bytes:
        """Return the metrics in Prometheus' text form."""
        return generate_latest(self.registry)
