"""Build the risk gate and the rules it judges by."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from adapters.http.permissions import AccountPath
from adapters.http.risk.cases import CASES, THINGS
from adapters.http.risk.pre_trade import pre_trade_routes
from adapters.http.risk.routes import risk_routes
from adapters.http.risk.stops import stop_routes
from application.approvals.facade import ApprovalUseCases
from application.kill_switch.activate import Activate
from application.orders.gatekeeper import Gatekeeper
from application.risk.add_default_rules import AddDefaultRules
from application.risk.apply_rule_change import ApplyRuleChange
from application.risk.apply_template import ApplyTemplate
from application.risk.calculate_position_size import CalculatePositionSize
from application.risk.commands import RuleNotFound
from application.risk.create_rule import CreateRule
from application.risk.cut_to_rules import CutToRules
from application.risk.delete_rule import DeleteRule
from application.risk.deps import RISK_RULES, RuleContext
from application.risk.end_overrides import EndOverrides
from application.risk.facade import RiskUseCases
from application.risk.override_rule import OverrideRule
from application.risk.portfolio_risk import MeasurePortfolio
from application.risk.read_history import ReadHistory
from application.risk.read_rules import GetRule, ListRules
from application.risk.run_simulations import RunSimulations
from application.risk.simulate_rules import SimulateRules
from application.risk.strategy_stops import StrategyStops
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
from bootstrap.gatekeeper import build_gatekeeper, collars_of
from bootstrap.parts import Parts
from bootstrap.pre_trade import build_adviser, build_pre_trade
from bootstrap.processes.roles import Role
from bootstrap.storage import Storage
from bootstrap.system import System

FOUNDER = "ballast"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskParts:
    """The rules' facade, and what watches limits between orders."""

    facade: RiskUseCases
    watch: LimitWatch
    overrides: EndOverrides
    simulations: RunSimulations

    async def furnish(self, tenant_id: UUID) -> None:
        """Give a new tenant the default rules."""
        await self.facade.defaults(asker=Asker(tenant_id=tenant_id, actor=FOUNDER))


def build(
    *,
    storage: Storage,
    market: Market,
    system: System,
    accounts: AccountParts,
    gatekeeper: Gatekeeper,
    activation: Activate,
    changes: Changes,
    approvals: ApprovalUseCases,
) -> RiskParts:
    """Build the rules' use cases."""
    context = RuleContext(
        changes=replace(changes, market_now=market.clock.now),
        gatekeeper=gatekeeper,
        proposing=approvals.proposing,
    )
    approvals.context.register({RISK_RULES: ApplyRuleChange(context=context)})
    watch = LimitWatch(
        book_store=accounts.book_store,
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
            context, storage=storage, market=market, accounts=accounts, gatekeeper=gatekeeper
        ),
        watch=watch,
        overrides=EndOverrides(context=context, sleeper=system.sleeper),
        simulations=RunSimulations(
            changes=context.changes, archive=storage.archive, sleeper=system.sleeper
        ),
    )


def _facade(
    context: RuleContext,
    *,
    storage: Storage,
    market: Market,
    accounts: AccountParts,
    gatekeeper: Gatekeeper,
) -> RiskUseCases:
    return RiskUseCases(
        create_rule=CreateRule(context=context),
        get_rule=GetRule(works=storage.works, clock=context.changes.clock),
        list_rules=ListRules(works=storage.works, clock=context.changes.clock),
        update_rule=UpdateRule(context=context),
        delete_rule=DeleteRule(context=context),
        try_rules=TryRules(
            book_store=accounts.book_store,
            gatekeeper=gatekeeper,
            clock=context.changes.clock,
            market_clock=market.clock,
            ids=context.changes.ids,
        ),
        sizing=CalculatePositionSize(
            book_store=accounts.book_store,
            directory=storage.directory,
            gatekeeper=gatekeeper,
            instruments=market.instruments,
            market=market.view,
            cut_to_rules=CutToRules(
                book_store=accounts.book_store,
                gatekeeper=gatekeeper,
                clock=context.changes.clock,
                market_clock=market.clock,
                ids=context.changes.ids,
            ),
        ),
        portfolio=MeasurePortfolio(
            book_store=accounts.book_store,
            directory=storage.directory,
            gatekeeper=gatekeeper,
            market=market.view,
            market_clock=market.clock,
        ),
        defaults=AddDefaultRules(context=context),
        override_rule=OverrideRule(context=context),
        apply_template=ApplyTemplate(context=context),
        history=ReadHistory(works=storage.works),
        simulations=SimulateRules(changes=context.changes, archive=storage.archive),
    )


def build_strategy_stops(changes: Changes, gatekeeper: Gatekeeper) -> StrategyStops:
    """Build what enables strategies again that a rule has stopped."""
    return StrategyStops(changes=changes, gatekeeper=gatekeeper)


def _bound(parts: Parts) -> Mapping[str, AccountPath]:
    facade = parts.of(build).facade

    async def account_of(tenant_id: UUID, rule_id: Any) -> UUID | None:
        return (await facade.get(tenant_id=tenant_id, rule_id=rule_id)).scope.account_id

    return {"rule_id": AccountPath(account_of=account_of, missing=RuleNotFound)}


def _subscribe(parts: Parts) -> None:
    """Let the gate see new marks."""
    parts.of(build_market).feed.subscribe(parts.of(build_gatekeeper).view.on_market)


AREA = Area(
    name="risk",
    sentence="The gate before every order, the rules it judges by, limits between orders.",
    builds={
        "collars": collars_of,
        "gatekeeper": build_gatekeeper,
        "risk": build,
        "adviser": build_adviser,
        "pre_trade": build_pre_trade,
        "strategy_stops": build_strategy_stops,
    },
    routes=lambda parts: (
        risk_routes(parts.of(build).facade, accounts=parts.of(build_accounts).facade),
        pre_trade_routes(parts.of(build_pre_trade)),
        stop_routes(parts.of(build_strategy_stops)),
    ),
    bound=_bound,
    parameters=frozenset({"name", "simulation_id"}),
    things=THINGS,
    cases=CASES,
    subscribes=_subscribe,
    tasks=(
        of_role(Role.WATCH, "limit_watch", lambda parts: parts.of(build).watch.run),
        of_role(Role.WATCH, "rule_overrides", lambda parts: parts.of(build).overrides.run),
        of_role(
            Role.WATCH,
            "rule_simulations",
            lambda parts: parts.of(build).simulations.run,
            required=False,
        ),
    ),
)
