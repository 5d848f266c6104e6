"""Answer for risk: rules, sizes, and what a portfolio stands to lose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from application.risk.add_default_rules import AddDefaultRules
from application.risk.apply_template import ApplyTemplate
from application.risk.calculate_position_size import CalculatePositionSize, SizeCommand, SizeFound
from application.risk.commands import (
    PortfolioRisk,
    RuleDeleted,
    RuleFields,
    RulePending,
    RuleStored,
    RuleTried,
    TryRule,
)
from application.risk.create_rule import Created, CreateOutcome, CreateRule
from application.risk.delete_rule import DeleteRule
from application.risk.override_rule import OverrideRule
from application.risk.portfolio_risk import CONFIDENCE, MeasurePortfolio
from application.risk.read_history import ReadHistory
from application.risk.read_rules import GetRule, ListRules
from application.risk.simulate_rules import SimulateRules
from application.risk.try_rule import TryRules
from application.risk.update_rule import UpdateRule
from application.shared.asker import Asker
from application.shared.change import Once
from domain.accounts.book_change import Reply
from domain.approvals.change import PendingChange
from domain.risk.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskUseCases:
    """Everything that can be asked of risk rules and of a portfolio's risk."""

    create_rule: CreateRule
    get_rule: GetRule
    list_rules: ListRules
    update_rule: UpdateRule
    delete_rule: DeleteRule
    try_rules: TryRules
    sizing: CalculatePositionSize
    portfolio: MeasurePortfolio
    defaults: AddDefaultRules
    override_rule: OverrideRule
    apply_template: ApplyTemplate
    history: ReadHistory
    simulations: SimulateRules

    async def create(
        self,
        fields: RuleFields,
        *,
        asker: Asker,
        reason: str = "",
        once: Once[Created] | None = None,
    ) -> CreateOutcome:
        """Make a rule; raises InvalidValue."""
        return await self.create_rule(fields, asker=asker, reason=reason, once=once)

    async def get(self, *, tenant_id: UUID, rule_id: UUID) -> Rule:
        """Return a rule; raises RuleNotFound."""
        return await self.get_rule(tenant_id=tenant_id, rule_id=rule_id)

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int = 50,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Rule]:
        """Return rules in the order they were made; with among, none of other accounts."""
        return await self.list_rules(tenant_id=tenant_id, limit=limit, after=after, among=among)

    async def update(
        self,
        fields: RuleFields,
        *,
        rule_id: UUID,
        asker: Asker,
        reason: str = "",
        expected_version: int | None = None,
        answer: Callable[[Rule | PendingChange], Reply] | None = None,
    ) -> RuleStored | RulePending:
        """Change a rule; raises RuleNotFound, Outdated and InvalidValue. See UpdateRule."""
        return await self.update_rule(
            fields,
            rule_id=rule_id,
            asker=asker,
            reason=reason,
            expected_version=expected_version,
            answer=answer,
        )

    async def delete(
        self,
        *,
        rule_id: UUID,
        asker: Asker,
        reason: str = "",
        expected_version: int | None = None,
        answer: Callable[[Rule | PendingChange], Reply] | None = None,
    ) -> RuleDeleted | RulePending:
        """Delete a rule; raises RuleNotFound, Outdated. See DeleteRule."""
        return await self.delete_rule(
            rule_id=rule_id,
            asker=asker,
            reason=reason,
            expected_version=expected_version,
            answer=answer,
        )

    async def test(self, command: TryRule) -> RuleTried:
        """Try a rule on a made-up order; raises InvalidValue and AccountNotFound."""
        return await self.try_rules(command)

    async def calculate_position_size(self, command: SizeCommand) -> SizeFound:
        """Size a position; raises InvalidValue and AccountNotFound."""
        return await self.sizing(command)

    async def portfolio_risk(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None = None,
        among: frozenset[UUID] | None = None,
        confidence: Decimal = CONFIDENCE,
        horizon_days: int = 1,
    ) -> PortfolioRisk:
        """Measure a portfolio; raises AccountNotFound and InvalidValue."""
        return await self.portfolio(
            tenant_id=tenant_id,
            account_id=account_id,
            among=among,
            confidence=confidence,
            horizon_days=horizon_days,
        )

    async def add_default_rules(self, *, asker: Asker) -> Sequence[Rule]:
        """Give a tenant without rules its first ones."""
        return await self.defaults(asker=asker)
