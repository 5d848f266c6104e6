"""Hear agents through Kafka, and answer what is wanted of them."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from adapters.kafka.closing import close_consumer
from adapters.kafka.connection import KafkaAddress
from adapters.kafka.heartbeat_wire import HEARTBEATS, HeartbeatFault, read_heartbeat, reply_to
from adapters.kafka.topics import ensure_topics, partitions_of
from adapters.kafka.wire import REPLIES
from application.agents.facade import AgentUseCases
from domain.agents.agent import HeartbeatRefusal
from ports.command_keys import CommandKeys
from ports.commands import MessageSink, Outgoing, TransportUnavailable
from ports.leases import Lease
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

log = structlog.get_logger(__name__)

# How often it is made sure that heartbeats still reach us.
_PROVE_S = 0.5
_ANSWER_S = 1.5
_RETRY_S = 0.5
_WAIT_MS = 100
_RECORDS_MAX = 1_000


@dataclass(slots=True, kw_only=True)
class HeartbeatContext:
    """Takes one message after the other; unheard counts the rest by what was wrong.

    All processes hear, the one that holds the lease answers.
    """

    agents: AgentUseCases
    keys: CommandKeys
    lease: Lease
    unheard: Counter[str] = field(default_factory=Counter)

    async def take(self, value: bytes | None) -> tuple[bytes, bytes] | None:
        """Hear a message and return the answer; None where another gives it, or none is due."""
        try:
            heard = await self.agents.hear(read_heartbeat(value, keys=self.keys))
        except HeartbeatFault as problem:
            self.unheard[str(problem)] += 1
            return None
        except StorageUnavailable:
            self.unheard["storage"] += 1
            return None
        if isinstance(heard, HeartbeatRefusal):
            self.unheard["stale"] += 1
            return None
        return reply_to(heard) if self.lease.is_held() else None


class KafkaHeartbeats:
    """Reads the whole topic from now on, in every process that runs this.

    There is no group: each hears every agent, and nothing is read that is older than the
    start. After an outage it begins at the end again, for old heartbeats prove nothing.
    """

    def __init__(
        self,
        *,
        address: KafkaAddress,
        context: HeartbeatContext,
        sink: MessageSink | None,
        clock: Clock,
        sleeper: Sleeper,
        topic: str = HEARTBEATS,
        replies: str = REPLIES,
    ) -> None:
        self._address = address
        self._context = context
        self._sink = sink
        self._clock = clock
        self._sleeper = sleeper
        self._topic = topic
        self._replies = replies
        # Why heartbeats do not come in, empty while they do.
        self.problem = "not started yet"

    async def run(self) -> None:
        """Hear until the task is cancelled; an outage is waited for."""
        presences = self._context.agents.presences
        while True:
            try:
                await self._hear()
            except (KafkaError, OSError, TimeoutError, TransportUnavailable) as problem:
                self.problem = f"{type(problem).__name__}: {problem}"
                log.warning("agents.deaf", problem=self.problem)
            finally:
                presences.deaf()
            await self._sleeper.sleep(_RETRY_S)

    async def _hear(self) -> None:
        consumer: Any = AIOKafkaConsumer(
            **self._address.options(), enable_auto_commit=False, auto_offset_reset="latest"
        )
        try:
            async with asyncio.timeout(_ANSWER_S * 4):
                places = await self._places()
                await consumer.start()
                consumer.assign(places)
                await consumer.seek_to_end(*places)
                for place in places:
                    await consumer.position(place)
                if self._sink is not None:
                    await self._sink.start()
            self.problem = ""
            await self._read(consumer, places)
        finally:
            await close_consumer(consumer)
            if self._sink is not None:
                await self._sink.stop()

    async def _places(self) -> list[TopicPartition]:
        await ensure_topics([self._topic, self._replies], address=self._address)
        numbers = await partitions_of(self._topic, address=self._address)
        if not numbers:
            raise TransportUnavailable(f"there is no topic {self._topic}")
        return [TopicPartition(self._topic, number) for number in numbers]

    async def _read(self, consumer: Any, places: list[TopicPartition]) -> None:
        presences = self._context.agents.presences
        while True:
            asked_s = self._clock.monotonic()
            async with asyncio.timeout(_ANSWER_S):
                ends = await consumer.end_offsets(places)
            proved = False
            while not proved or self._clock.monotonic() < asked_s + _PROVE_S:
                found = await consumer.getmany(timeout_ms=_WAIT_MS, max_records=_RECORDS_MAX)
                for records in found.values():
                    await self._take(records)
                if not proved and await _is_read(consumer, ends):
                    # All that was there when we asked has been heard.
                    presences.hears(now_s=asked_s)
                    proved = True
                if not proved and self._clock.monotonic() > asked_s + _ANSWER_S:
                    raise TransportUnavailable("heartbeats are there and do not come")

    async def _take(self, records: list[Any]) -> None:
        answers = [await self._context.take(record.value) for record in records]
        outgoing = [
            Outgoing(topic=self._replies, key=one[0], value=one[1])
            for one in answers
            if one is not None
        ]
        if self._sink is None or not outgoing:
            return
        try:
            await asyncio.wait_for(self._sink.send(outgoing), _ANSWER_S)
        except (TimeoutError, TransportUnavailable) as problem:
            # Each heartbeat is answered anew, and what is wanted can be asked for over HTTP.
            log.warning("agents.not_answered", problem=str(problem), answers=len(outgoing))


async def _is_read(consumer: Any, ends: dict[TopicPartition, int]) -> bool:
    for place, end in ends.items():
        if await consumer.position(place) < end:
            return False
    return True
