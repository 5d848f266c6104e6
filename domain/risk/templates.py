"""Hold sets of limits to begin with, each for one way of trading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from domain.risk.rule import EVERYWHERE, Action, Parameters, Rule, RuleType


class TemplateName(StrEnum):
    """Which templates there are."""

    CONSERVATIVE = "conservative"
    BALANCED = "balanced"
    DAY_TRADING = "day_trading"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRule:
    """One limit of a template, over all accounts."""

    name: str
    rule_type: RuleType
    threshold: Decimal
    action: Action = Action.BLOCK
    parameters: Parameters = field(default_factory=lambda: MappingProxyType({}))

    def rule(self, *, id: UUID, tenant_id: UUID, at: datetime) -> Rule:
        """Return the limit as a new rule."""
        return Rule(
            id=id,
            tenant_id=tenant_id,
            name=self.name,
            rule_type=self.rule_type,
            threshold=self.threshold,
            action=self.action,
            parameters=self.parameters,
            created_at=at,
            updated_at=at,
        )

    def is_of(self, rule: Rule) -> bool:
        """Tell whether a rule is the one that this limit replaces."""
        same = rule.rule_type is self.rule_type and rule.scope == EVERYWHERE
        return same and rule.name == self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTemplate:
    """A set of limits; money is of an account of some 100,000 in its currency."""

    name: TemplateName
    summary: str
    rules: Sequence[TemplateRule]


# What each template says of each limit: threshold by template, in their order.
_LIMITS: tuple[tuple[str, RuleType, tuple[str, str, str], Action, dict[str, str]], ...] = (
    ("Max Order Value", RuleType.MAX_ORDER_VALUE, ("10000", "25000", "25000"), Action.BLOCK, {}),
    (
        "Max Position Size",
        RuleType.MAX_POSITION_SIZE,
        ("20000", "50000", "50000"),
        Action.BLOCK,
        {},
    ),
    (
        "Sector Concentration",
        RuleType.SECTOR_CONCENTRATION,
        ("20", "25", "100"),
        Action.BLOCK,
        {},
    ),
    ("Max Leverage", RuleType.MAX_LEVERAGE, ("1", "2", "4"), Action.BLOCK, {}),
    ("Position Limit", RuleType.POSITION_LIMIT, ("25", "50", "20"), Action.BLOCK, {}),
    (
        "Max Daily Loss",
        RuleType.MAX_DAILY_LOSS,
        ("2", "5", "3"),
        Action.BLOCK,
        {"unit": "percent"},
    ),
    ("Max Drawdown", RuleType.MAX_DRAWDOWN, ("10", "20", "15"), Action.HALT, {}),
    ("Price Collar", RuleType.PRICE_COLLAR, ("2", "5", "3"), Action.BLOCK, {"dollars": "0.50"}),
    (
        "Duplicate Orders",
        RuleType.DUPLICATE_ORDER,
        ("3", "5", "10"),
        Action.BLOCK,
        {"window_s": "10"},
    ),
    ("Order Rate", RuleType.ORDER_RATE, ("20", "100", "200"), Action.BLOCK, {"window_s": "1"}),
    ("Share of Daily Volume", RuleType.MAX_ADV_PERCENT, ("1", "1", "1"), Action.WARN, {}),
    # Four days: a long weekend between two daily prices is not stale. Who trades within the day
    # trades on prices of the day.
    ("Stale Price", RuleType.STALE_PRICE, ("345600", "345600", "60"), Action.BLOCK, {}),
)
_SUMMARIES = {
    TemplateName.CONSERVATIVE: "Small positions, nothing borrowed; stops 10 % under the peak.",
    TemplateName.BALANCED: "What a new tenant begins with.",
    TemplateName.DAY_TRADING: "Few positions within the day, at four times the equity at most.",
}


def _template(place: int, name: TemplateName) -> RuleTemplate:
    return RuleTemplate(
        name=name,
        summary=_SUMMARIES[name],
        rules=tuple(
            TemplateRule(
                name=title,
                rule_type=rule_type,
                threshold=Decimal(thresholds[place]),
                action=action,
                parameters=MappingProxyType(dict(parameters)),
            )
            for title, rule_type, thresholds, action, parameters in _LIMITS
        ),
    )


TEMPLATES: Mapping[TemplateName, RuleTemplate] = MappingProxyType(
    {name: _template(place, name) for place, name in enumerate(TemplateName)}
)
