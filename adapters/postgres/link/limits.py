"""Say how many connections there may be, and how long anything may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLimits:
    """How many connections there may be, and how long anything may take."""

    pool_size_min: int = 2
    pool_size_max: int = 16
    system_size_max: int = 8
    connect_timeout_s: float = 5.0
    acquire_timeout_s: float = 2.0
    statement_timeout_s: float = 5.0
    lock_timeout_s: float = 2.0
    idle_in_transaction_timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if not 1 <= self.pool_size_min <= self.pool_size_max <= 500:
            raise ValueError(
                f"pool sizes must be 1 <= min <= max <= 500, not {self.pool_size_min} and "
                f"{self.pool_size_max}"
            )
        if not 1 <= self.system_size_max <= 500:
            raise ValueError(f"system_size_max must be 1 to 500, not {self.system_size_max}")
        for name in (
            "connect_timeout_s",
            "acquire_timeout_s",
            "statement_timeout_s",
            "lock_timeout_s",
            "idle_in_transaction_timeout_s",
        ):
            value: float = getattr(self, name)
            # Zero means "no limit" to Postgres, and everything here has one.
            if not 0.001 <= value <= 3600:
                raise ValueError(f"{name} must be 0.001 to 3600 seconds, not {value}")

    @property
    def client_timeout_s(self) -> float:
        """Return how long the client waits: the server's own limit speaks first."""
        return self.statement_timeout_s + 1.0

    @property
    def server_settings(self) -> dict[str, str]:
        """Return what a session is begun with."""
        return {
            "application_name": "ballast",
            "timezone": "UTC",
            "statement_timeout": _milliseconds(self.statement_timeout_s),
            "lock_timeout": _milliseconds(self.lock_timeout_s),
            "idle_in_transaction_session_timeout": _milliseconds(
                self.idle_in_transaction_timeout_s
            ),
        }


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
