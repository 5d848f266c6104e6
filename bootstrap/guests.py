"""Count who is connected, and let no network take every place."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as Counts

from domain.identity.session import Visitor


@dataclass(slots=True, eq=False)
class Guest:
    """One connection, over HTTP and as the WebSocket that it becomes."""

    network: str
    # Its network has no place left: it is told so and closed.
    is_too_many: bool
    _let_go: Callable[["Guest"], None]
    _gone: bool = False

    def leave(self) -> None:
        """Give the place back, once."""
        if not self._gone:
            self._gone = True
            self._let_go(self)


class Guests:
    """Who is connected, by network: an IPv4 address or an IPv6 /64.

    per_network is how many may be at once. Behind a trusted proxy everybody has its address:
    its own limits hold there, and those on WebSockets, which look through it.
    """

    def __init__(
        self, *, per_network: int, is_proxy: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._per_network = per_network
        self._is_proxy = is_proxy
        self._open: Counter[str] = Counter()
        self._connected = 0
        self._on_refusal: Callable[[], None] = lambda: None
        self._on_fumble: Callable[[], None] = lambda: None

    def show(self, registry: CollectorRegistry) -> None:
        """Show the figures among the metrics."""
        connected = Gauge(
            "ballast_http_connections_open", "Connections that are open.", registry=registry
        )
        connected.set_function(lambda: self._connected)
        refused = Counts(
            "ballast_http_connections_refused_total",
            "Connections closed because their network had as many open as it may have.",
            registry=registry,
        )
        self._on_refusal = refused.inc
        fumbled = Counts(
            "ballast_websocket_malformed_total",
            "Requests for a WebSocket that were no handshake.",
            registry=registry,
        )
        self._on_fumble = fumbled.inc

    def fumbled(self) -> None:
        """Count a request for a WebSocket that is no handshake."""
        self._on_fumble()

    def enter(self, address: str) -> Guest:
        """Count a connection that has just been made."""
        network = Visitor(ip=address).network
        too_many = self._open[network] >= self._per_network and not self._is_proxy(address)
        if too_many:
            self._on_refusal()
        self._open[network] += 1
        self._connected += 1
        return Guest(network, too_many, self._leave)

    def crowds(self, guest: Guest) -> bool:
        """Tell whether a network has so many too many that no more of them are told why."""
        return guest.is_too_many and self._open[guest.network] > self._per_network * 2

    def _leave(self, guest: Guest) -> None:
        self._connected -= 1
        self._open[guest.network] -= 1
        if not self._open[guest.network]:
            del self._open[guest.network]
