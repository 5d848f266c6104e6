"""Read along at the end of many partitions, without a group."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from adapters.kafka.closing import close_consumer
from adapters.kafka.connection import KafkaAddress

_WAIT_MS = 200
_RECORDS_MAX = 2_000


class Tail:
    """Hands each record on as it comes; what was there before is not read.

    Every call may raise what the library raises: then make another.
    """

    def __init__(self, *, address: KafkaAddress, on_record: Callable[[Any], None]) -> None:
        self._consumer: Any = AIOKafkaConsumer(
            **address.options(), enable_auto_commit=False, auto_offset_reset="latest"
        )
        self._on_record = on_record
        self._followed: frozenset[TopicPartition] = frozenset()
        self._task: asyncio.Task[None] | None = None
        # Positions are moved while nothing is fetched.
        self._moving = asyncio.Lock()

    async def start(self) -> None:
        """Connect."""
        await self._consumer.start()

    async def stop(self) -> None:
        """Disconnect."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await close_consumer(self._consumer)

    async def follow(self, places: Collection[TopicPartition]) -> None:
        """Follow exactly these partitions from now on; those followed already lose nothing."""
        if self._task is not None and self._task.done():
            self._task.result()
        wanted = frozenset(places)
        if wanted != self._followed:
            async with self._moving:
                await self._move(wanted)
        if self._task is None and wanted:
            self._task = asyncio.create_task(self._run(), name="kafka tail")

    async def end_offsets(self, places: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the next offset that each partition will give."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(list(places))
        return ends

    async def position(self, place: TopicPartition) -> int:
        """Return the offset up to which a partition was read."""
        position: int = await self._consumer.position(place)
        return position

    async def _move(self, wanted: frozenset[TopicPartition]) -> None:
        kept = {place: await self._consumer.position(place) for place in wanted & self._followed}
        self._consumer.assign(list(wanted))
        self._followed = wanted
        for place, position in kept.items():
            self._consumer.seek(place, position)
        fresh = wanted - kept.keys()
        if fresh:
            await self._consumer.seek_to_end(*fresh)
        for place in fresh:
            await self._consumer.position(place)

    async def _run(self) -> None:
        while True:
            async with self._moving:
                found = await self._consumer.getmany(timeout_ms=_WAIT_MS, max_records=_RECORDS_MAX)
            for records in found.values():
                for record in records:
                    self._on_record(record)
            # Lets a mover in between.
            await asyncio.sleep(0)
