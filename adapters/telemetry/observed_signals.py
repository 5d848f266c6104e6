"""Count and time the signals that a group of readers is done with."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adapters.telemetry.metrics import Metrics
from ports.signals import DeadSignal, Delivery, Signal, SignalStream

# Far more than are read at once: what was never acknowledged is forgotten.
OPEN_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedSignals:
    """A stream of signals each of which is timed from its delivery to its acknowledgement."""

    inner: SignalStream
    metrics: Metrics
    now_s: Callable[[], float] = time.perf_counter
    _open: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict, init=False)

    async def add(self, signals: Sequence[Signal]) -> None:
        """Put signals in line."""
        await self.inner.add(signals)

    async def read(
        self, *, group: str, member: str, limit: int, wait_s: float
    ) -> Sequence[Delivery]:
        """Return signals that no member of the group had."""
        came = await self.inner.read(group=group, member=member, limit=limit, wait_s=wait_s)
        return self._began(group, came)

    async def ack(self, *, group: str, places: Sequence[str]) -> int:
        """Be done with deliveries."""
        done = await self.inner.ack(group=group, places=places)
        for place in places:
            began_s = self._open.pop((group, place), None)
            if began_s is not None:
                self.metrics.processed_signal(seconds=self.now_s() - began_s)
        return done

    async def claim_stuck(
        self, *, group: str, member: str, stuck_s: float, limit: int
    ) -> Sequence[Delivery]:
        """Take over deliveries that were left open."""
        came = await self.inner.claim_stuck(
            group=group, member=member, stuck_s=stuck_s, limit=limit
        )
        return self._began(group, came)

    async def dead(self, *, limit: int) -> Sequence[DeadSignal]:
        """Return the latest dead signals."""
        return await self.inner.dead(limit=limit)

    def _began(self, group: str, came: Sequence[Delivery]) -> Sequence[Delivery]:
        for one in came:
            self._open[group, one.place] = self.now_s()
        while len(self._open) > OPEN_MAX:
            self._open.popitem(last=False)
        return came
