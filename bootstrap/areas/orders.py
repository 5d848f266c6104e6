"""Build the way of an order: intake, dispatch, reports, reconciliation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from adapters.http.orders.routes import order_routes
from adapters.http.permissions import Bound
from adapters.telemetry.backlog_figures import BACKLOG, backlog_collector, board_teller
from application.kill_switch.activate import Activate
from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import ApplyReport
from application.orders.cancel import OrderNotFound
from application.orders.decide_again import DecideAgain
from application.orders.deps import OrderDesk
from application.orders.dispatch import Dispatch
from application.orders.facade import OrderUseCases
from application.orders.flatten import Flatten
from application.orders.follow_reports import FollowReports
from application.orders.gatekeeper import Gatekeeper
from application.orders.in_flight import Room
from application.orders.look_at_venue import AskToLook
from application.orders.reconcile import Reconcile
from application.orders.resolve_unknown import ResolveUnknown
from application.orders.run_dispatch import RunDispatch
from application.orders.run_reconcile import RunReconcile
from application.orders.watch_backlog import WatchBacklog
from bootstrap.area import Area, Task, of_role
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.market import Market
from bootstrap.areas.market import build as build_market
from bootstrap.broker_parts import BROKER, build_push, commissions_of
from bootstrap.choices import build_broker_parts
from bootstrap.orders.intake import build_facade, build_watch
from bootstrap.parts import Parts
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Role
from bootstrap.processes.supervisor import Run, Supervisor
from bootstrap.settings.sections import OrderSettings, Settings
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from domain.accounts.account import Account
from ports.broker import Broker
from ports.market import Listener
from ports.orders import OpenWork

# Of the 25 seconds in which the process must be gone, what sends in hand get.
SENDS_S = 10.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderParts:
    """The orders' facade, and the loops behind it."""

    facade: OrderUseCases
    flatten: Flatten
    follow: FollowReports
    reconcile: RunReconcile
    dispatch: RunDispatch
    watch: WatchBacklog
    # What waits for the market to open hears by it that it has.
    on_market: Listener


def build(
    *,
    storage: Storage,
    market: Market,
    system: System,
    wakeups: Wakeups,
    accounts: AccountParts,
    gatekeeper: Gatekeeper,
    broker: Broker,
    activation: Activate,
    jobs: Jobs,
    settings: Settings,
    ask_to_look: AskToLook | None,
) -> OrderParts:
    """Build intake and dispatch over one broker; ask_to_look is for who cannot look itself."""
    halt, lease, own = activation.halt_account, jobs.lease(Role.DISPATCH), settings.dispatch
    desk = OrderDesk(
        shelf=accounts.shelf,
        archive=storage.archive,
        brokers={BROKER: broker},
        instruments=market.instruments,
        clock=system.clock,
        market_clock=market.clock,
        view=market.view,
        ids=system.ids,
        wake=wakeups.after_change,
    )
    apply_report = ApplyReport(desk=desk)
    adopt = AdoptExternal(desk=desk, apply_report=apply_report)
    resolve = ResolveUnknown(desk=desk, apply_report=apply_report)
    reconcile = RunReconcile(
        broker=broker,
        directory=storage.directory,
        reconcile=_reconcile(desk, apply_report, adopt, resolve),
        halt=halt,
        sleeper=system.sleeper,
        on_failure=_not_reconciled,
    )
    again = _again(desk, gatekeeper=gatekeeper, approvals=settings.orders)
    watch = build_watch(desk, storage=storage, market=market, system=system, settings=own)
    dispatch = RunDispatch(
        desk=desk,
        work=storage.work,
        dispatch=Dispatch(desk=desk, again=again, barrier=storage.barrier, lease=lease),
        resolve=resolve,
        wakeup=wakeups.dispatch,
        lease=lease,
        is_open=lambda: reconcile.passed,
        on_failure=_not_dispatched,
        room=Room(accounts=own.accounts_at_once, orders=own.orders_at_once),
    )
    follow = FollowReports(
        broker=broker,
        books=storage.books,
        directory=storage.directory,
        apply_report=apply_report,
        adopt_external=adopt,
        halt=halt,
        sleeper=system.sleeper,
    )
    return OrderParts(
        facade=build_facade(desk, gatekeeper, storage, system, watch.backlog, ask_to_look),
        flatten=Flatten(desk=desk, calendars=market.calendars),
        follow=follow,
        reconcile=reconcile,
        dispatch=dispatch,
        watch=watch,
        on_market=again.on_market,
    )


