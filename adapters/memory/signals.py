"""Hand signals to groups of readers within one process."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile
from uuid import UUID

from adapters.memory.database import MemoryLink
from domain.signals.signal import PublishedSignal, SignalFilter
from ports.signals import BODY_BYTES_MAX, SIGNALS, DeadSignal, Delivery, ExternalEntry, Signal
from ports.time import Clock

LENGTH_MAX = 100_000
DEAD_MAX = 10_000
HANDED_OUT_MAX = 5


@dataclass(slots=True)
class _Open:
    delivery: Delivery
    member: str
    since: float


@dataclass(slots=True)
class _Group:
    read: int = 0
    open: dict[str, _Open] = field(default_factory=dict)


class MemorySignalStream:
    """A line of signals, and what each group did with it."""

    def __init__(
        self,
        *,
        clock: Clock,
        length_max: int = LENGTH_MAX,
        handed_out_max: int = HANDED_OUT_MAX,
    ) -> None:
        self._clock = clock
        self._handed_out_max = handed_out_max
        self._line: deque[tuple[int, Signal]] = deque(maxlen=length_max)
        self._added = 0
        self._groups: dict[str, _Group] = {}
        self._dead: deque[DeadSignal] = deque(maxlen=DEAD_MAX)
        self._came = asyncio.Event()

    async def add(self, signals: Sequence[Signal]) -> None:
        """Put signals in line."""
        for signal in signals:
            if sum(len(key) + len(text) for key, text in signal.body.items()) > BODY_BYTES_MAX:
                raise ValueError(f"a signal's body has at most {BODY_BYTES_MAX} bytes")
        for signal in signals:
            self._added += 1
            self._line.append((self._added, signal))
        self._came.set()

    async def read(
        self, *, group: str, member: str, limit: int, wait_s: float
    ) -> Sequence[Delivery]:
        """Return signals that no member of the group had."""
        known = self._groups.setdefault(group, _Group())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while known.read >= self._added:
                    self._came.clear()
                    await self._came.wait()
        # From the end: whoever keeps up looks at the newest alone.
        unread = takewhile(lambda one: one[0] > known.read, reversed(self._line))
        found = list(unread)[::-1][:limit]
        now = self._clock.monotonic()
        given = []
        for number, signal in found:
            delivery = Delivery(place=str(number), signal=signal, times=1)
            known.open[delivery.place] = _Open(delivery, member, now)
            known.read = number
            given.append(delivery)
        return given

    async def ack(self, *, group: str, places: Sequence[str]) -> int:
        """Be done with deliveries."""
        known = self._groups.setdefault(group, _Group())
        return sum(known.open.pop(place, None) is not None for place in places)

    async def claim_stuck(
        self, *, group: str, member: str, stuck_s: float, limit: int
    ) -> Sequence[Delivery]:
        """Take over deliveries that were left open, or bury them."""
        known = self._groups.setdefault(group, _Group())
        now = self._clock.monotonic()
        stuck = [one for one in known.open.values() if now - one.since >= stuck_s][:limit]
        claimed = []
        for one in stuck:
            times, place = one.delivery.times, one.delivery.place
            if times >= self._handed_out_max:
                del known.open[place]
                self._dead.append(DeadSignal(group=group, times=times, signal=one.delivery.signal))
                continue
            delivery = replace(one.delivery, times=times + 1)
            known.open[place] = _Open(delivery, member, now)
            claimed.append(delivery)
        return claimed

    async def dead(self, *, limit: int) -> Sequence[DeadSignal]:
        """Return the latest dead signals, newest first."""
        return list(reversed(self._dead))[:limit]


@dataclass(frozen=True, slots=True)
class MemorySignalArchive:
    """Signals that were kept in memory (port SignalArchive)."""

    link: MemoryLink

    async def page(
        self, wanted: SignalFilter, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[PublishedSignal]:
        """Return a page, newest first."""
        database = await self.link.enter()
        # In the order in which they were committed.
        kept = [
            one
            for one in database.records.get(SIGNALS.table, {}).values()
            if isinstance(one, PublishedSignal) and one.tenant_id == tenant_id
        ]
        kept.reverse()
        if after is not None:
            places = [place for place, one in enumerate(kept) if one.id == after]
            kept = kept[places[0] + 1 :] if places else []
        return [one for one in kept if wanted.fits(one)][:limit]

    async def forget(self, *, before: datetime) -> int:
        """Drop older signals."""
        database = await self.link.enter()
        kept = database.records.get(SIGNALS.table, {})
        gone = [
            key
            for key, one in kept.items()
            if isinstance(one, PublishedSignal) and one.received_at < before
        ]
        for key in gone:
            del kept[key]
        return len(gone)


class MemoryExternalSignals:
    """A stream that others fill, within one process (port ExternalSignals)."""

    def __init__(self) -> None:
        self._open: dict[str, ExternalEntry] = {}
        self._added = 0
        self._came = asyncio.Event()

    def put(self, fields: Mapping[str, str]) -> str:
        """Put an entry in line and return its place."""
        self._added += 1
        place = str(self._added)
        self._open[place] = ExternalEntry(place=place, fields=dict(fields))
        self._came.set()
        return place

    async def read(self, *, limit: int, wait_s: float) -> Sequence[ExternalEntry]:
        """Return entries that are not acknowledged."""
        if not self._open:
            self._came.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), wait_s)
        return list(self._open.values())[:limit]

    async def ack(self, places: Sequence[str]) -> None:
        """Be done with entries."""
        for place in places:
            self._open.pop(place, None)
