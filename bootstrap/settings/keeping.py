"""List the settings of what is watched, and of how long things are kept."""

from dataclasses import dataclass

from adapters.settings.field import setting

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """Watching Kafka, its consumers and the agents."""

    every_s: float = setting(1.0, "Seconds between two looks.", low=0.1, high=60)
    prefix: str = setting("ballast.", "Watched are topics whose name begins so.")
    latency_ms_max: float = setting(
        200.0, "An alarm is raised when a topic's latency (p99) is above.", low=1, high=60_000
    )
    lag_max: int = setting(
        2_000, "An alarm is raised when a group's lag is above.", low=0, high=1_000_000_000
    )
    quiet_s: float = setting(
        10.0,
        "Seconds without a commit before a consumer with a lag can count as stopped.",
        low=1,
        high=3_600,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long it is kept what repeated requests are known by."""

    # More than the longest lifetime of a command and the largest skew: once its answer is
    # gone, a command that comes again has expired, and nothing is carried out twice.
    answers_h: int = setting(
        336,
        "Hours for which the answers to idempotency keys and commands are kept; make it longer"
        " than Kafka keeps the commands, and a late repetition still gets its answer.",
        low=25,
        high=87_600,
    )
