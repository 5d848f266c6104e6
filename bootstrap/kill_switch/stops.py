"""Build what takes stops in, keeps and stores them, and lets sends begin only after them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from adapters.brokers.remembering import RememberingBroker
from adapters.memory.streams import MemoryWakeup
from adapters.system.stop_channel import SocketStops
from adapters.system.stop_listener import StopHandlers
from adapters.telemetry.event_logs import when_told
from application.kill_switch.activate import Activate
from application.kill_switch.beat import Beat
from application.kill_switch.cancel_resting import CancelResting
from application.kill_switch.renew_timers import RenewTimers
from application.kill_switch.stop_away import StopAway
from application.kill_switch.store_stops import OpenGate, StoreStops
from application.kill_switch.take_stop import TakeStop
from application.kill_switch.watch_links import WatchLinks
from bootstrap.brokers.registry import Brokers
from bootstrap.kill_switch.channel import build_channel, build_listener, name_of
from bootstrap.kill_switch.state import StopState
from bootstrap.processes.roles import Plan, Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.kill_switch.latch import Latch
from ports.broker import Broker
from ports.kill_switch import Latches
from ports.leases import Lease
from ports.storage import StorageUnavailable

# So long storage is waited for before the cancels of a stop that was heard begin.
STORED_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class StopParts:
    """What this process does with stops; beat is of one that sends."""

    settings: Settings
    name: str
    state: StopState
    take: TakeStop
    store: StoreStops
    away: StopAway
    beat: Beat
    # None where no venue's timer is wanted.
    renew: RenewTimers | None
    # None where no broker lives elsewhere.
    links: WatchLinks | None

    async def hear(self, latch: Latch) -> None:
        """Act on a stop of another process, and store it where this one reaches storage."""
        await self.take(latch)
        # Stored by whoever can; of one that storage has, whoever keeps it is told.
        self.store.wakeup.set()
        if not self.state.stops.holds(latch.id):
            await self.store.channel.stored(latch.id)

    async def look(self, _: UUID) -> None:
        """See for oneself whether storage has what another process says that it stored."""
        self.store.wakeup.set()

    async def listen(self) -> None:
        """Hear other processes until cancelled."""
        handlers = StopHandlers(take=self.hear, stored=self.look, kept=self.state.files.kept)
        listener = build_listener(self.settings, own=self.name, handlers=handlers)
        try:
            await listener.start()
            await asyncio.Event().wait()
        finally:
            await listener.stop()


def build_stops(
    *,
    settings: Settings,
    plan: Plan,
    system: System,
    storage: Storage,
    activation: Activate,
    brokers: Brokers,
    observed_brokers: Mapping[str, Broker],
    dispatch_lease: Callable[[str], Lease],
    stop_state: StopState,
) -> StopParts:
    """Build it for what this process does; one that does not send only keeps and tells."""
    sends = Role.DISPATCH in plan.roles
    name = name_of("-".join(sorted(plan.roles & {Role.API, Role.DISPATCH})) or "other")
    channel: SocketStops = build_channel(settings, own=name)
    store = StoreStops(
        context=activation.context,
        files=stop_state.files,
        stops=stop_state.stops,
        channel=channel,
        wakeup=MemoryWakeup(),
        on_failure=when_told.warning("kill_switch.stops_not_stored", "problem"),
    )
    take = TakeStop(
        stops=stop_state.stops,
        files=stop_state.files,
        accounts=stop_state.accounts,
        cancel=CancelResting(
            venues=observed_brokers if sends else {},
            memory=_remembering(observed_brokers),
            sleeper=system.sleeper,
        ),
        wakeup=MemoryWakeup(),
        is_stored=lambda latch: _is_stored(latch, latches=storage.latches),
        on_problem=when_told.error("kill_switch.stop_not_kept", "latch", "problem"),
    )
    beat = Beat(
        process=name,
        brokers=tuple(observed_brokers),
        stands_for=lambda broker: dispatch_lease(broker).is_held(),
        channel=channel,
        gate=stop_state.gate,
        opening=OpenGate(gate=stop_state.gate, store=store, take=take, channel=channel),
        accounts=stop_state.accounts,
        directory=storage.directory,
        clock=system.clock,
        sleeper=system.sleeper,
        on_failure=when_told.error("kill_switch.sends_held", "problem"),
    )
    stop_state.accounts.introduced_by(beat.introduce)
    away = StopAway(
        files=stop_state.files,
        channel=channel,
        here=take if sends else None,
        wakeup=store.wakeup,
        clock=system.clock,
        ids=system.ids,
    )
    return StopParts(
        settings=settings,
        name=name,
        state=stop_state,
        take=take,
        store=store,
        away=away,
        beat=beat,
        renew=_timers(settings, brokers=brokers, state=stop_state, beat=beat, system=system),
        links=_links(brokers, activation=activation, state=stop_state, beat=beat, system=system),
    )


def _remembering(brokers: Mapping[str, Broker]) -> Mapping[str, RememberingBroker]:
    return {name: one for name, one in brokers.items() if isinstance(one, RememberingBroker)}


def _links(
    brokers: Brokers, *, activation: Activate, state: StopState, beat: Beat, system: System
) -> WatchLinks | None:
    answered = {name: one.answered_s for name, one in brokers.each() if one.answered_s is not None}
    if not answered:
        return None
    return WatchLinks(
        answered=answered,
        stands_for=beat.stands_for,
        accounts=state.accounts,
        activate=activation,
        clock=system.clock,
        sleeper=system.sleeper,
        on_lost=when_told.error("kill_switch.link_lost", "broker", "reason"),
        on_failure=when_told.error("kill_switch.link_not_stopped", "broker", "problem"),
    )


def _timers(
    settings: Settings, *, brokers: Brokers, state: StopState, beat: Beat, system: System
) -> RenewTimers | None:
    if settings.kill.dead_man_s is None:
        return None
    return RenewTimers(
        timers={name: one.timer for name, one in brokers.each() if one.timer is not None},
        within_s=settings.kill.dead_man_s,
        cancel_protective=settings.kill.cancel_protective,
        accounts=state.accounts,
        stands_for=beat.stands_for,
        sleeper=system.sleeper,
        on_failure=when_told.error("kill_switch.timer_not_renewed", "broker", "problem"),
    )


async def _is_stored(latch: Latch, *, latches: Latches) -> bool:
    """Tell whether storage has a stop, if it says so at once."""
    try:
        async with asyncio.timeout(STORED_S):
            found = await latches.find(tenant_id=latch.scope.tenant_id, latch_id=latch.id)
    except (StorageUnavailable, TimeoutError):
        return False
    return found is not None
