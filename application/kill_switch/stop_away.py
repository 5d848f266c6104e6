"""Stop trading while storage does not answer: by the channel, and by a file."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from application.kill_switch.commands import ActivateKill
from domain.kill_switch.latch import Latch, LatchCause
from ports.ids import Ids
from ports.stops import PeerAnswers, StopChannel, StopFiles, StopNotKept
from ports.storage import StorageUnavailable
from ports.streams import Wakeup
from ports.time import Clock

# What a stop that storage has would have, and one that it has not lacks.
IN_STORAGE = ("latch", "audit_entry", "notice")
IN_FILE = "latch_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedAway:
    """The stop holds where it was heard; it is stored as soon as storage is back.

    not_durable names what a power cut could still take.
    """

    latch: Latch
    reached: PeerAnswers
    not_durable: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAway:
    """Have every process that sends act on a stop, and keep it until it is stored."""

    files: StopFiles
    channel: StopChannel
    # What this process itself does, where it sends; None where it does not.
    here: Callable[[Latch], Awaitable[None]] | None
    # The hint that there is something to store.
    wakeup: Wakeup
    clock: Clock
    ids: Ids

    async def __call__(self, command: ActivateKill) -> StoppedAway:
        """Return what was reached; raises StorageUnavailable where nothing heard of it.

        Nothing is flattened: what that needs cannot be checked now.
        """
        latch = Latch(
            id=self.ids.new(),
            scope=command.scope,
            level=command.level,
            cause=LatchCause.PERSON,
            reason=command.reason,
            actor=command.actor,
            engaged_at=self.clock.now(),
        )
        if self.here is not None:
            await self.here(latch)
        problem, reached = await asyncio.gather(self._keep(latch), self.channel.tell(latch))
        self.wakeup.set()
        if problem is not None and self.here is None and not reached.heard:
            raise StorageUnavailable(f"the stop could not be kept, and nobody heard it: {problem}")
        lacking = IN_STORAGE if problem is None else (*IN_STORAGE, IN_FILE)
        return StoppedAway(latch=latch, reached=reached, not_durable=lacking)

    async def _keep(self, latch: Latch) -> StopNotKept | None:
        try:
            await self.files.keep(latch)
        except StopNotKept as problem:
            return problem
        return None
