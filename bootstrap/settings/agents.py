"""List the settings of trading agents."""

from dataclasses import dataclass

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Agents that trade for a tenant."""

    per_tenant_max: int = setting(
        1_000, "Agents that one tenant may have, heard or registered.", low=1, high=10_000
    )
