"""The whole application on memory adapters, with a real Kafka before it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.consumer import ConsumerLimits
from adapters.kafka.sink import KafkaMessageSink
from adapters.kafka.transport import KafkaCommandSource, KafkaTopicLog
from adapters.kafka.wire import DEAD_LETTERS, REPLIES
from adapters.memory.ids import SeededIds
from adapters.memory.randomness import SeededRandomness
from adapters.system.time import SystemSleeper
from bootstrap.areas.commands import CommandParts, build_over
from bootstrap.settings.sections import CommandSettings
from bootstrap.system import System
from ports.commands import Outgoing, ReceivedMessage
from tests.unit.adapters.kafka.counter import Counter
from tests.waiting import eventually


@dataclass(slots=True, kw_only=True)
class KafkaCounter:
    """Where commands are handed in by Kafka; its topic of commands is this test's own."""

    inner: Counter
    address: KafkaAddress
    topic: str
    sink: KafkaMessageSink = field(init=False)
    running: list[tuple[CommandParts, "asyncio.Task[None]"]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sink = KafkaMessageSink(address=self.address)

    async def put(self, *messages: tuple[bytes | None, bytes | None]) -> None:
        """Put messages into the log, in this order."""
        await self.sink.send(
            [Outgoing(topic=self.topic, key=key, value=value) for key, value in messages]
        )

    def start(self) -> CommandParts:
        """Start a consumer: a member of the test's own group."""
        clock = self.inner.context.clock
        parts = build_over(
            source=KafkaCommandSource(
                address=self.address, group=f"group-{self.topic}", topic=self.topic
            ),
            sink=KafkaMessageSink(address=self.address),
            facades=self.inner.facades(),
            inbox=self.inner.inbox,
            system=System(
                clock=clock,
                sleeper=SystemSleeper(),
                ids=SeededIds(clock=clock, seed=7),
                randomness=SeededRandomness(7),
            ),
            settings=CommandSettings(keys=json.dumps(self.inner.keys)),
            limits=ConsumerLimits(in_flight_max=16, poll_s=0.05, drain_s=5),
        )
        self.running.append((parts, asyncio.create_task(parts.run())))
        return parts

    async def stop(self) -> None:
        """Let every consumer finish."""
        running, self.running = self.running, []
        for parts, _ in running:
            parts.finish()
        for _, task in running:
            await task

    async def kill(self) -> None:
        """Cancel every consumer."""
        running, self.running = self.running, []
        for _, task in running:
            task.cancel()
        await asyncio.gather(*(task for _, task in running), return_exceptions=True)

    async def mine(self, topic: str) -> list[ReceivedMessage]:
        """Return the messages of a topic that tell of this test's commands."""
        found = await KafkaTopicLog(address=self.address).latest(topic, limit=1_000)
        if topic == REPLIES:
            return [one for one in found if self.topic.encode() in (one.value or b"")]
        return [one for one in found if dict(one.headers).get("ballast-dlq-topic") == self.named]

    @property
    def named(self) -> bytes:
        """The topic's name as headers have it."""
        return self.topic.encode()

    async def replies(self) -> list[dict[str, Any]]:
        """Return the replies to this test's commands."""
        return [json.loads(one.value or b"") for one in await self.mine(REPLIES)]

    async def letters(self) -> list[ReceivedMessage]:
        """Return this test's dead letters."""
        return await self.mine(DEAD_LETTERS)

    async def until_replies(self, count: int, *, timeout_s: float = 30.0) -> list[dict[str, Any]]:
        """Wait for so many replies."""
        async with asyncio.timeout(timeout_s):
            while len(found := await self.replies()) < count:
                for _, task in self.running:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.1)
        return found

    async def until(self, holds: Callable[[], bool], *, timeout_s: float = 30.0) -> None:
        """Wait until something holds."""
        await eventually(holds, within_s=timeout_s)
