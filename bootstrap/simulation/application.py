"""Build the application for one life of a simulated process, with the server's own builders."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from adapters.memory.database import MemoryLink
from adapters.memory.leases import SoleLease
from adapters.memory.security import QuickHasher
from adapters.memory.signals import MemorySignalStream
from adapters.simulation.life import Life
from adapters.simulation.ports import Surroundings
from application.accounts.keep_day import KeepDay
from application.kill_switch.facade import KillSwitchUseCases
from application.orders.facade import OrderUseCases
from application.orders.gatekeeper import Gatekeeper
from application.orders.run_reconcile import RunReconcile
from application.orders.watch_backlog import WatchBacklog
from application.streams.relay import Relay
from bootstrap.areas import accounts as account_area
from bootstrap.areas import kill_switch as kill_switch_area
from bootstrap.areas import orders as order_area
from bootstrap.areas import risk as risk_area
from bootstrap.areas import streams as stream_area
from bootstrap.areas.market import Market
from bootstrap.settings.risk import RiskSettings
from bootstrap.settings.sections import DispatchSettings, OrderSettings
from bootstrap.sharing import Fanout
from bootstrap.simulation.barrier import BarrierRoom, SimulatedKillBarrier
from bootstrap.simulation.venue import PER_SHARE
from bootstrap.storage import Storage, over_memory
from bootstrap.system import System, Wakeups
from domain.risk.collar import Collars
from domain.risk.commission import CommissionSchedule
from ports.broker import Broker
from ports.market import Listener, ReadCondition
from ports.streams import EventStream

Loop = Callable[[], Awaitable[None]]
OnFailure = Callable[[Any, Exception], None]
# Less than prices come to move within a silence: the venue's cap must hold.
_COLLARS = Collars(market_percent=Decimal(1), opening_percent=Decimal(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one life of a process finds in its world."""

    life: Life
    around: Surroundings
    link: MemoryLink
    room: BarrierRoom
    broker: Broker
    market: Market
    condition: ReadCondition
    stream: EventStream
    on_failure: OnFailure
    backlog_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The facades that requests go to, and the loops that do the rest, by name."""

    orders: OrderUseCases
    kill_switch: KillSwitchUseCases
    gatekeeper: Gatekeeper
    keep_day: KeepDay
    reconcile: RunReconcile
    # Wherever orders are taken in.
    watch_backlog: WatchBacklog
    held: Listener
    # All of the process that dispatches, but the market's feed.
    loops: tuple[tuple[str, Loop], ...]


def build(given: Given) -> Application:
    """Build every area as a server does, over memory that may fail and a venue that lies."""
    broker = given.broker.traits.name
    market, wakeups, around = given.market, Wakeups(), given.around
    storage = _storage(given)
    system = System(
        clock=around.clock, sleeper=around.sleeper, ids=around.ids, randomness=around.randomness
    )
    accounts = account_area.build(
        storage=storage, market=market, system=system, brokers=(broker,), paper=(broker,)
    )
    gatekeeper = _gatekeeper(given, storage=storage, system=system)
    hasher = QuickHasher(randomness=around.randomness, sleeper=around.sleeper)
    activation = kill_switch_area.build_activation(
        storage=storage, market=market, system=system, wakeups=wakeups, hasher=hasher
    )
    orders = order_area.build(
        storage=storage,
        market=market,
        system=system,
        wakeups=wakeups,
        accounts=accounts,
        gatekeeper=gatekeeper,
        brokers={broker: given.broker},
        halt=activation.halt_account,
        lease_of=lambda _: SoleLease(),
        settings=DispatchSettings(backlog_s=given.backlog_s),
        approvals=OrderSettings(),
    )
    # Failures are the world's business here, not the log's.
    at_broker = orders.loops[broker]
    at_broker.dispatch.on_failure = given.on_failure
    at_broker.reconcile.on_failure = given.on_failure
    kill_switch = kill_switch_area.build(
        activation=activation, storage=storage, orders=orders, wakeups=wakeups
    )
    finish = replace(kill_switch.finish, on_failure=given.on_failure)
    risk = risk_area.build(
        storage=storage,
        market=market,
        system=system,
        accounts=accounts,
        gatekeeper=gatekeeper,
        halt=activation.halt_by_rule,
    )
    relay = _relay(given, storage=storage, system=system, wakeups=wakeups)
    return Application(
        orders=orders.facade,
        kill_switch=kill_switch.facade,
        gatekeeper=gatekeeper,
        keep_day=replace(accounts.keep_day, on_unvalued=_unvalued),
        reconcile=at_broker.reconcile,
        watch_backlog=orders.watch,
        held=orders.on_market,
        loops=(
            ("reports", at_broker.follow),
            ("reconciler", at_broker.reconcile),
            ("dispatcher", at_broker.dispatch),
            ("kill_finisher", finish),
            ("relay", relay),
            ("limit_watch", risk.watch.run),
        ),
    )


def _relay(given: Given, *, storage: Storage, system: System, wakeups: Wakeups) -> Relay:
    return stream_area.build(
        storage=storage,
        system=system,
        wakeups=wakeups,
        fanout=Fanout(stream=given.stream),
        signals=MemorySignalStream(clock=system.clock),
    ).relay


def _storage(given: Given) -> Storage:
    around = given.around
    barrier = SimulatedKillBarrier(given.room, given.link, given.life)
    return replace(over_memory(given.link, clock=around.clock, ids=around.ids), barrier=barrier)


def _unvalued(_account: object, _symbol: str) -> None:
    """Say nothing: the gate denies what it cannot value, and that is watched."""


def _gatekeeper(given: Given, *, storage: Storage, system: System) -> Gatekeeper:
    return risk_area.build_gatekeeper(
        settings=RiskSettings(),
        storage=storage,
        market=given.market,
        system=system,
        commissions={given.broker.traits.name: CommissionSchedule(per_unit=PER_SHARE)},
        condition=given.condition,
        collars=_COLLARS,
    )
