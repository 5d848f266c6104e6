"""Stop what nobody watches over any more: latch and cancel where dispatch has fallen silent."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from application.kill_switch.cancel_resting import AccountOrders, CancelResting, VenueProgress
from domain.kill_switch.latch import Latch, LatchCause, Level, Scope
from domain.kill_switch.silence import Silence
from ports.ids import Ids
from ports.stops import (
    DispatchBeat,
    RestingOrder,
    StopChannel,
    StopFiles,
    StopNotKept,
    WatchedAccounts,
)
from ports.time import Clock, Sleeper

TURN_S = 0.5
# What is kept is told again so often until somebody has stored it.
TELL_AGAIN_S = 5.0
# What was on its way when the process was stopped may still reach a venue found empty.
LOOK_AGAIN_S = 2.0
ACTOR = "watchdog"
_BEFORE = "before"


@dataclass(slots=True, kw_only=True)
class WatchDispatch:
    """Listens for those who send, and acts for a broker for which nobody stands any more.

    It latches each tenant that has accounts there, in a file first, and cancels at the venue
    what opens; what only reduces stays, unless cancel_protective. It cannot place an order: of
    a broker it has the reading of open orders and the cancel. When dispatch is back the
    cancels end; the latches stay until a person releases them, which nobody can do
    before.
    """

    silence: Silence
    channel: StopChannel
    files: StopFiles
    watched: WatchedAccounts
    cancel: CancelResting
    cancel_protective: bool
    clock: Clock
    ids: Ids
    sleeper: Sleeper
    on_silent: Callable[[str, int], None]
    on_canceled: Callable[[str, VenueProgress], None]
    on_problem: Callable[[Exception], None]
    _accounts: dict[str, dict[UUID, UUID]] = field(default_factory=dict, init=False)
    _written: dict[str, dict[UUID, UUID]] = field(default_factory=dict, init=False)
    _acting: dict[str, VenueProgress] = field(default_factory=dict, init=False)
    _told_at_s: float | None = field(default=None, init=False)
    # When the accounts could not be written.
    _unwritten_at_s: float | None = field(default=None, init=False)

    def hear(self, beat: DispatchBeat) -> None:
        """Take note that a process that sends lives."""
        self.silence.beat(beat.process, brokers=beat.brokers)
        # Who stood for them in an earlier life of ours is known now, or is silent.
        self.silence.beat(_BEFORE, brokers=())
        # None is forgotten: another process, or this one before, may have sent for it.
        for broker in beat.brokers:
            self._accounts.setdefault(broker, {}).update(beat.accounts.get(broker, {}))

    def sign_off(self, process: str) -> None:
        """Take note that a process that sends ended in order."""
        self.silence.sign_off(process)
        for broker in self._accounts.keys() - self.silence.watched:
            del self._accounts[broker]

    def unwatched(self) -> list[str]:
        """Return the brokers that nobody stands for, at which this goes on cancelling."""
        return sorted(self._acting)

    async def __call__(self) -> None:
        """Watch until cancelled."""
        await self.remember()
        async with asyncio.TaskGroup() as group:
            while True:
                await self.turn(group)
                await self.sleeper.sleep(TURN_S)

    async def remember(self) -> None:
        """Go on from what an earlier life knew: silence counts from now."""
        try:
            known = await self.watched.read()
        except StopNotKept as problem:
            self.on_problem(problem)
            return
        self._written = {name: dict(accounts) for name, accounts in known.items()}
        # Whoever lives says so within a second, and takes its brokers over.
        before = known.keys() - self._accounts.keys()
        self._accounts |= {name: dict(known[name]) for name in before}
        self.silence.beat(_BEFORE, brokers=before)

    async def turn(self, group: asyncio.TaskGroup) -> None:
        """Look once, and begin what is to be done."""
        silent = self.silence.look(now_s=self.clock.monotonic())
        for broker in self._acting.keys() - silent:
            del self._acting[broker]
        for broker in sorted(silent - self._acting.keys()):
            self._acting[broker] = VenueProgress()
            group.create_task(self._act(broker))
        await self._keep_accounts()
        await self._tell_again()

    async def _act(self, broker: str) -> None:
        accounts = dict(self._accounts.get(broker, {}))
        self.on_silent(broker, len(accounts))
        # Side by side: neither a full volume nor a process that hangs holds up a cancel.
        await asyncio.gather(
            self._latch(broker, tenants=set(accounts.values())),
            self._cancel(broker, accounts=accounts),
        )

    async def _latch(self, broker: str, *, tenants: set[UUID]) -> None:
        # Always a new one: what lies in the files may be stored and released already, and a
        # second stop harms nobody.
        for tenant_id in sorted(tenants):
            latch = Latch(
                id=self.ids.new(),
                scope=Scope(tenant_id=tenant_id, broker=broker),
                cause=LatchCause.WATCHDOG,
                level=Level.HALTED if self.cancel_protective else Level.REDUCING,
                reason=f"dispatch to {broker} was silent for {self.silence.silent_after_s:g} s",
                actor=ACTOR,
                engaged_at=self.clock.now(),
            )
            try:
                await self.files.keep(latch)
            except StopNotKept as problem:
                self.on_problem(problem)
            await self.channel.tell(latch)

    async def _cancel(self, broker: str, *, accounts: Mapping[UUID, UUID]) -> None:
        if broker not in self.cancel.venues:
            return
        progress = self._acting[broker]

        def acting() -> bool:
            return self._acting.get(broker) is progress

        orders = [
            AccountOrders(
                account_id=str(account_id), wanted=self._wanted, whole=self.cancel_protective
            )
            for account_id in sorted(accounts)
        ]
        told = False
        while acting():
            progress.confirmed = False
            await self.cancel.at(broker, accounts=orders, progress=progress, go_on=acting)
            if progress.confirmed and not told:
                told = True
                self.on_canceled(broker, progress)
            await self.sleeper.sleep(LOOK_AGAIN_S)

    def _wanted(self, order: RestingOrder) -> bool:
        return self.cancel_protective or not order.reduce_only

    async def _keep_accounts(self) -> None:
        now_s = self.clock.monotonic()
        failed_at_s = self._unwritten_at_s
        if self._accounts == self._written or (
            failed_at_s is not None and now_s - failed_at_s < TELL_AGAIN_S
        ):
            return
        known = {name: dict(accounts) for name, accounts in self._accounts.items()}
        try:
            await self.watched.write(known)
        except StopNotKept as problem:
            # Tried again soon: a restart would not know of whom to cancel.
            self._unwritten_at_s = now_s
            self.on_problem(problem)
            return
        self._written, self._unwritten_at_s = known, None

    async def _tell_again(self) -> None:
        """Have somebody who has storage store what is kept here."""
        now_s = self.clock.monotonic()
        if self._told_at_s is not None and now_s - self._told_at_s < TELL_AGAIN_S:
            return
        self._told_at_s = now_s
        try:
            for latch in await self.files.kept():
                await self.channel.tell(latch)
        except StopNotKept as problem:
            self.on_problem(problem)
