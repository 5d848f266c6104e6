"""Hold what the HTTP edge may be told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How the server answers; sizes in bytes, times in seconds."""

    body_max: int = 1_048_576
    allowed_origins: tuple[str, ...] = ()
    metrics_public: bool = True
    docs: bool = True
    heartbeat_s: float = 15.0
    frame_max: int = 65_536
    buffer_max: int = 1_024
    ticket_s: float = 30.0
    connections_max: int = 2_000
