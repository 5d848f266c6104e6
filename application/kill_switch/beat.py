"""Tell the watchdogs that this process sends, and keep its gate by what they answer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from application.kill_switch.accounts_at import AccountsAt
from application.kill_switch.held_stops import SendsHeld
from application.kill_switch.send_gate import SendGate
from application.kill_switch.store_stops import OpenGate
from ports.accounts import AccountDirectory
from ports.stops import DispatchBeat, StopChannel, StopNotKept
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

BEAT_S = 1.0
# Who sends meanwhile is taken note of at the barrier.
ACCOUNTS_S = 5.0
# While it is closed it is asked more often whether it can be opened.
CLOSED_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """Beats once a second while this process sends, or while storage is away."""

    process: str
    brokers: Sequence[str]
    # Whether it is this process that sends to a broker.
    stands_for: Callable[[str], bool]
    channel: StopChannel
    gate: SendGate
    opening: OpenGate
    accounts: AccountsAt
    directory: AccountDirectory
    clock: Clock
    sleeper: Sleeper
    on_failure: Callable[[Exception], None]
    _away: list[Exception] = field(default_factory=list, init=False)
    # What was said of it last: a file that stays unreadable is not said anew with each look.
    _said: list[str] = field(default_factory=list, init=False)
    # One beat after the other: an older list of accounts never follows a newer one.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _read_at_s: list[float] = field(default_factory=list, init=False)

    async def __call__(self) -> None:
        """Run until cancelled: storage that hangs holds up no beat."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beating())
                group.create_task(self._looking())
        except asyncio.CancelledError:
            # An orderly stop: nothing of this process is on its way any more.
            await self.channel.sign_off(self.process)
            raise

    async def _beating(self) -> None:
        while True:
            await self.beat()
            await self.sleeper.sleep(BEAT_S)

    async def _looking(self) -> None:
        while True:
            await self.look()
            await self.sleeper.sleep(BEAT_S if self.gate.is_open() else CLOSED_S)

    async def beat(self) -> None:
        """Tell the watchdogs once that this process lives."""
        async with self._turn:
            await self._beat()

    async def introduce(self, *, broker: str, account_id: UUID) -> None:
        """Have the watchdogs know an account before anything leaves for it; raises SendsHeld.

        Were it told with the next beat, a process killed before would leave orders resting
        that no watchdog looks for.
        """
        async with self._turn:
            if self.accounts.is_told(broker=broker, account_id=account_id):
                return
            await self._beat()
        if not self.accounts.is_told(broker=broker, account_id=account_id):
            raise SendsHeld(f"nothing is sent: the watchdog does not know account {account_id} yet")

    async def _beat(self) -> None:
        # While storage is away nobody has the lease, and whoever beats still hears stops.
        ours = frozenset(name for name in self.brokers if self._away or self.stands_for(name))
        accounts = self.accounts.all(sorted(ours))
        reached = await self.channel.beat(
            DispatchBeat(process=self.process, brokers=ours, accounts=accounts)
        )
        if not reached.silent:
            # A watchdog that does not answer may have stopped us: the gate grows stale.
            self.gate.keep_fresh()
            self.accounts.told(accounts)

    async def look(self) -> None:
        """Read the accounts, and open the gate if nothing stands against it any more."""
        try:
            await self.opening.reach()
            await self._read_accounts()
            self._away.clear()
            await self.opening.look()
            self._said.clear()
        except (StorageUnavailable, StopNotKept) as problem:
            if self._said != [str(problem)]:
                self._said[:] = [str(problem)]
                self.on_failure(problem)
            if not self._away:
                self.gate.close(f"storage was away: {problem}")
            self._away[:] = [problem]

    async def _read_accounts(self) -> None:
        now_s = self.clock.monotonic()
        if self._read_at_s and now_s - self._read_at_s[-1] < ACCOUNTS_S:
            return
        await self.accounts.read(self.directory, brokers=self.brokers)
        self._read_at_s[:] = [now_s]
