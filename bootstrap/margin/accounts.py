"""Build the margin of accounts: reading, setting, plans, and what watches and carries out."""

from dataclasses import dataclass, replace

from adapters.http.area import AreaRoutes
from adapters.http.margin.account_routes import (
    account_margin_routes,
)
from adapters.telemetry.event_logs import when_told
from application.approvals.facade import ApprovalUseCases
from application.margin.approve_plan import ApprovePlan
from application.margin.carry_out_plans import CarryOutPlans
from application.margin.context import MarginContext
from application.margin.due_date import DueDate
from application.margin.facade import AccountMarginUseCases
from application.margin.plan_deleverage import PlanDeleverage
from application.margin.read_account import ReadAccountMargin
from application.margin.set_rulebook import MARGIN_RULEBOOK, SetMargin
from application.margin.tell_people import TellPeople
from application.margin.watch_margin import WatchMargin
from application.margin.zero_cost_taxes import ZeroCostTaxes
from application.orders.gatekeeper import Gatekeeper
from application.shared.change import Changes
from bootstrap.area import Task, of_role
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.market import Market
from bootstrap.areas.orders import OrderParts
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.storage import Storage
from bootstrap.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMarginParts:
    """The use cases, what warns and calls, and what carries plans out."""

    facade: AccountMarginUseCases
    watch: WatchMargin
    carry_out: CarryOutPlans


def build_account_margin(
    *,
    storage: Storage,
    market: Market,
    system: System,
    changes: Changes,
    accounts: AccountParts,
    orders: OrderParts,
    gatekeeper: Gatekeeper,
    approvals: ApprovalUseCases,
) -> AccountMarginParts:
    """Build the parts; what an approved change of a rulebook does is registered here."""
    context = MarginContext(
        changes=replace(changes, market_now=market.clock.now),
        book_store=accounts.book_store,
        directory=storage.directory,
        instruments=market.instruments,
        view=market.view,
        market_clock=market.clock,
        lap=market.lap,
        rulebook=gatekeeper.rulebook,
        taxes=ZeroCostTaxes(),
    )
    setting = SetMargin(context=context, proposing=approvals.proposing, gatekeeper=gatekeeper)
    approvals.context.register({MARGIN_RULEBOOK: setting})
    planning = PlanDeleverage(context=context)
    tell = TellPeople(
        members=storage.members, identity=storage.identity, clock=system.clock, ids=system.ids
    )
    due_date = DueDate(
        calendars=market.calendars, market_clock=market.clock, calendar=market.calendar
    )
    return AccountMarginParts(
        facade=AccountMarginUseCases(
            reading=ReadAccountMargin(context=context),
            setting=setting,
            planning=planning,
            approving=ApprovePlan(context=context),
        ),
        watch=WatchMargin(
            context=context,
            planning=planning,
            users=storage.users,
            tell=tell,
            sleeper=system.sleeper,
            due_date=due_date,
            on_failure=when_told.warning("margin.not_read", "account", "problem"),
        ),
        carry_out=CarryOutPlans(
            context=context,
            planning=planning,
            submit=orders.facade.submitting,
            archive=storage.archive,
            gatekeeper=gatekeeper,
            tell=tell,
            sleeper=system.sleeper,
            on_failure=when_told.warning("margin.plan_not_carried_out", "plan", "problem"),
        ),
    )


def routes(parts: Parts) -> tuple[AreaRoutes, ...]:
    """Return the routes of accounts."""
    return (account_margin_routes(parts.of(build_account_margin).facade),)


PARAMETERS = frozenset({"plan_id"})
TASKS: tuple[Task, ...] = (
    of_role(Role.WATCH, "margin_watch", lambda parts: parts.of(build_account_margin).watch.run),
    of_role(
        Role.WATCH,
        "deleverage",
        lambda parts: parts.of(build_account_margin).carry_out.run,
        required=False,
    ),
)
