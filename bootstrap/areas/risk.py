"""Build the risk gate and the rules it judges by."""

from dataclasses import dataclass
from uuid import UUID

from application.orders.gatekeeper import Gatekeeper
from application.risk.add_default_rules import AddDefaultRules
from application.risk.commands import RiskAsker
from application.risk.deps import RuleDesk
from application.risk.facade import RiskUseCases
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.market import Market
from bootstrap.storage import Storage
from bootstrap.system import System

FOUNDER = "ballast"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskParts:
    """The gate, the rules' facade, and what gives a tenant its first rules."""

    gatekeeper: Gatekeeper
    facade: RiskUseCases
    add_default_rules: AddDefaultRules

    async def furnish(self, tenant_id: UUID) -> None:
        """Give a new tenant the default rules."""
        await self.add_default_rules(asker=RiskAsker(tenant_id=tenant_id, actor=FOUNDER))


def build_gatekeeper(storage: Storage, market: Market) -> Gatekeeper:
    """Build the gate over the market's latest prices."""
    return Gatekeeper(
        rule_sets=storage.rule_sets,
        instruments=market.instruments,
        market=market.view,
        calendars=market.calendars,
    )
