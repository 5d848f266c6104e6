"""Keep a lease alive, and run what it is for only while it is held."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ports.leases import Fence, LeaseLost, Leases
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

log = structlog.get_logger(__name__)

Run = Callable[[], Awaitable[None]]

# A dead holder is followed after so long; a send takes at most four seconds of it.
LASTS_S = 8.0
RENEW_EVERY_S = 2.0
ASK_EVERY_S = 0.5
# Our clock and the storage's may run at different speeds: we stop believing this much earlier.
MARGIN_S = 1.0


class RenewedLease:
    """A lease of this process, taken when it is free and renewed until it is given back.

    `is_held` trusts nothing but the monotonic clock: time counts from before the question
    to the storage, so that a process which was stopped and goes on knows at once that its
    lease may be another's by now.
    """

    def __init__(
        self, *, leases: Leases, name: str, holder: str, clock: Clock, sleeper: Sleeper
    ) -> None:
        self._leases = leases
        self._name = name
        self._holder = holder
        self._clock = clock
        self._sleeper = sleeper
        self._fence: Fence | None = None
        self._until = 0.0
        self._changed = asyncio.Event()

    @property
    def name(self) -> str:
        """The job's name."""
        return self._name

    def is_held(self) -> bool:
        """Tell whether it is surely still ours."""
        return self._fence is not None and self._clock.monotonic() < self._until

    def fence(self) -> Fence | None:
        """Return what writes are fenced by; raises LeaseLost when it is another's."""
        if self._fence is None:
            raise LeaseLost(f"the lease {self._name} is not ours")
        return self._fence

    async def try_take(self) -> bool:
        """Take or renew it once; tell whether it is ours. Raises StorageUnavailable."""
        asked_at = self._clock.monotonic()
        if self._fence is not None:
            if await self._leases.renew(self._fence, lasts_s=LASTS_S):
                self._until = asked_at + LASTS_S - MARGIN_S
                return True
            log.warning("lease.lost", name=self._name)
            self._set(None)
        taken = await self._leases.acquire(name=self._name, holder=self._holder, lasts_s=LASTS_S)
        if taken is None:
            return False
        self._until = asked_at + LASTS_S - MARGIN_S
        self._set(taken)
        log.info("lease.taken", name=self._name, fence=taken.token)
        return True

    async def keep(self) -> None:
        """Run until cancelled: take it when it is free, renew it in time."""
        while True:
            try:
                held = await self.try_take()
            except StorageUnavailable:
                # It lapses by itself unless the storage is back in time.
                held = False
            await self._sleeper.sleep(RENEW_EVERY_S if held else ASK_EVERY_S)

    async def give_back(self) -> None:
        """Let the next process have it at once; one that cannot be given back lapses."""
        fence = self._fence
        self._set(None)
        if fence is not None:
            try:
                await self._leases.release(fence)
            except StorageUnavailable:
                log.warning("lease.not_given_back", name=self._name)

    async def while_held(self, run: Run) -> None:
        """Run something from each taking to the loss; returns only when it does by itself."""
        while True:
            while self._fence is None:
                await self._next_change()
            fence = self._fence
            running = asyncio.ensure_future(_called(run))
            try:
                while self._fence is fence and not running.done():
                    change = asyncio.ensure_future(self._next_change())
                    await asyncio.wait({running, change}, return_when=asyncio.FIRST_COMPLETED)
                    change.cancel()
                if running.done():
                    return running.result()
            finally:
                running.cancel()
                await asyncio.wait({running})
            log.warning("lease.work_stopped", name=self._name)

    async def _next_change(self) -> None:
        await self._changed.wait()

    def _set(self, fence: Fence | None) -> None:
        self._fence = fence
        self._changed.set()
        self._changed = asyncio.Event()


async def _called(run: Run) -> None:
    await run()
