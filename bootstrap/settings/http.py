"""List the settings of the edge: where it listens, whom it answers, how much and how long."""

from dataclasses import dataclass
from pathlib import Path

from adapters.http.server.settings import ServerSettings
from bootstrap.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Where and to whom the server answers."""

    host: str = setting("127.0.0.1", "The address to listen on.")
    port: int = setting(8000, "The port to listen on; 0 takes a free one.", low=0, high=65_535)
    allowed_hosts: tuple[str, ...] = setting(
        (),
        "Names and addresses that requests may call the server by, such as desk.example.com or"
        " *.example.com; loopback names and http.host always may. Without any, a server that"
        " listens on all addresses answers to any address, and to no name but loopback's.",
    )
    allowed_origins: tuple[str, ...] = setting(
        (), "Origins that browsers may call from, such as https://desk.example.com."
    )
    trusted_proxies: tuple[str, ...] = setting(
        (),
        "Networks of the proxies in front, such as 10.0.0.0/8; of nobody else is it believed for"
        " whom they ask.",
    )
    forwarded_header: str = setting(
        "x-forwarded-for",
        "The header in which those proxies say so; the other one is ignored.",
        choices=("x-forwarded-for", "forwarded"),
    )
    tls_certificate: Path | None = setting(
        None,
        "The server's certificate with those between it and its authority (PEM): the server"
        " speaks HTTPS and WSS itself, TLS 1.2 or newer. Read again when it changes.",
    )
    tls_key: Path | None = setting(None, "That certificate's key (PEM), not readable by everyone.")
    plain: bool = setting(
        False,
        "Speak plain HTTP to other machines all the same: what is sent there is private by other"
        " means, such as a container's own network or a mesh.",
    )
    connections_per_network: int = setting(
        1_000,
        "Connections that a network (an IPv4 address, an IPv6 /64) may have open at once, with"
        " each process; those of trusted proxies are not counted.",
        low=1,
        high=1_000_000,
    )
    websockets_max: int = setting(
        2_000, "WebSockets that may be open at once, with each process.", low=1, high=1_000_000
    )
    websockets_per_network: int = setting(
        500, "The same for a network, through trusted proxies.", low=1, high=1_000_000
    )
    websockets_per_user: int = setting(100, "The same for a user.", low=1, high=1_000_000)
    console: bool = setting(True, "Serve the console in the browser.")
    docs: bool = setting(True, "Serve the OpenAPI document and its page.")
    metrics_public: bool = setting(False, "Serve /metrics without a token.")
    body_bytes_max: int = setting(
        1_048_576, "The largest request body.", low=1_024, high=16_777_216
    )
    head_s: float = setting(
        10.0, "How long a request's line and headers may take to arrive.", low=0.5, high=120
    )
    body_s: float = setting(30.0, "How long a request's body may take to arrive.", low=1, high=600)
    write_s: float = setting(
        30.0, "How long a client may leave an answer unread before it is cut off.", low=1, high=600
    )
    request_s: float = setting(
        30.0,
        "How long a read may take to be answered; what changes something is never cut off.",
        low=0.5,
        high=600,
    )
    keep_alive_s: int = setting(
        75,
        "How long an idle connection is kept; longer than a proxy in front does.",
        low=1,
        high=600,
    )
    stop_s: float = setting(
        10.0, "How long requests and sends in hand may take at shutdown.", low=0.1, high=20.0
    )


def url_of(settings: HttpSettings) -> str:
    """Return where the server of these settings answers."""
    return server_settings(settings).url()


def server_settings(settings: HttpSettings) -> ServerSettings:
    """Return what the server is told."""
    return ServerSettings(
        host=settings.host,
        port=settings.port,
        tls_certificate=settings.tls_certificate,
        tls_key=settings.tls_key,
        trusted_proxies=settings.trusted_proxies,
        forwarded_header=settings.forwarded_header,
        connections_per_network=settings.connections_per_network,
        head_s=settings.head_s,
        body_s=settings.body_s,
        write_s=settings.write_s,
        keep_alive_s=settings.keep_alive_s,
        stop_s=settings.stop_s,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSettings:
    """How much anyone may ask: so many a second in the long run, so many at once."""

    auth_per_s: float = setting(
        50.0, "Under /api/v1/auth: for a network, or a user who is in.", low=0.1, high=1_000_000
    )
    auth_burst: int = setting(1_000, "The same at once.", low=1, high=10_000_000)
    open_per_s: float = setting(
        200.0,
        "Whatever is asked without a token that holds: for a network.",
        low=0.1,
        high=1_000_000,
    )
    open_burst: int = setting(5_000, "The same at once.", low=1, high=10_000_000)
    orders_per_s: float = setting(
        5_000.0,
        "Placing, changing and previewing orders: for a user. Cancels, the activation of the"
        " kill switch and pausing an agent have no limit.",
        low=0.1,
        high=1_000_000,
    )
    orders_burst: int = setting(20_000, "The same at once.", low=1, high=10_000_000)
    changes_per_s: float = setting(
        1_000.0, "Whatever else changes something: for a user.", low=0.1, high=1_000_000
    )
    changes_burst: int = setting(10_000, "The same at once.", low=1, high=10_000_000)
    reads_per_s: float = setting(5_000.0, "Reading: for a user.", low=0.1, high=1_000_000)
    reads_burst: int = setting(20_000, "The same at once.", low=1, high=10_000_000)
    shared: tuple[str, ...] = setting(
        ("auth", "changes", "open"),
        "The groups that are counted over all processes where there is a Redis; each process"
        " counts the others by itself.",
    )
