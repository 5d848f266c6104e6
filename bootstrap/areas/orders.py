"""Build the way of an order: intake, dispatch, reports, reconciliation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog

from adapters.brokers.absent import AbsentBroker
from adapters.brokers.guarded import GuardedBroker
from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.client import RemotePaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults
from adapters.brokers.paper.journal import VenueJournal
from adapters.brokers.paper.pushing import MarketPush
from adapters.brokers.paper.settings import CommissionPerShare, SlippageTicks
from adapters.brokers.paper.settings import PaperSettings as VenueSettings
from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import ApplyReport
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
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.market import Market
from bootstrap.orders.broker_settings import faults_of, guard_of
from bootstrap.orders.intake import build_facade, build_watch
from bootstrap.settings.sections import DispatchSettings, OrderSettings, PaperSettings
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from domain.accounts.account import Account
from domain.risk.commission import CommissionSchedule
from ports.broker import Broker, BrokerTraits, Dedup
from ports.halts import RaiseHalt
from ports.leases import Lease
from ports.market import Instruments, Listener
from ports.orders import OpenWork

log = structlog.get_logger(__name__)

BROKER = "paper"


class BrokerConnection(Protocol):
    """What has to be opened before a broker can be used."""

    async def start(self) -> None:
        """Connect, or read what was kept."""
        ...

    async def stop(self) -> None:
        """Close."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerParts:
    """The broker, its connection, and what wants the market's events where it has such.

    venue is the paper venue where it lives in this process.
    """

    broker: Broker
    connection: BrokerConnection
    listener: Listener | None
    # Why the broker cannot be relied on, empty while it can: in memory, and at once.
    problem: Callable[[], str]
    venue: PaperVenue | None = None
    # What asks a broker elsewhere how it is.
    watch: Callable[[], Awaitable[None]] | None = None


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


def build_push(settings: PaperSettings) -> MarketPush | None:
    """Build what brings the market to a venue elsewhere, if there is one."""
    return None if settings.url is None else MarketPush(url=settings.url)


def build_absent(settings: PaperSettings) -> BrokerParts:
    """Build what stands where another process speaks to the broker."""
    absent = AbsentBroker(name=BROKER, open_orders_max=settings.open_orders_max)
    return BrokerParts(
        broker=absent, connection=absent, listener=None, problem=lambda: "another process has it"
    )


def build_broker(
    *,
    settings: PaperSettings,
    dispatch: DispatchSettings,
    system: System,
    journal: Path | None,
    instruments: Instruments,
) -> BrokerParts:
    """Build the paper broker: in this process, or the one that runs elsewhere.

    journal is the folder where the venue in this process keeps what it knows; None keeps
    it in memory.
    """
    dedup = Dedup(settings.dedup)
    if settings.url is not None:
        traits = BrokerTraits(
            name=BROKER,
            dedup=dedup,
            settle_horizon_s=settings.settle_horizon_s,
            native_reduce_only=True,
            open_orders_max=settings.open_orders_max,
            protective_limits=True,
        )
        remote = RemotePaperBroker(url=settings.url, traits=traits, clock=system.clock)
        guarded = GuardedBroker(
            inner=remote,
            settings=guard_of(dispatch),
            clock=system.clock,
            sleeper=system.sleeper,
        )
        return BrokerParts(
            broker=guarded,
            connection=remote,
            listener=None,
            problem=remote.problem,
            watch=remote.watch,
        )
    venue_settings = VenueSettings(
        name=BROKER,
        dedup=dedup,
        settle_horizon_s=settings.settle_horizon_s,
        participation=settings.participation,
        open_orders_max=settings.open_orders_max,
        slippage=SlippageTicks(ticks=settings.slippage_ticks),
        commission=CommissionPerShare(
            rate=settings.commission_per_share, minimum=settings.commission_minimum
        ),
    )
    venue = PaperVenue(
        settings=venue_settings, instruments=instruments, journaled=journal is not None
    )
    paper = PaperBroker(
        venue=venue,
        clock=system.clock,
        sleeper=system.sleeper,
        faults=Faults(settings=faults_of(settings), roll=system.randomness.random),
        journal=VenueJournal(journal) if journal is not None else None,
    )
    return BrokerParts(
        broker=paper,
        connection=paper,
        listener=paper.listener,
        problem=paper.problem,
        venue=venue,
    )


def commissions_of(settings: PaperSettings) -> dict[str, CommissionSchedule]:
    """Return what each broker charges, for the gate to set aside."""
    return {
        BROKER: CommissionSchedule(
            per_unit=settings.commission_per_share, minimum=settings.commission_minimum
        )
    }


def build(
    *,
    storage: Storage,
    market: Market,
    system: System,
    wakeups: Wakeups,
    accounts: AccountParts,
    gatekeeper: Gatekeeper,
    broker: Broker,
    halt: RaiseHalt,
    lease: Lease,
    settings: DispatchSettings,
    approvals: OrderSettings,
    ask: AskToLook | None = None,
) -> OrderParts:
    """Build intake and dispatch over one broker; ask looks there for a process that cannot."""
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
    again = _again(desk, gatekeeper=gatekeeper, approvals=approvals)
    watch = build_watch(desk, storage=storage, market=market, system=system, settings=settings)
    dispatch = RunDispatch(
        desk=desk,
        work=storage.work,
        dispatch=Dispatch(desk=desk, again=again, barrier=storage.barrier, lease=lease),
        resolve=resolve,
        wakeup=wakeups.dispatch,
        lease=lease,
        is_open=lambda: reconcile.passed,
        on_failure=_not_dispatched,
        room=Room(accounts=settings.accounts_at_once, orders=settings.orders_at_once),
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
        facade=build_facade(desk, gatekeeper, storage, system, watch.backlog, ask),
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
