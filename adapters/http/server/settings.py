"""Hold what the HTTP server may be told."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where the server listens, for whom and how long; times in seconds."""

    host: str = "127.0.0.1"
    port: int = 8000
    # Both in PEM; with neither it speaks plain HTTP.
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    # Networks of the proxies in front, whose connections are not counted.
    trusted_proxies: tuple[str, ...] = ()
    forwarded_header: str = "x-forwarded-for"
    connections_per_network: int = 1_000
    head_s: float = 10.0
    body_s: float = 30.0
    write_s: float = 30.0
    keep_alive_s: int = 75
    stop_s: float = 10.0

    def url(self, *, port: int | None = None) -> str:
        """Return where the server answers; port is the one taken, where any free one is asked."""
        scheme = "http" if self.tls_certificate is None else "https"
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{shown}:{self.port if port is None else port}"
