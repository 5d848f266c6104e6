"""Say what can be asked of risk rules and what comes back."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from domain.approvals.change import PendingChange
from domain.orders.terms import OrderTerms
from domain.risk.portfolio import Correlation, Exposure, ValueAtRisk
from domain.risk.rule import EVERYWHERE, Action, Parameters, Rule, RuleScope, RuleType
from domain.risk.verdict import Headroom, Reason
from domain.shared.refusals import Absent


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFields:
    """A rule as a person writes it."""

    name: str
    rule_type: RuleType
    threshold: Decimal
    action: Action = Action.BLOCK
    is_active: bool = True
    scope: RuleScope = EVERYWHERE
    parameters: Parameters = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStored:
    """The rule is in force."""

    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePending:
    """The change loosens a limit: it waits for a second look, and the rule is as it was."""

    change: PendingChange


@dataclass(frozen=True, slots=True)
class RuleDeleted:
    """The rule is gone."""


@dataclass(frozen=True, slots=True)
class TooManyRules:
    """The tenant has as many rules as there may be."""

    allowed: int


class RuleNotFound(Absent):
    """There is no such rule, or it is another tenant's."""

    def __init__(self, rule_id: UUID) -> None:
        super().__init__(f"risk rule {rule_id} does not exist")
        self.rule_id = rule_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRule:
    """What a rule, stored or not, would say to an order that nobody sends."""

    tenant_id: UUID
    account_id: UUID
    terms: OrderTerms
    fields: RuleFields
    strategy_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTried:
    """The rule's answer: applies says whether it looks at such orders at all.

    reasons are what this rule alone would deny for, headroom what it measured.
    """

    applies: bool
    approved: bool
    reasons: tuple[Reason, ...]
    headroom: Headroom | None
    halts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioRisk:
    """The risk of one account, or of all accounts of a tenant in one currency.

    Money is in `currency`. A figure is None when `missing` names what it needs;
    drawdown is a fraction of the peak, daily_pnl counts open profit and loss.
    """

    currency: str
    accounts: tuple[UUID, ...]
    as_of: datetime
    equity: Decimal | None
    total: Exposure
    by_symbol: tuple[tuple[str, Exposure], ...]
    by_sector: tuple[tuple[str, Exposure], ...]
    leverage: Decimal | None
    daily_pnl: Decimal | None
    peak_equity: Decimal
    drawdown: Decimal | None
    value_at_risk: ValueAtRisk | None
    correlation: Correlation | None
    missing: tuple[str, ...]
