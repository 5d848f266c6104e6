"""Build the application for one life of a simulated process, with the server's own builders."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from adapters.memory.database import MemoryLink
from adapters.memory.security import QuickHasher
from application.accounts.keep_day import KeepDay
from application.kill_switch.facade import KillSwitchUseCases
from application.kill_switch.send_gate import SendGate
from application.orders.facade import OrderUseCases
from application.orders.gatekeeper import Gatekeeper
from application.orders.run_reconcile import RunReconcile
from application.orders.watch_backlog import WatchBacklog
from application.succession.acts import SuccessionActs
from bootstrap.areas import accounts as account_area
from bootstrap.areas import kill_switch as kill_switch_area
from bootstrap.areas import orders as order_area
from bootstrap.areas import risk as risk_area
from bootstrap.areas import streams as stream_area
from bootstrap.areas import succession as succession_area
from bootstrap.areas.market import Market
from bootstrap.container import compose
from bootstrap.gatekeeper import build_gatekeeper
from bootstrap.kill_switch.state import build_state
from bootstrap.parts import Parts
from bootstrap.settings.risk import RiskSettings
from bootstrap.settings.sections import DispatchSettings, RedisSettings, Settings
from bootstrap.storage import Storage, over_memory
from bootstrap.streams.sharing import Fanout, Sharing, sharing_over
from bootstrap.system import System, Wakeups
from domain.risk.collar import Collars
from domain.risk.commission import CommissionSchedule
from ports.broker import Broker
from ports.kill_switch import Latches
from ports.market import Listener, ReadCondition
from ports.streams import EventStream
from ports.time import Sleeper
from tests.simulation.barrier import BarrierRig, SimulatedKillBarrier
from tests.simulation.silence import DAY_S, TICK_S
from tests.simulation.venue import PER_SHARE
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.ports import Surroundings

Loop = Callable[[], Awaitable[None]]
OnFailure = Callable[[Any, Exception], None]
# What the clients name in their orders.
STRATEGIES = ("momentum", "carry")
# Less than prices come to move within a silence: the venue's cap must hold.
_COLLARS = Collars(market_percent=Decimal(1), opening_percent=Decimal(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one life of a process finds in its world."""

    life: Life
    around: Surroundings
    link: MemoryLink
    rig: BarrierRig
    broker: Broker
    market: Market
    condition: ReadCondition
    stream: EventStream
    on_failure: OnFailure
    backlog_s: float
    has_succession: bool = False


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
    succession: SuccessionActs
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
    hasher = QuickHasher(randomness=around.randomness, sleeper=around.sleeper)
    parts = compose(
        Settings(
            dispatch=DispatchSettings(backlog_s=given.backlog_s),
            risk=RiskSettings(strategies=STRATEGIES),
        ),
        system=system,
        bare_storage=storage,
        storage=storage,
        wakeups=wakeups,
        market=market,
        condition=given.condition,
        observed_brokers={broker: given.broker},
        commissions={broker: CommissionSchedule(per_unit=PER_SHARE)},
        collars=_COLLARS,
        kill_hasher=hasher,
        sharing=_sharing(given, storage=storage, system=system),
    )
    accounts, gatekeeper = parts.of(account_area.build), parts.of(build_gatekeeper)
    orders = parts.of(order_area.build)
    # Failures are the world's business here, not the log's.
    at_broker = orders.loops[broker]
    at_broker.dispatch.on_failure = given.on_failure
    at_broker.reconcile.on_failure = given.on_failure
    kill_switch = parts.of(kill_switch_area.build)
    finish = replace(kill_switch.finish_at[broker], on_failure=given.on_failure)
    risk, relay = parts.of(risk_area.build), parts.of(stream_area.build).relay
    return Application(
        orders=orders.facade,
        kill_switch=kill_switch.facade,
        gatekeeper=gatekeeper,
        keep_day=replace(accounts.keep_day, on_unvalued=_unvalued),
        reconcile=at_broker.reconcile,
        watch_backlog=orders.watch,
        succession=parts.of(succession_area.build).acts,
        held=orders.on_market,
        loops=(
            ("reports", at_broker.follow),
            ("reconciler", at_broker.reconcile),
            ("dispatcher", at_broker.dispatch),
            ("kill_finisher", finish),
            (
                "release_finisher",
                replace(kill_switch.finish_releases, on_held=lambda *_: None),
            ),
            (
                "stop_gate",
                _Reopen(parts.of(build_state).gate, storage.latches, system.sleeper),
            ),
            ("relay", relay),
            ("limit_watch", risk.watch.run),
            *_clock(given, parts=parts),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Reopen:
    """Opens the gate of sends again: no stop is kept beside storage here, and no peer has one."""

    gate: SendGate
    latches: Latches
    sleeper: Sleeper

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            turn = self.gate.turn
            if not self.gate.is_open():
                await self.latches.unfinished()
                self.gate.open(turn=turn)
            else:
                self.gate.keep_fresh()
            await self.sleeper.sleep(1.0)


@dataclass(frozen=True, slots=True)
class _KeptNotices:
    """A notice that is kept has reached its owner: no channel leads out of this world."""

    link: MemoryLink

    async def reached(
        self, *, tenant_id: UUID, notice_ids: Sequence[UUID], owners: frozenset[UUID]
    ) -> bool:
        """Tell whether all of them are there, the tenant's, and its owners'."""
        kept = (await self.link.enter()).user_notices
        found = [kept.get(one) for one in notice_ids]
        return bool(found) and all(
            one is not None and one.tenant_id == tenant_id and one.user_id in owners
            for one in found
        )


def _clock(given: Given, *, parts: Parts) -> tuple[tuple[str, Loop], ...]:
    """Return the clock of a succession where somebody has a plan: none ticks without."""
    if not given.has_succession:
        return ()
    clock = replace(
        parts.of(succession_area.build_clock),
        messages=_KeptNotices(given.link),
        on_failure=given.on_failure,
        day_s=DAY_S,
        tick_s=TICK_S,
    )
    return (("succession", clock.run),)


def _sharing(given: Given, *, storage: Storage, system: System) -> Sharing:
    own = sharing_over(settings=RedisSettings(), system=system, journal=storage.journal)
    return replace(own, fanout=Fanout(stream=given.stream))


def _storage(given: Given) -> Storage:
    around = given.around
    barrier = SimulatedKillBarrier(given.rig, given.link, given.life)
    return replace(over_memory(given.link, clock=around.clock, ids=around.ids), barrier=barrier)


def _unvalued(_account: object, _symbol: str) -> None:
    """Say nothing: the gate denies what it cannot value, and that is watched."""
