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
from application.risk.create_rule import CreateRule
from application.risk.cut_to_rules import CutToRules
from application.risk.delete_rule import DeleteRule
from application.risk.deps import RuleDesk
from application.risk.facade import RiskUseCases
from application.risk.portfolio_risk import MeasurePortfolio
from application.risk.read_rules import GetRule, ListRules
from application.risk.try_rule import TryRules
from application.risk.update_rule import UpdateRule
from application.risk.watch_limits import LimitWatch
from application.shared.asker import Asker
from application.shared.change import Changes
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.market import Market
from bootstrap.settings.collar import CollarSettings
from bootstrap.settings.risk import RiskSettings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.risk.collar import Collars
from domain.risk.commission import CommissionSchedule
from domain.risk.strategies import strategy_policy
from ports.halts import RaiseHalt
from ports.market import ReadCondition

FOUNDER = "ballast"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskParts:
    """The rules' facade, and what watches limits between orders."""

    facade: RiskUseCases
    watch: LimitWatch

    async def furnish(self, tenant_id: UUID) -> None:
        """Give a new tenant the default rules."""
        await self.facade.defaults(asker=Asker(tenant_id=tenant_id, actor=FOUNDER))


def build_gatekeeper(
    *,
    settings: RiskSettings,
    storage: Storage,
    market: Market,
    system: System,
    commissions: Mapping[str, CommissionSchedule],
    condition: ReadCondition,
    collars: Collars,
) -> Gatekeeper:
    """Build the gate over the market's latest prices."""
    return Gatekeeper(
        rule_sets=storage.rule_sets,
        instruments=market.instruments,
        market=market.view,
        calendars=market.calendars,
        commissions=commissions,
        condition=condition,
        collars=collars,
        lap=market.lap,
        ahead=MessagesAhead(clock=system.clock, on_ahead=_log_ahead),
        strategies=strategy_policy(known=settings.strategies, required=settings.strategy_required),
    )


def _log_ahead(account_id: UUID, messages: int, until: datetime) -> None:
    log.warning(
        "orders.messages_ahead",
        account=str(account_id),
        messages=messages,
        until=until.isoformat(),
    )


def collars_of(settings: CollarSettings) -> Collars:
    """Return how far beyond the quote buys without a limit are reserved."""
    return Collars(market_percent=settings.market_percent, opening_percent=settings.opening_percent)


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
        changes=Changes(
            works=storage.works,
            clock=system.clock,
            ids=system.ids,
            market_now=market.clock.now,
        ),
        gatekeeper=gatekeeper,
    )
    watch = LimitWatch(
        shelf=accounts.shelf,
        users=storage.users,
        gatekeeper=gatekeeper,
        halt=halt,
        breaches=storage.breaches,
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
        get_rule=GetRule(works=storage.works),
        list_rules=ListRules(works=storage.works),
        update_rule=UpdateRule(desk=desk),
        delete_rule=DeleteRule(desk=desk),
        try_rules=TryRules(
            shelf=accounts.shelf,
            gatekeeper=gatekeeper,
            clock=desk.changes.clock,
            market_clock=market.clock,
            ids=desk.changes.ids,
        ),
        sizing=CalculatePositionSize(
            shelf=accounts.shelf,
            directory=storage.directory,
            gatekeeper=gatekeeper,
            instruments=market.instruments,
            market=market.view,
            cut_to_rules=CutToRules(
                shelf=accounts.shelf,
                gatekeeper=gatekeeper,
                clock=desk.changes.clock,
                market_clock=market.clock,
                ids=desk.changes.ids,
            ),
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
