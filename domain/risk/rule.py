"""Hold risk rules as tenants define them: what is limited, where, and what a breach does."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from domain.risk.strategies import strategy_name
from domain.shared.values import ZERO, InvalidValue, checked_decimal, checked_symbol, plain

# Text values by name; a list of symbols is a tuple. Each rule type declares its own.
Parameters = Mapping[str, str | tuple[str, ...]]

NAME_LENGTH_MAX = 100


class RuleType(StrEnum):
    """What a rule limits."""

    MAX_POSITION_SIZE = "MAX_POSITION_SIZE"
    MAX_DAILY_LOSS = "MAX_DAILY_LOSS"
    MAX_DRAWDOWN = "MAX_DRAWDOWN"
    POSITION_LIMIT = "POSITION_LIMIT"
    MAX_LEVERAGE = "MAX_LEVERAGE"
    MAX_ORDER_VALUE = "MAX_ORDER_VALUE"
    PRICE_COLLAR = "PRICE_COLLAR"
    DUPLICATE_ORDER = "DUPLICATE_ORDER"
    ORDER_RATE = "ORDER_RATE"
    SECTOR_CONCENTRATION = "SECTOR_CONCENTRATION"
    RESTRICTED_SYMBOL = "RESTRICTED_SYMBOL"
    MARKET_HOURS = "MARKET_HOURS"
    MAX_ADV_PERCENT = "MAX_ADV_PERCENT"
    STALE_PRICE = "STALE_PRICE"
    MAX_OPEN_ORDERS = "MAX_OPEN_ORDERS"
    STOP_REQUIRED = "STOP_REQUIRED"
    LIQUIDITY = "LIQUIDITY"
    CORRELATION_LIMIT = "CORRELATION_LIMIT"
    VAR_LIMIT = "VAR_LIMIT"
    GROSS_CREDIT = "GROSS_CREDIT"
    LOSS_STREAK = "LOSS_STREAK"
    CANCEL_RATE = "CANCEL_RATE"
    SELF_TRADE = "SELF_TRADE"
    REPEAT_EXECUTION = "REPEAT_EXECUTION"


class Action(StrEnum):
    """What a breach does."""

    BLOCK = "BLOCK"  # the order is denied
    WARN = "WARN"  # the order passes with a warning
    REDUCE_ONLY = "REDUCE_ONLY"  # denied unless the order only reduces
    HALT = "HALT"  # denied, and the account is stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleScope:
    """Which orders a rule looks at; every field that is set must match."""

    account_id: UUID | None = None
    strategy_id: str | None = None
    symbol: str | None = None

    def __post_init__(self) -> None:
        if self.symbol is not None:
            checked_symbol(self.symbol, field="scope.symbol")
        if self.strategy_id is not None and not 1 <= len(self.strategy_id) <= 64:
            raise InvalidValue(field="scope.strategy_id", problem="must be 1 to 64 characters")
        if self.strategy_id is not None and not strategy_name(self.strategy_id):
            raise InvalidValue(field="scope.strategy_id", problem="must not be blank")

    def covers(self, *, account_id: UUID, strategy_id: str | None, symbol: str) -> bool:
        """Tell whether an order of this account, strategy and symbol is looked at.

        One that names no strategy may be of any: it is looked at, so that leaving the name out
        avoids no rule.
        """
        return (
            self.account_id in (None, account_id)
            and (
                self.strategy_id is None
                or strategy_id is None
                or strategy_name(self.strategy_id) == strategy_name(strategy_id)
            )
            and self.symbol in (None, symbol)
        )


# Every order of the tenant.
EVERYWHERE = RuleScope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule as stored. threshold's unit and the parameters are the rule type's own.

    Only plain consistency is checked here; domain.risk.rules.made checks the threshold
    and parameters against the type, and every rule passes it before it is stored.
    """

    id: UUID
    tenant_id: UUID
    name: str
    rule_type: RuleType
    threshold: Decimal
    action: Action
    created_at: datetime
    updated_at: datetime
    is_active: bool = True
    scope: RuleScope = EVERYWHERE
    parameters: Parameters = field(default_factory=lambda: MappingProxyType({}))
    version: int = 1
    # Instead of the threshold until that moment, which is decided by the time of each decision.
    override_threshold: Decimal | None = None
    override_until: datetime | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= NAME_LENGTH_MAX or not self.name.isprintable():
            raise InvalidValue(
                field="name", problem=f"must be 1 to {NAME_LENGTH_MAX} printable characters"
            )
        checked_decimal(self.threshold, field="threshold")
        if self.threshold < ZERO:
            raise InvalidValue(field="threshold", problem="must not be negative")
        if (self.override_threshold is None) is not (self.override_until is None):
            raise InvalidValue(field="override_until", problem="must come with override_threshold")

    def without_ended(self, now: datetime) -> "Rule":
        """Return the rule as it is to be shown at a moment: an override that is over is gone."""
        if self.override_until is None or now < self.override_until:
            return self
        return replace(self, override_threshold=None, override_until=None)

    def at(self, now: datetime) -> "Rule":
        """Return the rule as it is in force at a moment: with its override, or without one."""
        if self.override_threshold is None or self.override_until is None:
            return self
        in_force = self.override_threshold if now < self.override_until else self.threshold
        return replace(self, threshold=in_force, override_threshold=None, override_until=None)


def describe_rule(rule: Rule) -> dict[str, str]:
    """List what a reader of the risk stream needs to show the rule."""
    scope, until = rule.scope, rule.override_until
    return {
        "rule_id": str(rule.id),
        "name": rule.name,
        "rule_type": rule.rule_type.value,
        "threshold": plain(rule.threshold),
        "action": rule.action.value,
        "is_active": "true" if rule.is_active else "false",
        "scope.account_id": "" if scope.account_id is None else str(scope.account_id),
        "scope.strategy_id": scope.strategy_id or "",
        "scope.symbol": scope.symbol or "",
        "parameters": "; ".join(
            f"{name}={value if isinstance(value, str) else ','.join(value)}"
            for name, value in sorted(rule.parameters.items())
        ),
        "override": ""
        if until is None or rule.override_threshold is None
        else f"{plain(rule.override_threshold)} until {until.isoformat()}",
        "version": str(rule.version),
    }
