"""Hold that a strategy opens nothing more under a rule, until a person enables it again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.risk.strategies import strategy_name
from domain.shared.values import InvalidValue

REASON_LENGTH_MAX = 500
# The strategy of orders that name none.
NAMELESS = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyStop:
    """A strategy that a rule has stopped, and who enabled it again, where somebody has.

    Once enabled it stays as the mark from which on executions are counted anew.
    """

    id: UUID
    tenant_id: UUID
    rule_id: UUID
    strategy: str
    executions: int
    stopped_at: datetime
    enabled_at: datetime | None = None
    enabled_by: str = ""
    reason: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for an enabling that says nothing of why."""
        if self.enabled_at is not None and not 1 <= len(self.reason) <= REASON_LENGTH_MAX:
            raise InvalidValue(
                field="reason", problem=f"must be 1 to {REASON_LENGTH_MAX} characters"
            )

    @property
    def is_off(self) -> bool:
        """Whether the strategy opens nothing under the rule."""
        return self.enabled_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A strategy that has just met the limit of a rule that stops it."""

    tenant_id: UUID
    rule_id: UUID
    strategy: str
    executions: int


def stopped_as(strategy_id: str | None) -> str:
    """Return the name that a strategy is stopped under."""
    return NAMELESS if strategy_id is None else strategy_name(strategy_id)


def describe_stop(stop: StrategyStop) -> dict[str, str]:
    """List what the trail and the notices show."""
    return {
        "rule_id": str(stop.rule_id),
        "strategy": stop.strategy,
        "executions": str(stop.executions),
        "state": "off" if stop.is_off else "enabled",
        "reason": stop.reason,
    }
