"""Count who is connected; when places run out, whoever says nothing gives theirs up."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as Counts

from domain.identity.session import Visitor

# Of all places of a process, so many are for this machine alone: whoever stands at it can
# stop trading, however many others are connected.
LOOPBACK_RESERVE = 32


@dataclass(slots=True, eq=False)
class Seat:
    """One connection, over HTTP and as the WebSocket that it becomes."""

    network: str
    is_local: bool
    # There is no place left for it: it is told so and closed.
    is_too_many: bool
    hang_up: Callable[[], None]
    _connection_limits: "ConnectionLimits"
    _gone: bool = False

    def leave(self) -> None:
        """Give the place back, once."""
        if not self._gone:
            self._gone = True
            self._connection_limits.left(self)

    def asked(self) -> None:
        """Have asked something whole: it is our turn, and the place is kept."""
        self._connection_limits.kept(self)

    def rests(self) -> None:
        """Have nothing in hand with us: it is the client's turn, and others may need the place."""
        if not self._gone:
            self._connection_limits.resting(self)


class ConnectionLimits:
    """Who is connected, by network: an IPv4 address or an IPv6 /64.

    per_network is how many may be at once, in_all how many of all networks. Where no place
    is left, the connection whose client has said nothing for longest gives its own to the
    newcomer; one is turned away only where all are at work. Behind a trusted proxy
    everybody has its address: its own limits hold there, and those on WebSockets, which
    look through it.
    """

    def __init__(
        self,
        *,
        per_network: int,
        in_all: int | None = None,
        is_proxy: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._per_network = per_network
        self._in_all = in_all
        self._is_proxy = is_proxy
        self._open: Counter[str] = Counter()
        # Those whose turn it is, by network, in the order in which they began to rest.
        self._resting: dict[str, dict[Seat, None]] = {}
        self._connected = 0
        self._on_refusal: Callable[[], None] = lambda: None
        self._on_displaced: Callable[[], None] = lambda: None
        self._on_fumble: Callable[[], None] = lambda: None

    def show(self, registry: CollectorRegistry) -> None:
        """Show the figures among the metrics."""
        connected = Gauge(
            "ballast_http_connections_open", "Connections that are open.", registry=registry
        )
        connected.set_function(lambda: self._connected)
        refused = Counts(
            "ballast_http_connections_refused_total",
            "Connections closed because no place was left for them.",
            registry=registry,
        )
        self._on_refusal = refused.inc
        displaced = Counts(
            "ballast_http_connections_displaced_total",
            "Connections closed, while they said nothing, for others that needed their place.",
            registry=registry,
        )
        self._on_displaced = displaced.inc
        fumbled = Counts(
            "ballast_websocket_malformed_total",
            "Requests for a WebSocket that were no handshake.",
            registry=registry,
        )
        self._on_fumble = fumbled.inc

    def fumbled(self) -> None:
        """Count a request for a WebSocket that is no handshake."""
        self._on_fumble()

    def enter(self, address: str, *, hang_up: Callable[[], None] = lambda: None) -> Seat:
        """Count a connection that has just been made; hang_up ends it at once."""
        network = Visitor(ip=address).network
        is_local = _is_loopback(address)
        too_many = not self._has_place(network, address=address, is_local=is_local)
        if too_many:
            self._on_refusal()
        self._open[network] += 1
        self._connected += 1
        seat = Seat(network, is_local, too_many, hang_up, self)
        if not too_many:
            # Nothing was asked yet.
            self.resting(seat)
        return seat

    def _has_place(self, network: str, *, address: str, is_local: bool) -> bool:
        full = self._open[network] >= self._per_network and not self._is_proxy(address)
        if full and not self._displace(network):
            return False
        if self._in_all is None:
            return True
        left = self._in_all - self._connected
        if left > (0 if is_local else LOOPBACK_RESERVE):
            return True
        # Nobody from elsewhere takes a place from this machine.
        rest = (
            name
            for name, connection_limits in self._resting.items()
            if is_local or _strange(connection_limits)
        )
        return self._displace(next(rest, None))

    def _displace(self, network: str | None) -> bool:
        resting = self._resting.get(network) if network is not None else None
        if resting is None:
            return False
        longest = next(iter(resting))
        longest.leave()
        longest.hang_up()
        self._on_displaced()
        return True

    def crowds(self, seat: Seat) -> bool:
        """Tell whether there are so many too many that no more of them are told why."""
        if not seat.is_too_many:
            return False
        return self._open[seat.network] > self._per_network * 2 or (
            self._in_all is not None and self._connected > self._in_all - LOOPBACK_RESERVE
        )

    def resting(self, seat: Seat) -> None:
        """Put a guest behind those that rest already."""
        self._resting.setdefault(seat.network, {})[seat] = None

    def kept(self, seat: Seat) -> None:
        """Take a guest from among those that rest."""
        resting = self._resting.get(seat.network)
        if resting is not None and seat in resting:
            del resting[seat]
            if not resting:
                del self._resting[seat.network]

    def left(self, seat: Seat) -> None:
        """Take a guest from among all."""
        self.kept(seat)
        self._connected -= 1
        self._open[seat.network] -= 1
        if not self._open[seat.network]:
            del self._open[seat.network]


def _strange(connection_limits: dict[Seat, None]) -> bool:
    return not next(iter(connection_limits)).is_local


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
