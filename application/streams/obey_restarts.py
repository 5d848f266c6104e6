"""Keep a member of a consumer group running, and restart it when somebody asks for that."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from ports.consumers import Consumer, ConsumerRestarts
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

POLL_S = 1.0


class ObeyRestarts:
    """Runs consumers that `make` makes, one after the other, until `finish`.

    A restart is an orderly end and a new beginning: the old one finishes what is in hand and
    commits, so that no effect is lost, and what it did not commit comes again to the new
    one, whose inbox keeps it from having its effect twice.
    """

    def __init__(
        self,
        *,
        group: str,
        make: Callable[[], Consumer],
        restarts: ConsumerRestarts,
        clock: Clock,
        sleeper: Sleeper,
    ) -> None:
        self._group = group
        self._make = make
        self._restarts = restarts
        self._clock = clock
        self._sleeper = sleeper
        self._consumer: Consumer | None = None
        self._finishing = False
        # None: not known yet. A request from before this start is settled by it.
        self._settled: UUID | None = None
        self._knows = False

    async def run(self) -> None:
        """Consume until `finish`; raises what a consumer raises."""
        while not self._finishing:
            self._consumer = consumer = self._make()
            running = asyncio.ensure_future(_ran(consumer))
            asked = asyncio.ensure_future(self._asked())
            try:
                await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
                    return
                consumer.finish()
                await running
                await self._settle(asked.result())
            finally:
                for task in (asked, running):
                    task.cancel()
                await asyncio.wait({asked, running})

    def finish(self) -> None:
        """Take nothing more; `run` returns once what is in hand is done and committed."""
        self._finishing = True
        if self._consumer is not None:
            self._consumer.finish()

    async def _asked(self) -> UUID:
        """Return the id of the next request for our group."""
        while True:
            try:
                latest = await self._restarts.latest(group=self._group)
                if not self._knows:
                    self._knows = True
                    if latest is not None:
                        await self._settle(latest.id)
                elif latest is not None and latest.id != self._settled:
                    return latest.id
            except StorageUnavailable:
                # Asked again below: a restart can wait, the consumer goes on.
                pass
            await self._sleeper.sleep(POLL_S)

    async def _settle(self, request_id: UUID) -> None:
        self._settled = request_id
        try:
            await self._restarts.done(request_id=request_id, at=self._clock.now())
        except StorageUnavailable:
            return


async def _ran(consumer: Consumer) -> None:
    await consumer.run()
