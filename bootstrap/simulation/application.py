"""Put the whole application together for one life of a simulated process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.memory.accounts import MemoryAccountBooks, MemoryAccountDirectory
from adapters.memory.database import MemoryLink
from adapters.memory.kill_switch import MemoryLatches, MemoryPasscodes
from adapters.memory.leases import SoleLease
from adapters.memory.market import MemoryCalendars, MemoryInstruments, MemoryMarket
from adapters.memory.orders import MemoryOrderArchive, MemoryOrderWork
from adapters.memory.security import QuickHasher
from adapters.memory.streams import MemoryJournal, MemoryWakeup
from adapters.simulation.life import Life
from adapters.simulation.ports import Surroundings
from application.accounts.keep_day import KeepDay
from application.accounts.shelf import BookShelf
from application.kill_switch.activate import Activate
from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.deps import KillDesk
from application.kill_switch.facade import KillSwitchUseCases
from application.kill_switch.finish import FinishKill
from application.kill_switch.release import Release
from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import ApplyReport
from application.orders.attest import AttestAbsent
from application.orders.cancel import CancelOrders
from application.orders.deps import OrderDesk
from application.orders.dispatch import Dispatch
from application.orders.facade import OrderUseCases
from application.orders.flatten import Flatten
from application.orders.follow_reports import FollowReports
from application.orders.gatekeeper import Gatekeeper
from application.orders.preview import ExplainOrder, PreviewOrder
from application.orders.reconcile import Reconcile
from application.orders.replace import Replace
from application.orders.resolve_unknown import ResolveUnknown
from application.orders.run_dispatch import RunDispatch
from application.orders.run_reconcile import RunReconcile
from application.orders.submit import Submit
from application.streams.relay import Relay
from bootstrap.simulation.barrier import BarrierRoom, SimulatedKillBarrier
from bootstrap.simulation.disk import Disk, SimulatedRuleSets
from ports.broker import Broker
from ports.streams import EventStream

Loop = Callable[[], Awaitable[None]]
OnFailure = Callable[[Any, Exception], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one life of a process is built from."""

    life: Life
    around: Surroundings
    disk: Disk
    link: MemoryLink
    room: BarrierRoom
    broker: Broker
    market: MemoryMarket
    instruments: MemoryInstruments
    calendars: MemoryCalendars
    stream: EventStream
    on_failure: OnFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The facades that requests go to, and the loops that do the rest."""

    life: Life
    orders: OrderUseCases
    kill_switch: KillSwitchUseCases
    gatekeeper: Gatekeeper
    keep_day: KeepDay
    reconcile: RunReconcile
    # All but the feed: dispatch, reports, relay, reconciliation, the kill switch's rest.
    loops: tuple[Loop, ...]


def build(parts: Parts) -> Application:
    """Build the application as a server would, on memory adapters."""
    life, around = parts.life, parts.around
    link = parts.link
    books = MemoryAccountBooks(link)
    directory = MemoryAccountDirectory(link)
    archive = MemoryOrderArchive(link)
    latches = MemoryLatches(link)
    dispatch_wakeup, kill_wakeup, relay_wakeup = MemoryWakeup(), MemoryWakeup(), MemoryWakeup()

    def wake() -> None:
        dispatch_wakeup.set()
        relay_wakeup.set()

    desk = OrderDesk(
        shelf=BookShelf(books=books),
        archive=archive,
        brokers={parts.broker.traits.name: parts.broker},
        instruments=parts.instruments,
        clock=around.clock,
        market_clock=parts.market,
        ids=around.ids,
        wake=wake,
    )
    gatekeeper = Gatekeeper(
        rule_sets=SimulatedRuleSets(parts.disk, link),
        instruments=parts.instruments,
        market=parts.market,
        calendars=parts.calendars,
    )
    barrier = SimulatedKillBarrier(parts.room, link, life)
    kill_desk = KillDesk(
        latches=latches,
        barrier=barrier,
        clock=around.clock,
        market_clock=parts.market,
        ids=around.ids,
        wake=kill_wakeup.set,
    )
    passcodes = MemoryPasscodes(link)
    checking = CheckPasscode(
        passcodes=passcodes,
        hasher=QuickHasher(randomness=around.randomness, sleeper=around.sleeper),
        clock=around.clock,
        ids=around.ids,
    )
    activation = Activate(desk=kill_desk, passcode=checking)
    apply_report = ApplyReport(desk=desk)
    adopt = AdoptExternal(desk=desk, apply_report=apply_report)
    resolve = ResolveUnknown(desk=desk, apply_report=apply_report)
    reconcile = RunReconcile(
        broker=parts.broker,
        directory=directory,
        reconcile=Reconcile(
            desk=desk, apply_report=apply_report, adopt_external=adopt, resolve=resolve
        ),
        halt=activation.halt_account,
        sleeper=around.sleeper,
        on_failure=parts.on_failure,
    )
    cancel = CancelOrders(desk=desk)

    async def check_books(tenant_id: UUID, account_id: UUID | None) -> str | None:
        for account in await directory.accounts(tenant_id=tenant_id):
            if account_id in (None, account.id):
                problem = await reconcile.check(account=account)
                if problem is not None:
                    return problem
        return None

    loops: tuple[Loop, ...] = (
        reconcile,
        RunDispatch(
            desk=desk,
            work=MemoryOrderWork(link),
            dispatch=Dispatch(desk=desk, barrier=barrier, lease=SoleLease()),
            resolve=resolve,
            wakeup=dispatch_wakeup,
            lease=SoleLease(),
            is_open=lambda: reconcile.passed,
            on_failure=parts.on_failure,
        ),
        FollowReports(
            broker=parts.broker,
            books=books,
            directory=directory,
            apply_report=apply_report,
            adopt_external=adopt,
            halt=activation.halt_account,
            sleeper=around.sleeper,
        ),
        Relay(journal=MemoryJournal(link), stream=parts.stream, wakeup=relay_wakeup),
        FinishKill(
            desk=kill_desk,
            directory=directory,
            cancel=cancel,
            flatten=Flatten(desk=desk, calendars=parts.calendars),
            wakeup=kill_wakeup,
            on_failure=parts.on_failure,
        ),
    )
    return Application(
        life=life,
        orders=OrderUseCases(
            archive=archive,
            directory=directory,
            submitting=Submit(desk=desk, gatekeeper=gatekeeper, books=books),
            previewing=PreviewOrder(desk=desk, gatekeeper=gatekeeper, latches=latches),
            explaining=ExplainOrder(desk=desk),
            canceling=cancel,
            replacing=Replace(desk=desk, gatekeeper=gatekeeper),
            attesting=AttestAbsent(desk=desk),
        ),
        kill_switch=KillSwitchUseCases(
            latches=latches,
            passcodes=passcodes,
            activation=activation,
            releasing=Release(desk=kill_desk, passcode=checking, check_books=check_books),
            checking=checking,
        ),
        gatekeeper=gatekeeper,
        keep_day=KeepDay(
            shelf=desk.shelf,
            directory=directory,
            broker=parts.broker.traits.name,
            view=parts.market,
            clock=around.clock,
            market_clock=parts.market,
            ids=around.ids,
            on_unvalued=lambda _account, _symbol: None,
        ),
        reconcile=reconcile,
        loops=loops,
    )
