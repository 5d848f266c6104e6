"""Build the risk gate and the rules it judges by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from adapters.http.permissions import Bound
from adapters.http.risk.routes import risk_routes
from application.kill_switch.activate import Activate
from application.orders.gatekeeper import Gatekeeper
from application.orders.messages_ahead import MessagesAhead
from application.risk.add_default_rules import AddDefaultRules
from application.risk.calculate_position_size import CalculatePositionSize
from application.risk.commands import RuleNotFound
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
from bootstrap.area import Area, of_role
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.accounts import build as build_accounts
from bootstrap.areas.market import Market
from bootstrap.areas.market import build as build_market
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.risk.collar import Collars
from domain.risk.commission import CommissionSchedule
from domain.risk.strategies import strategy_policy
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
    settings: Settings,
    storage: Storage,
    market: Market,
    system: System,
    commissions: Mapping[str, CommissionSchedule],
    condition: ReadCondition,
    collars: Collars,
) -> Gatekeeper:
    """Build the gate over the market's latest prices."""
    own = settings.risk
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
        strategies=strategy_policy(known=own.strategies, required=own.strategy_required),
    )


def _log_ahead(account_id: UUID, messages: int, until: datetime) -> None:
    log.warning(
        "orders.messages_ahead",
        account=str(account_id),
        messages=messages,
        until=until.isoformat(),
    )


def collars_of(settings: Settings) -> Collars:
    """Return how far beyond the quote buys without a limit are reserved."""
    own = settings.collar
    return Collars(market_percent=own.market_percent, opening_percent=own.opening_percent)


def build(
    *,
    storage: Storage,
    market: Market,
    system: System,
    accounts: AccountParts,
    gatekeeper: Gatekeeper,
    activation: Activate,
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
        halt=activation.halt_by_rule,
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


def _bound(parts: Parts) -> Mapping[str, Bound]:
    facade = parts.of(build).facade

    async def account_of(tenant_id: UUID, rule_id: Any) -> UUID | None:
        return (await facade.get(tenant_id=tenant_id, rule_id=rule_id)).scope.account_id

    return {"rule_id": Bound(account_of=account_of, missing=RuleNotFound)}


def _subscribe(parts: Parts) -> None:
    """Let the gate see new marks."""
    parts.of(build_market).feed.subscribe(parts.of(build_gatekeeper).on_market)


AREA = Area(
    name="risk",
    sentence="The gate before every order, the rules it judges by, limits between orders.",
    builds={"collars": collars_of, "gatekeeper": build_gatekeeper, "risk": build},
    routes=lambda parts: (
        risk_routes(parts.of(build).facade, accounts=parts.of(build_accounts).facade),
    ),
    bound=_bound,
    subscribes=_subscribe,
    tasks=(of_role(Role.WATCH, "limit_watch", lambda parts: parts.of(build).watch.run),),
)