def _reconcile(
    desk: OrderDesk, apply_report: ApplyReport, adopt: AdoptExternal, resolve: ResolveUnknown
) -> Reconcile:
    return Reconcile(desk=desk, apply_report=apply_report, adopt_external=adopt, resolve=resolve)


def _again(desk: OrderDesk, *, gatekeeper: Gatekeeper, approvals: OrderSettings) -> DecideAgain:
    holds = timedelta(seconds=approvals.approval_age_max_s)
    return DecideAgain(desk=desk, gatekeeper=gatekeeper, holds=holds)


def _not_reconciled(account: Account, problem: Exception) -> None:
    log.warning("orders.not_reconciled", account=str(account.id), problem=str(problem))


def _not_dispatched(work: OpenWork, problem: Exception) -> None:
    log.error("orders.not_dispatched", order=str(work.order_id), exc_info=problem)


def _bound(parts: Parts) -> Mapping[str, Bound]:
    facade = parts.of(build).facade

    async def account_of(tenant_id: UUID, order_id: Any) -> UUID | None:
        return (await facade.get(tenant_id=tenant_id, order_id=order_id)).account_id

    return {"order_id": Bound(account_of=account_of, missing=OrderNotFound)}


def _reconciling(parts: Parts) -> Run:
    orders = parts.of(build)

    async def reconcile() -> None:
        # A job that was another's meanwhile begins as at a start: nothing is sent before.
        orders.reconcile.passed = False
        await orders.reconcile()

    return reconcile


def _watching(parts: Parts) -> Run | None:
    """Know how far sending is behind wherever orders are taken in; who sends also tells."""
    if not (parts.plan.roles & {Role.API, Role.DISPATCH} or parts.takes_commands):
        return None
    watch, clock = parts.of(build).watch, parts.system.clock
    if Role.DISPATCH in parts.plan.roles:
        watch.tells = parts.jobs.lease(Role.DISPATCH).is_held
    watch.on_look = board_teller(parts.health, clock=clock)
    parts.metrics.show(backlog_collector(watch.backlog, clock=clock))
    parts.health.declare(BACKLOG, required=False)
    return watch


def _subscribe(parts: Parts) -> None:
    """Let the market's events reach a venue, then what waits for the market to open."""
    feed, roles = parts.of(build_market).feed, parts.plan.roles
    if Role.MARKET in roles:
        broker, push = parts.of(build_broker_parts), parts.of(build_push)
        if broker.listener is not None:
            feed.subscribe(broker.listener)
        elif push is not None:
            feed.subscribe(push.on_market)
    if Role.DISPATCH in roles:
        # After the venue, which must know the prices that the order is sent at.
        feed.subscribe(parts.of(build).on_market)


async def _finish(parts: Parts, supervisor: Supervisor) -> None:
    if Role.DISPATCH not in parts.plan.roles:
        return
    parts.of(build).dispatch.finish()
    if not parts.jobs.lease(Role.DISPATCH).is_held():
        # It waits for its turn, or has lost it: there is nothing of ours on its way.
        return
    if not await supervisor.join("dispatcher", timeout_s=SENDS_S):
        # What is still on its way is read back at the next start, and parked if unsure.
        log.warning("orders.sends_cut_off", after_s=SENDS_S)


AREA = Area(
    name="orders",
    sentence="An order's way: intake behind the gate, dispatch, reports, reconciliation.",
    builds={"commissions": commissions_of, "market_push": build_push, "orders": build},
    routes=lambda parts: (order_routes(parts.of(build).facade, keys=parts.storage.keys),),
    bound=_bound,
    subscribes=_subscribe,
    tasks=(
        Task(
            name="venue_watch",
            run=lambda parts: parts.of(build_broker_parts).watch,
            roles=frozenset({Role.DISPATCH}),
            required=False,
        ),
        of_role(Role.DISPATCH, "reports", lambda parts: parts.of(build).follow),
        of_role(Role.DISPATCH, "reconciler", _reconciling),
        of_role(
            Role.DISPATCH,
            "dispatcher",
            lambda parts: parts.of(build).dispatch,
            may_end=True,
            tells=("broker",),
        ),
        Task(
            name="backlog_watch",
            run=_watching,
            roles=frozenset({Role.API, Role.DISPATCH, Role.COMMANDS}),
            required=False,
        ),
    ),
    finishes=_finish,
)
