"""Hold what the HTTP edge may be told."""

from dataclasses import dataclass, field

from adapters.http.clients import FORWARDED_FOR
from adapters.http.hosts import LOOPBACK_NAMES
from adapters.http.rates import Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How the server answers; sizes in bytes, times in seconds.

    buffer_max counts the events that may wait for one WebSocket reader; messages_per_s
    and messages_burst limit what one may send.
    """

    body_max: int = 1_048_576
    # Literal origins that browsers may call from; the server's own needs no entry.
    allowed_origins: tuple[str, ...] = ()
    # Names and addresses that requests may call us by; "*." opens what is below a name.
    allowed_hosts: tuple[str, ...] = LOOPBACK_NAMES
    # Whether every literal address is one of ours.
    any_address: bool = False
    # Networks of the proxies in front, and the header in which they say for whom they ask.
    trusted_proxies: tuple[str, ...] = ()
    forwarded_header: str = FORWARDED_FOR
    rates: Rates = field(default=Rates())
    # How long a read may take; what changes something is never cut off.
    request_s: float = 30.0
    metrics_public: bool = False
    docs: bool = True
    console: bool = True
    # One log event an answer.
    access_log: bool = True
    # For so long it counts that somebody showed who they are.
    step_up_s: int = 300
    heartbeat_s: float = 15.0
    frame_max: int = 65_536
    buffer_max: int = 1_024
    ticket_s: float = 30.0
    # WebSockets that are open at once: in all, for a network, for a user.
    websockets_max: int = 2_000
    websockets_per_network: int = 500
    websockets_per_user: int = 100
    subscriptions_max: int = 64
    messages_per_s: float = 20.0
    messages_burst: int = 100
    # How long the peer may take to close, or to make room, before it is dropped.
    close_s: float = 5.0
