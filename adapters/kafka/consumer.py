"""Take commands in: in order per account, many accounts side by side, none ever skipped."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from adapters.kafka.progress import Progress
from ports.commands import (
    CommandSource,
    MessageSink,
    Partition,
    ReceivedMessage,
    TransportUnavailable,
)

log = structlog.get_logger(__name__)

Lane = tuple[Partition, bytes | None]
# Raises only when it is cancelled, or by a defect of ours: then the consumer ends.
Process = Callable[[ReceivedMessage], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerLimits:
    """How much is in hand at once, and how long things may take."""

    in_flight_max: int = 64
    poll_s: float = 0.25
    # How long messages in hand may take when their partition is given up, or at the end.
    drain_s: float = 8.0
    # While there is traffic, what is done is committed so often; a crash repeats no more.
    commit_s: float = 0.1

    @property
    def room_min(self) -> int:
        """How much room makes it worth to take more in, while there is much in hand."""
        return max(1, self.in_flight_max // 4)


@dataclass(slots=True)
class _HeldPartition:
    """One partition for as long as it is ours."""

    progress: Progress = field(default_factory=Progress)
    committed: int | None = None
    lanes: dict[Lane, "deque[ReceivedMessage]"] = field(default_factory=dict)
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class CommandConsumer:
    """Runs until told to finish; what is not committed comes again to whoever is next."""

    source: CommandSource
    sink: MessageSink
    process: Process
    # Tells that storage or the log does not answer: then nothing more is taken.
    is_held: Callable[[], bool]
    limits: ConsumerLimits = field(default_factory=ConsumerLimits)
    _partitions: dict[Partition, _HeldPartition] = field(default_factory=dict)
    _in_hand: int = 0
    _committed_at: float = 0.0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _finishing: bool = False
    _failure: BaseException | None = None

    async def run(self) -> None:
        """Consume until `finish`; raises TransportUnavailable, and what is our own defect."""
        self._failure = None
        await self.sink.start()
        try:
            await self.source.start(on_revoked=self._revoked)
            try:
                await self._consume()
            finally:
                await self._leave()
        finally:
            await self.sink.stop()

    def finish(self) -> None:
        """Take nothing more; `run` returns when what is in hand is done and committed."""
        self._finishing = True
        self._changed.set()

    async def _consume(self) -> None:
        while not self._finishing:
            if self._room() < self.limits.room_min:
                await self._wait()
            room = self._room()
            # Also without room: whoever does not ask is taken for dead.
            wait_s = self.limits.poll_s if room > 0 and not self._in_hand else 0.0
            if room > 0 and self._in_hand:
                wait_s = self.limits.poll_s / 10
            found = await self.source.receive(limit=room, timeout_s=wait_s)
            if self._failure is not None:
                # What is behind a broken message of its key must not overtake it.
                raise self._failure
            for received in found:
                self._take(received)
            await self._commit_if_due()

    def _room(self) -> int:
        return 0 if self.is_held() else max(0, self.limits.in_flight_max - self._in_hand)

    async def _wait(self) -> None:
        """Wait until there is room for several, or for as long as one may be kept waiting."""
        longest_s = self.limits.poll_s if self._room() == 0 else self.limits.poll_s / 10
        with suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                while self._room() < self.limits.room_min and not self._ends():
                    self._changed.clear()
                    await self._changed.wait()

    def _ends(self) -> bool:
        return self._finishing or self._failure is not None

    async def _commit_if_due(self) -> None:
        """Commit now and then: each commit costs Kafka as much as a message."""
        now = asyncio.get_running_loop().time()
        if self._in_hand == 0 or now >= self._committed_at + self.limits.commit_s:
            self._committed_at = now
            await self._commit(self._partitions)

    def _take(self, received: ReceivedMessage) -> None:
        held = self._partitions.setdefault(received.partition, _HeldPartition())
        if not held.progress.take(received.offset):
            return
        self._in_hand += 1
        lane = (received.partition, received.key)
        waiting = held.lanes.get(lane)
        if waiting is not None:
            waiting.append(received)
            return
        held.lanes[lane] = deque([received])
        task = asyncio.create_task(self._run_lane(held, lane))
        held.tasks.add(task)
        task.add_done_callback(held.tasks.discard)

    async def _run_lane(self, held: _HeldPartition, lane: Lane) -> None:
        """Carry out a key's messages one after the other."""
        waiting = held.lanes[lane]
        try:
            while waiting:
                await self.process(waiting[0])
                held.progress.finish(waiting.popleft().offset)
                self._in_hand -= 1
                self._changed.set()
        except asyncio.CancelledError:
            raise
        # Nothing of it may be committed over: the run ends, and begins again behind the last
        # message that is done.
        except BaseException as problem:
            log.error("commands.lane_broken", partition=lane[0].number, exc_info=problem)
            self._failure = problem
        finally:
            self._in_hand -= len(waiting)
            del held.lanes[lane]
            self._changed.set()

    async def _revoked(self, partitions: Collection[Partition]) -> None:
        """Finish what runs, forget what waits, and commit: then another may have them."""
        given_up = {one: held for one in partitions if (held := self._partitions.pop(one, None))}
        await self._drain(given_up, waiting_too=False)
        await self._commit(given_up)
        if given_up:
            log.info("commands.revoked", partitions=sorted(one.number for one in given_up))

    async def _leave(self) -> None:
        try:
            await self._drain(self._partitions, waiting_too=self._failure is None)
            await self._commit(self._partitions)
        finally:
            self._partitions.clear()
            self._in_hand = 0
            await self.source.stop()

    async def _drain(
        self, partitions: dict[Partition, _HeldPartition], *, waiting_too: bool
    ) -> None:
        """Wait for what runs, for as long as it may take; then it is broken off."""
        if not waiting_too:
            for held in partitions.values():
                for lane in held.lanes.values():
                    while len(lane) > 1:
                        lane.pop()
                        self._in_hand -= 1
        tasks = {task for held in partitions.values() for task in held.tasks}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self.limits.drain_s)
        for task in late:
            task.cancel()
        if late:
            log.warning("commands.broken_off", lanes=len(late))
            await asyncio.wait(late)

    async def _commit(self, partitions: dict[Partition, _HeldPartition]) -> None:
        """Commit what is done. Where that fails, it comes again and is answered again."""
        behind = {
            one: (held, following)
            for one, held in partitions.items()
            if (following := held.progress.next_offset) is not None and following != held.committed
        }
        offsets = {one: following for one, (_, following) in behind.items()}
        if not offsets:
            return
        try:
            await self.source.commit(offsets)
        except TransportUnavailable as problem:
            log.warning("commands.not_committed", problem=str(problem))
            return
        for held, following in behind.values():
            held.committed = following
