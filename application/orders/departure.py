"""Let one request leave under the kill barrier: within a deadline, or not at all.

The barrier is a session of the database, which ends sessions that idle too long; a process
may also be stopped and go on minutes later. A send that could still leave after its barrier
is gone would leave behind an acknowledged kill. So the barrier is asked as well, at the last
moment: a session that the database ended holds up no activation any more.
"""

import asyncio
from collections.abc import Callable

from ports.broker import Acknowledged, CalledOff, Refused
from ports.kill_switch import Passage
from ports.leases import Lease
from ports.time import Clock

# Well below the ten seconds after which the database ends an idle transaction.
LEAVE_S = 4.0


def _nothing() -> None:
    """Tell of nothing that would hold it back."""


class Departure:
    """The time from entering the barrier to the request's last byte."""

    def __init__(
        self,
        *,
        clock: Clock,
        lease: Lease,
        passage: Passage,
        overtaken: Callable[[], str | None] = _nothing,
    ) -> None:
        """overtaken tells what has happened meanwhile that holds the request back, if anything."""
        self._overtaken = overtaken
        self._clock = clock
        self._lease = lease
        self._passage = passage
        self._entered = clock.monotonic()
        self._gone = asyncio.Event()

    def left(self) -> None:
        """Take note that the request has left."""
        self._gone.set()

    def check(self) -> None:
        """Raise CalledOff when it is too late to begin: nothing has left.

        Too late is also when the lease may be another's: that one has read the intent, and
        would find nothing at the broker for a send that leaves only now.
        """
        if self._clock.monotonic() - self._entered > LEAVE_S:
            raise CalledOff(f"the send did not begin within {LEAVE_S:g} s")
        problem = self._overtaken()
        if problem is not None:
            raise CalledOff(problem)
        if not self._lease.is_held():
            raise CalledOff("the lease of the dispatcher was lost")
        if not self._passage.holds():
            raise CalledOff("the session that held the kill barrier was lost")

    async def wait(self, call: "asyncio.Future[Acknowledged | Refused]") -> None:
        """Return once the request has left or ended; one that is too slow is called back.

        A call that was called back is cancelled: it may or may not have left. Whoever is
        cancelled here leaves no call behind that could still write.
        """
        call.add_done_callback(lambda _: self._gone.set())
        try:
            async with asyncio.timeout(LEAVE_S):
                await self._gone.wait()
        except TimeoutError:
            await _called_back(call)
        except BaseException:
            await _called_back(call)
            raise


async def _called_back(call: "asyncio.Future[Acknowledged | Refused]") -> None:
    call.cancel()
    await asyncio.wait({call})
