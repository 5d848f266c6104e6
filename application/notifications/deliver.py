"""Send what is due, each channel and each urgency by itself, so that none waits for another."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from application.notifications.claim import Claim, ClaimDue
from application.notifications.context import SEND_S, NotifyContext
from application.notifications.find_due import LEASE_S
from application.notifications.settle import Settle
from domain.identity.notice import Priority
from domain.notifications.message import Channel
from ports.notifications import NotSent, Sent
from ports.storage import StorageCorrupt, StorageUnavailable
from ports.transactions import Conflict

# What is urgent waits for nothing else, whatever stalls.
LANES: tuple[tuple[Priority, ...], ...] = (
    (Priority.URGENT,),
    (Priority.HIGH,),
    (Priority.MEDIUM, Priority.LOW),
)
AT_ONCE = 8
POLL_S = 1.0
# How long a process that ends waits for answers that are on their way.
_FINISH_S = 5.0
_SETTLE_AGAIN_S = 0.5
# When a claimed message has begun to be sent, or is not: its answer is kept well before anybody
# could take this process for dead.
_BEGIN_S = LEASE_S - 2 * SEND_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Send claimed messages, and keep each answer as it comes."""

    context: NotifyContext
    claim: ClaimDue = field(init=False)
    _woken: dict[tuple[Channel, Priority], asyncio.Event] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Know from the first claim on what this process sends."""
        object.__setattr__(self, "claim", ClaimDue(context=self.context))

    def wake(self) -> None:
        """Look at once: something may be due."""
        for event in self._woken.values():
            event.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as group:
            for channel in self.context.senders:
                for lane in LANES:
                    self._woken[channel, lane[0]] = asyncio.Event()
                    group.create_task(self._run_lane(channel, lane))
            # A task without channels lives as long as the others.
            group.create_task(asyncio.Event().wait())

    async def drain(self, *, at_once: int = AT_ONCE) -> int:
        """Send everything that is due now, and return how many messages that was."""
        sent = 0
        for channel in self.context.senders:
            for lane in LANES:
                while claims := await self.claim(channel, priorities=lane, limit=at_once):
                    await asyncio.gather(*(self.send(one) for one in claims))
                    sent += len(claims)
        return sent

    async def send(self, claim: Claim) -> Sent | NotSent:
        """Send one claimed message, and store what came of it."""
        claimed_s = self.context.changes.clock.monotonic()
        try:
            address = await self._address(claim)
            if isinstance(address, NotSent):
                answer: Sent | NotSent = address
            elif self.context.changes.clock.monotonic() - claimed_s > _BEGIN_S:
                # This process slept: what it holds may be another's by now.
                answer = NotSent(reason="it was held for too long", again=True)
            else:
                answer = await self._send(claim, address=address)
            await self._settle(claim, answer)
        finally:
            self.claim.release(claim)
        return answer

    async def _address(self, claim: Claim) -> str | NotSent:
        try:
            return await self.context.address(claim.address)
        except StorageUnavailable as problem:
            self.context.on_failure(claim.channel, problem)
            return NotSent(reason="its address could not be read", again=True)

    async def _send(self, claim: Claim, *, address: str) -> Sent | NotSent:
        """Send a message with a link of the person's own, made for this attempt."""
        try:
            link = await self.context.personal_link(claim.address, claim.message.link)
        except (StorageUnavailable, StorageCorrupt, Conflict) as problem:
            self.context.on_failure(claim.channel, problem)
            return NotSent(reason="its link could not be made", again=True)
        message = replace(claim.message, link=link)
        return await self.context.send(claim.channel, message, address=address)

    async def _settle(self, claim: Claim, answer: Sent | NotSent) -> None:
        """Keep an answer, however long storage is away: what is not kept is sent again."""
        settle = Settle(context=self.context)
        while True:
            try:
                return await settle(claim, answer)
            except (StorageUnavailable, Conflict) as problem:
                self.context.on_failure(claim.channel, problem)
                await self.context.sleeper.sleep(_SETTLE_AGAIN_S)
            # It cannot be kept: whose it is is told of, and nobody else waits for it.
            except StorageCorrupt as problem:
                return self.context.on_unreadable(claim.deliveries[0].id, str(problem))

    async def _run_lane(self, channel: Channel, lane: tuple[Priority, ...]) -> None:
        busy: set[asyncio.Task[Sent | NotSent]] = set()
        woken = self._woken[channel, lane[0]]
        try:
            while True:
                woken.clear()
                free = AT_ONCE - len(busy)
                claims = await self._claims(channel, lane=lane, limit=free)
                busy |= {asyncio.create_task(self.send(one)) for one in claims}
                busy = await _next(busy, woken=woken, full=len(claims) == free)
        finally:
            # Who is being cancelled still keeps the answers that are on their way.
            if busy:
                await asyncio.wait(busy, timeout=_FINISH_S)
            for task in busy:
                task.cancel()

    async def _claims(
        self, channel: Channel, *, lane: tuple[Priority, ...], limit: int
    ) -> Sequence[Claim]:
        if limit:
            # The next look finds them again.
            with suppress(StorageUnavailable, Conflict):
                return await self.claim(channel, priorities=lane, limit=limit)
        return []


async def _next(
    busy: set[asyncio.Task[Sent | NotSent]], *, woken: asyncio.Event, full: bool
) -> set[asyncio.Task[Sent | NotSent]]:
    """Wait until there may be room or work, and return what is still on its way."""
    if full and busy:
        done, left = await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
    else:
        waiting = asyncio.create_task(woken.wait())
        try:
            await asyncio.wait(
                {*busy, waiting}, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waiting.cancel()
        done = {one for one in busy if one.done()}
        left = busy - done
    for one in done:
        # A send answers with a value; what it raises is a fault, and the supervisor's.
        one.result()
    return left
