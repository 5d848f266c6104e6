"""Build the way of an order: intake, dispatch, reports, reconciliation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from adapters.http.orders.cases import CASES
from adapters.http.orders.routes import order_routes
from adapters.http.permissions import AccountPath
from adapters.system.supervisor import Run
from adapters.telemetry.backlog_figures import BACKLOG, backlog_collector, board_teller
from adapters.telemetry.event_logs import when_told
from application.kill_switch.activate import Activate
from application.kill_switch.held_stops import SendsHeld
from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import ApplyReport
from application.orders.cancel import OrderNotFound
from application.orders.decide_again import DecideAgain
from application.orders.deps import UNKNOWN_BROKER, OrderContext
from application.orders.dispatch import Dispatch
from application.orders.facade import OrderUseCases
from application.orders.flatten import Flatten
from application.orders.follow_reports import FollowReports
from application.orders.gatekeeper import Gatekeeper
from application.orders.in_flight import SendLimits
from application.orders.look_at_venue import AskToLook
from application.orders.reconcile import Reconcile
from application.orders.resolve_unknown import ResolveUnknown
from application.orders.run_dispatch import RunDispatch
from application.orders.run_reconcile import RunReconcile
from application.orders.watch_backlog import WatchBacklog
from bootstrap.area import Area, Task
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.market import Market
from bootstrap.areas.market import build as build_market
from bootstrap.kill_switch.state import StopState
from bootstrap.orders.intake import build_facade, build_watch
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import OrderSettings, Settings
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from domain.accounts.account import Account
from ports.broker import Broker
from ports.halts import RaiseHalt
from ports.kill_switch import KillBarrier
from ports.leases import Lease
from ports.market import Listener
from ports.orders import OpenWork
from ports.streams import Wakeup

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLoops:
    """What goes on at one broker; none of it waits for another's."""

    follow: FollowReports
    reconcile: RunReconcile
    dispatch: RunDispatch


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderParts:
    """The orders' facade, and the loops behind it by broker."""

    facade: OrderUseCases
    flatten: Flatten
    loops: Mapping[str, BrokerLoops]
    watch: WatchBacklog
    # What waits for the market to open hears by it that it has.
    on_market: Listener

    async def check(self, account: Account) -> str | None:
        """Compare an account with its broker now and return what disagrees."""
        loops = self.loops.get(account.broker)
        return (
            UNKNOWN_BROKER.format(account.broker)
            if loops is None
            else await loops.reconcile.check(account=account)
        )


def build(
    *,
    storage: Storage,
    market: Market,
    system: System,
    wakeups: Wakeups,
    accounts: AccountParts,
    gatekeeper: Gatekeeper,
    observed_brokers: Mapping[str, Broker],
    activation: Activate,
    dispatch_lease: Callable[[str], Lease],
    settings: Settings,
    ask_to_look: AskToLook | None,
    stop_state: StopState,
) -> OrderParts:
    """Build intake, and dispatch for each broker; ask_to_look is for who cannot look itself.

    dispatch_lease says whether a broker is ours to send to.
    """
    halt, own = activation.halt_account, settings.dispatch
    context = OrderContext(
        book_store=accounts.book_store,
        archive=storage.archive,
        brokers=observed_brokers,
        instruments=market.instruments,
        clock=system.clock,
        market_clock=market.clock,
        view=market.view,
        ids=system.ids,
        wake=wakeups.after_change,
    )
    again = _again(context, gatekeeper=gatekeeper, approvals=settings.orders)

    loops = {
        name: _loops(
            broker,
            lease=dispatch_lease(name),
            wakeup=wakeups.dispatch_at.get(name, wakeups.dispatch),
            context=context,
            storage=storage,
            barrier=stop_state.over(storage.barrier),
            system=system,
            halt=halt,
            again=again,
            room=SendLimits(accounts=own.accounts_at_once, orders=own.orders_at_once),
        )
        for name, broker in observed_brokers.items()
    }
    watch = build_watch(context, storage=storage, market=market, system=system, settings=own)
    return OrderParts(
        facade=build_facade(context, gatekeeper, storage, system, watch.backlog, ask_to_look),
        flatten=Flatten(context=context, calendars=market.calendars),
        loops=loops,
        watch=watch,
        on_market=again.on_market,
    )


def _loops(
    broker: Broker,
    *,
    lease: Lease,
    wakeup: Wakeup,
    context: OrderContext,
    storage: Storage,
    barrier: KillBarrier,
    system: System,
    halt: RaiseHalt,
    again: DecideAgain,
    room: SendLimits,
) -> BrokerLoops:
    """Build what goes on at one broker."""
    apply_report = ApplyReport(context=context)
    adopt = AdoptExternal(context=context, apply_report=apply_report)
    resolve = ResolveUnknown(context=context, apply_report=apply_report)
    reconcile = RunReconcile(
        broker=broker,
        directory=storage.directory,
        reconcile=_reconcile(context, apply_report, adopt, resolve),
        halt=halt,
        sleeper=system.sleeper,
        on_failure=when_told.warning("orders.not_reconciled", "account", "problem"),
    )
    dispatch = RunDispatch(
        context=context,
        work=storage.work,
        dispatch=Dispatch(context=context, again=again, barrier=barrier, lease=lease),
        resolve=resolve,
        wakeup=wakeup,
        lease=lease,
        is_open=lambda: reconcile.passed,
        on_failure=_not_dispatched,
        room=room,
        broker=broker.traits.name,
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
    return BrokerLoops(follow=follow, reconcile=reconcile, dispatch=dispatch)


def _reconcile(
    context: OrderContext, apply_report: ApplyReport, adopt: AdoptExternal, resolve: ResolveUnknown
) -> Reconcile:
    return Reconcile(
        context=context, apply_report=apply_report, adopt_external=adopt, resolve=resolve
    )


def _again(
    context: OrderContext, *, gatekeeper: Gatekeeper, approvals: OrderSettings
) -> DecideAgain:
    holds = timedelta(seconds=approvals.approval_age_max_s)
    return DecideAgain(context=context, gatekeeper=gatekeeper, holds=holds)


def _not_dispatched(work: OpenWork, problem: Exception) -> None:
    if isinstance(problem, SendsHeld):
        log.warning("orders.held", order=str(work.order_id), problem=str(problem))
        return
    log.error("orders.not_dispatched", order=str(work.order_id), exc_info=problem)


def _bound(parts: Parts) -> Mapping[str, AccountPath]:
    facade = parts.of(build).facade

    async def account_of(tenant_id: UUID, order_id: Any) -> UUID | None:
        return (await facade.get(tenant_id=tenant_id, order_id=order_id)).account_id

    return {"order_id": AccountPath(account_of=account_of, missing=OrderNotFound)}


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
    """Let what waits for the market to open hear of it."""
    if Role.DISPATCH in parts.plan.roles:
        # After the venues, which must know the prices that the order is sent at.
        parts.of(build_market).feed.subscribe(parts.of(build).on_market)


AREA = Area(
    name="orders",
    sentence="An order's way: intake behind the gate, dispatch, reports, reconciliation.",
    builds={"orders": build},
    routes=lambda parts: (order_routes(parts.of(build).facade, keys=parts.storage.keys),),
    bound=_bound,
    cases=CASES,
    subscribes=_subscribe,
    tasks=(
        Task(
            name="backlog_watch",
            run=_watching,
            roles=frozenset({Role.API, Role.DISPATCH, Role.COMMANDS}),
            required=False,
        ),
    ),
)
