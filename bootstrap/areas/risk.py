"""Build the risk gate and the rules it judges by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from application.orders.gatekeeper import Gatekeeper
from application.orders.messages_ahead import MessagesAhead
from application.risk.add_default_rules import AddDefaultRules
from application.risk.calculate_position_size import CalculatePositionSize
from application.risk.commands import RiskAsker
from application.risk.create_rule import CreateRule
from application.risk.delete_rule import DeleteRule
from application.risk.deps import RuleDesk
from application.risk.facade import RiskUseCases
from application.risk.portfolio_risk import MeasurePortfolio
from application.risk.read_rules import GetRule, ListRules
from application.risk.try_rule import TryRules
from application.risk.update_rule import UpdateRule
from application.risk.watch_limits import LimitWatch
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.market import Market
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.risk.commission import CommissionSchedule
from ports.halts import RaiseHalt

FOUNDER = "ballast"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskParts:
    """The rules' facade, and what watches limits between orders."""

    facade: RiskUseCases
    watch: LimitWatch

    async def furnish(self, tenant_id: UUID) -> None:
        """Give a new tenant the default rules."""
        await self.facade.defaults(asker=RiskAsker(tenant_id=tenant_id, actor=FOUNDER))


def build_gatekeeper(
    *,
    storage: Storage,
    market: Market,
    system: System,
    commissions: Mapping[str, CommissionSchedule],
) -> Gatekeeper:
    """Build the gate over the market's latest prices."""
    return Gatekeeper(
        rule_sets=storage.rule_sets,
        instruments=market.instruments,
        market=market.view,
        calendars=market.calendars,
        commissions=commissions,
        ahead=MessagesAhead(clock=system.clock, on_ahead=_log_ahead),
    )


def _log_ahead(account_id: UUID, messages: int, until: datetime) -> None:
    log.warning(
        "orders.messages_ahead",
        account=str(account_id),
        messages=messages,
        until=until.isoformat(),
    )


def build(
    *,
    storage: Storage,
    market: Market,
    system: System,
    accounts: AccountParts,
    gatekeeper: Gatekeeper,
    halt: RaiseHalt,
) -> RiskParts:
    """Build the rules' use cases."""
    desk = RuleDesk(
        transactions=storage.risk,
        gatekeeper=gatekeeper,
        clock=system.clock,
        market_clock=market.clock,
        ids=system.ids,
    )
    watch = LimitWatch(
        shelf=accounts.shelf,
        users=storage.users,
        gatekeeper=gatekeeper,
        halt=halt,
        clock=system.clock,
        market_clock=market.clock,
        ids=system.ids,
        sleeper=system.sleeper,
    )
    return RiskParts(
        facade=_facade(
            desk, storage=storage, market=market, accounts=accounts, gatekeeper=gatekeeper
        ),
        watch=watch,
    )


def _facade(
    desk: RuleDesk,
    *,
    storage: Storage,
    market: Market,
    accounts: AccountParts,
    gatekeeper: Gatekeeper,
) -> RiskUseCases:
    return RiskUseCases(
        create_rule=CreateRule(desk=desk),
        get_rule=GetRule(transactions=storage.risk),
        list_rules=ListRules(transactions=storage.risk),
        update_rule=UpdateRule(desk=desk),
        delete_rule=DeleteRule(desk=desk),
        try_rules=TryRules(
            shelf=accounts.shelf,
            gatekeeper=gatekeeper,
            clock=desk.clock,
            market_clock=desk.market_clock,
            ids=desk.ids,
        ),
        sizing=CalculatePositionSize(
            shelf=accounts.shelf,
            gatekeeper=gatekeeper,
            instruments=market.instruments,
            market=market.view,
        ),
        portfolio=MeasurePortfolio(
            shelf=accounts.shelf,
            directory=storage.directory,
            gatekeeper=gatekeeper,
            market=market.view,
            market_clock=market.clock,
        ),
        defaults=AddDefaultRules(desk=desk),
    )
