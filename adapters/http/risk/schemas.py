"""Show risk rules on the wire, and read what is asked of them."""

from decimal import Decimal
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.orders.schemas import LegBody
from adapters.http.wire import id_of, moment, rounded, text_of
from application.risk.calculate_position_size import (
    FixedRisk,
    Kelly,
    SizeBase,
    SizeCommand,
    VolatilityTarget,
)
from application.risk.commands import RuleFields
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.risk.sizing import PositionSize
from domain.shared.values import InvalidValue, plain

Value = bool | int | float | str | list[str]


class ScopeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which orders a rule looks at; what is left out matches all."""

    account_id: UUID | None = None
    strategy_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    symbol: Annotated[str, Meta(min_length=1, max_length=32)] | None = None


class RuleBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rule as a person writes it; parameters are the rule type's own."""

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["Max Daily Loss"])]
    rule_type: RuleType
    threshold: Annotated[Decimal, Meta(examples=["500.00"])]
    action: Action = Action.BLOCK
    is_active: bool = True
    scope: ScopeBody = msgspec.field(default_factory=ScopeBody)
    parameters: dict[str, Value] = msgspec.field(default_factory=dict)

    def fields(self) -> RuleFields:
        """Return the rule's fields; raises InvalidValue."""
        return RuleFields(
            name=self.name,
            rule_type=self.rule_type,
            threshold=self.threshold,
            action=self.action,
            is_active=self.is_active,
            scope=RuleScope(
                account_id=self.scope.account_id,
                strategy_id=self.scope.strategy_id,
                symbol=self.scope.symbol,
            ),
            parameters=MappingProxyType(
                {name: _parameter(name, value) for name, value in self.parameters.items()}
            ),
        )


def _parameter(name: str, value: Value) -> str | tuple[str, ...]:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            # The shortest text that reads back as this number is what the client wrote.
            number = Decimal(str(value))
            if not number.is_finite():
                raise InvalidValue(field=f"parameters.{name}", problem="must be a finite number")
            return plain(number)
        case str():
            return value
        case _:
            return tuple(value)


class TryBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rule and an order that nobody sends: what would the rule say?"""

    account_id: UUID
    rule: RuleBody
    order: LegBody
    strategy_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class _SizeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="method"):
    symbol: Annotated[str, Meta(min_length=1, max_length=32)]
    account_id: UUID | None = None
    equity: Decimal | None = None
    price: Decimal | None = None
    fx: Decimal = Decimal(1)

    def base(self, tenant_id: UUID) -> SizeBase:
        """Return what every method needs."""
        return SizeBase(
            tenant_id=tenant_id,
            symbol=self.symbol,
            account_id=self.account_id,
            equity=self.equity,
            price=self.price,
            fx=self.fx,
        )


class FixedRiskBody(_SizeBody, tag="fixed_risk", kw_only=True):
    """Lose at most `risk` (a fraction of equity) when the stop is hit."""

    stop: Decimal
    risk: Decimal
    commission: Decimal = Decimal(0)


class KellyBody(_SizeBody, tag="kelly", kw_only=True):
    """Stake a fraction of the Kelly share, at most `cap` of equity."""

    win_probability: Decimal
    payoff: Decimal
    fraction: Decimal = Decimal(1)
    cap: Decimal = Decimal(1)


class VolatilityBody(_SizeBody, tag="volatility", kw_only=True):
    """Hold what brings the position's yearly volatility to `target`."""

    target: Decimal
    volatility: Decimal | None = None
    cap: Decimal = Decimal(1)


SizeBody = FixedRiskBody | KellyBody | VolatilityBody


def size_command(body: SizeBody, *, tenant_id: UUID) -> SizeCommand:
    """Return the command of a sizing request."""
    base = body.base(tenant_id)
    match body:
        case FixedRiskBody():
            return FixedRisk(base=base, stop=body.stop, risk=body.risk, commission=body.commission)
        case KellyBody():
            return Kelly(
                base=base,
                win_probability=body.win_probability,
                payoff=body.payoff,
                fraction=body.fraction,
                cap=body.cap,
            )
        case VolatilityBody():
            return VolatilityTarget(
                base=base, target=body.target, volatility=body.volatility, cap=body.cap
            )


class ScopeView(msgspec.Struct):
    """Which orders a rule looks at."""

    account_id: str | None
    strategy_id: str | None
    symbol: str | None


class RuleView(msgspec.Struct, kw_only=True):
    """A rule as it is in force."""

    id: str
    name: str
    rule_type: str
    threshold: str
    action: str
    is_active: bool
    scope: ScopeView
    parameters: dict[str, str | list[str]]
    version: int
    created_at: str
    updated_at: str


class RulePage(msgspec.Struct):
    """A page of rules, in the order they were made."""

    items: list[RuleView]
    next_cursor: str | None


class SizeView(msgspec.Struct):
    """A position's size: units rounded down to the lot, and what it is worth and risks."""

    quantity: str
    exact: str | None
    value: str | None
    share: str | None
    risked: str | None


def rule_view(rule: Rule) -> RuleView:
    """Show a rule."""
    return RuleView(
        id=str(rule.id),
        name=rule.name,
        rule_type=rule.rule_type.value,
        threshold=str(text_of(rule.threshold)),
        action=rule.action.value,
        is_active=rule.is_active,
        scope=ScopeView(
            account_id=id_of(rule.scope.account_id),
            strategy_id=rule.scope.strategy_id,
            symbol=rule.scope.symbol,
        ),
        parameters={
            name: value if isinstance(value, str) else list(value)
            for name, value in rule.parameters.items()
        },
        version=rule.version,
        created_at=moment(rule.created_at),
        updated_at=moment(rule.updated_at),
    )


def size_view(size: PositionSize) -> SizeView:
    """Show a position's size."""
    return SizeView(
        quantity=str(text_of(size.quantity)),
        exact=rounded(size.exact),
        value=rounded(size.value),
        share=rounded(size.share),
        risked=rounded(size.risked),
    )
