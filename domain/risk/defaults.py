"""Give a new tenant a set of limits under which a small first order passes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from domain.risk.rule import Action, Parameters, Rule, RuleType


@dataclass(frozen=True, slots=True, kw_only=True)
class _Default:
    name: str
    rule_type: RuleType
    threshold: Decimal
    action: Action = Action.BLOCK
    parameters: Parameters = field(default_factory=lambda: MappingProxyType({}))


_DEFAULTS = (
    _Default(
        name="Max Order Value",
        rule_type=RuleType.MAX_ORDER_VALUE,
        threshold=Decimal(25_000),
    ),
    _Default(
        name="Max Position Size",
        rule_type=RuleType.MAX_POSITION_SIZE,
        threshold=Decimal(50_000),
    ),
    _Default(
        name="Sector Concentration",
        rule_type=RuleType.SECTOR_CONCENTRATION,
        threshold=Decimal(25),
    ),
    _Default(
        name="Max Leverage",
        rule_type=RuleType.MAX_LEVERAGE,
        threshold=Decimal(2),
    ),
    _Default(
        name="Position Limit",
        rule_type=RuleType.POSITION_LIMIT,
        threshold=Decimal(50),
    ),
    _Default(
        name="Max Daily Loss",
        rule_type=RuleType.MAX_DAILY_LOSS,
        threshold=Decimal(5),
        parameters=MappingProxyType({"unit": "percent"}),
    ),
    _Default(
        name="Max Drawdown",
        rule_type=RuleType.MAX_DRAWDOWN,
        threshold=Decimal(20),
        action=Action.HALT,
    ),
    _Default(
        name="Price Collar",
        rule_type=RuleType.PRICE_COLLAR,
        threshold=Decimal(5),
        parameters=MappingProxyType({"dollars": "0.50"}),
    ),
    _Default(
        name="Duplicate Orders",
        rule_type=RuleType.DUPLICATE_ORDER,
        threshold=Decimal(5),
        parameters=MappingProxyType({"window_s": "10"}),
    ),
    _Default(
        name="Order Rate",
        rule_type=RuleType.ORDER_RATE,
        threshold=Decimal(100),
        parameters=MappingProxyType({"window_s": "1"}),
    ),
    _Default(
        name="Share of Daily Volume",
        rule_type=RuleType.MAX_ADV_PERCENT,
        threshold=Decimal(1),
        action=Action.WARN,
    ),
    _Default(
        # Four days: a long weekend between two daily prices is not stale.
        name="Stale Price",
        rule_type=RuleType.STALE_PRICE,
        threshold=Decimal(345_600),
    ),
)


def default_rules(*, tenant_id: UUID, at: datetime, new_id: Callable[[], UUID]) -> tuple[Rule, ...]:
    """Return the rules of a new tenant, every type but hours and restricted symbols.

    Money limits fit an account of some 100,000 in its currency; new_id returns rising ids.
    """
    return tuple(
        Rule(
            id=new_id(),
            tenant_id=tenant_id,
            name=default.name,
            rule_type=default.rule_type,
            threshold=default.threshold,
            action=default.action,
            parameters=default.parameters,
            created_at=at,
            updated_at=at,
        )
        for default in _DEFAULTS
    )
