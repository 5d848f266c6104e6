"""List the settings of strategies."""

from dataclasses import dataclass

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySettings:
    """People's own strategy classes: what each may take in its process."""

    own_answer_s: float = setting(
        2.0,
        "Seconds after which an own class that has not answered is killed.",
        low=0.01,
        high=600,
    )
    own_start_s: float = setting(
        20.0, "Seconds in which an own class must be loaded.", low=0.1, high=600
    )
    own_memory_mib: int = setting(
        512, "Memory that an own class may take beyond its interpreter.", low=16, high=65_536
    )
