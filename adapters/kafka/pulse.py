"""Know within seconds whether Kafka answers, and say it once for the whole process."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from adapters.kafka.connection import KafkaAddress
from ports.commands import TransportUnavailable
from ports.time import Clock, Sleeper

log = structlog.get_logger(__name__)

EVERY_S = 1.0
# The connection that is kept is asked first, then every broker at once.
KEPT_S = 0.5
ANSWER_S = 1.0
TOLD_EVERY_S = 60.0
# Each client of the library tries again ten times a second, and logs each time.
_LIBRARY = "aiokafka"


class KafkaPulse:
    """Asks the brokers for nothing but an answer; one that answers is enough.

    An outage is logged when it begins, each minute and when it is over, with what the library
    says of it held back meanwhile. told: why Kafka is away, None while it is not, each look.
    """

    def __init__(
        self,
        *,
        address: KafkaAddress,
        told: Callable[[str | None], None],
        clock: Clock,
        sleeper: Sleeper,
    ) -> None:
        self._address = address
        self._told = told
        self._clock = clock
        self._sleeper = sleeper
        self._kept: Any = None
        self._away_at: float | None = None
        self._logged_at = 0.0
        self._level = logging.NOTSET

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                await self.look()
                await self._sleeper.sleep(EVERY_S)
        finally:
            self.stop()

    def stop(self) -> None:
        """Let go of the connection, and let the library speak."""
        self._drop()
        self._let_speak()

    async def look(self) -> None:
        """Look once, and tell."""
        try:
            await self._ask()
        except (KafkaError, OSError, TimeoutError, TransportUnavailable) as problem:
            self._drop()
            said = f"Kafka: {str(problem) or type(problem).__name__}"
            self._away(said)
            self._told(said)
            return
        self._back()
        self._told(None)

    async def _ask(self) -> None:
        if self._kept is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(KEPT_S):
                    await self._kept.send(MetadataRequest([]))
                return
            self._drop()
        async with asyncio.timeout(ANSWER_S):
            self._kept = await self._first()

    async def _first(self) -> Any:
        """Return a connection to whichever broker answers first; raises the last problem."""
        hosts = collect_hosts(self._address.options()["bootstrap_servers"])
        asking = [asyncio.create_task(self._greeted(host, port)) for host, port, _ in hosts]
        kept: Any = None
        last: Exception = TransportUnavailable("no brokers are named")
        try:
            for answered in asyncio.as_completed(asking):
                try:
                    kept = await answered
                except (KafkaError, OSError) as problem:
                    last = problem
                else:
                    return kept
            raise last
        finally:
            for task in asking:
                task.cancel()
                task.add_done_callback(lambda ended: _let_go(ended, kept=kept))

    async def _greeted(self, host: str, port: int) -> Any:
        own = self._address.options()
        del own["bootstrap_servers"]
        connection = await create_conn(host, port, **own)
        try:
            await connection.send(MetadataRequest([]))
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def _away(self, problem: str) -> None:
        now = self._clock.monotonic()
        if self._away_at is None:
            self._away_at = self._logged_at = now
            log.warning("kafka.away", problem=problem)
            library = logging.getLogger(_LIBRARY)
            self._level = library.level
            library.setLevel(logging.CRITICAL)
        elif now >= self._logged_at + TOLD_EVERY_S:
            self._logged_at = now
            log.warning("kafka.still_away", problem=problem, for_s=round(now - self._away_at))

    def _back(self) -> None:
        if self._away_at is not None:
            log.info("kafka.back", after_s=round(self._clock.monotonic() - self._away_at))
            self._let_speak()

    def _let_speak(self) -> None:
        if self._away_at is not None:
            self._away_at = None
            logging.getLogger(_LIBRARY).setLevel(self._level)


def _let_go(task: "asyncio.Task[Any]", *, kept: Any) -> None:
    """Close a connection that came too late; what it failed with is no news."""
    if not task.cancelled() and task.exception() is None and task.result() is not kept:
        task.result().close()
