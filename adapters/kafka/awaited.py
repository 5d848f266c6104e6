"""Wait for topics that a person makes, and say so once instead of all the time."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.topics import missing_topics
from ports.commands import TransportUnavailable
from ports.consumers import Consumer

log = structlog.get_logger(__name__)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0


@dataclass(slots=True, kw_only=True)
class AwaitedTopics:
    """Topics without which a consumer is not begun.

    The client library looks for a topic that is not there ten times a second for ever, and
    logs an error each time. told: why nothing is consumed, None when it is.
    """

    address: KafkaAddress
    names: Sequence[str]
    told: Callable[[str | None], None]
    _missing: list[str] = field(default_factory=list)

    def before(self, consumer: Consumer) -> Consumer:
        """Return the consumer, which begins once the topics are there."""
        return _Waiting(self, consumer)

    async def wait(self, *, finished: asyncio.Event) -> None:
        """Return when all are there, or it is finished; raises TransportUnavailable."""
        for wait_s in waits():
            if finished.is_set():
                return
            try:
                missing = await missing_topics(self.names, address=self.address)
            except TransportUnavailable as problem:
                self.told(str(problem))
                raise
            self._tell(missing)
            if not missing:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await finished.wait()

    def _tell(self, missing: list[str]) -> None:
        self.told(f"no topic {', '.join(missing)}: run `ballast topics`" if missing else None)
        if missing and missing != self._missing:
            log.warning("commands.topics_missing", topics=missing, mend="run `ballast topics`")
        elif self._missing and not missing:
            log.info("commands.topics_found")
        self._missing = missing


def waits() -> Iterator[float]:
    """Give the seconds between looks: ever longer, up to the longest, without end."""
    wait_s = FIRST_WAIT_S
    while True:
        yield wait_s
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)


class _Waiting:
    def __init__(self, topics: AwaitedTopics, consumer: Consumer) -> None:
        self._topics = topics
        self._consumer = consumer
        self._finished = asyncio.Event()

    async def run(self) -> None:
        """Wait, then consume."""
        await self._topics.wait(finished=self._finished)
        if not self._finished.is_set():
            await self._consumer.run()

    def finish(self) -> None:
        """Take nothing more."""
        self._finished.set()
        self._consumer.finish()
