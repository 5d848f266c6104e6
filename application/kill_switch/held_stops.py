"""Hold stops in this process from the moment they are heard, whatever storage says."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from application.kill_switch.accounts_at import AccountsAt
from application.kill_switch.send_gate import SendGate
from domain.kill_switch.latch import Latch, Scope, Target, stronger
from ports.kill_switch import KillBarrier, Passage
from ports.storage import StorageUnavailable


class SendsHeld(StorageUnavailable):
    """Nothing is sent now: stops may be kept that storage does not have yet."""


@dataclass(slots=True)
class HeldStops:
    """The latches that hold here though storage may not have them."""

    _held: dict[UUID, Latch] = field(default_factory=dict)

    def hold(self, latch: Latch) -> None:
        """Stop what it covers, from the next send on."""
        self._held[latch.id] = latch

    def let_go(self, latch_id: UUID) -> None:
        """Leave it to storage, which has it."""
        self._held.pop(latch_id, None)

    def holds(self, latch_id: UUID) -> bool:
        """Tell whether it is still held here."""
        return latch_id in self._held

    def over(self, target: Target) -> tuple[Latch, ...]:
        """Return the held latches over an order."""
        return tuple(latch for latch in self._held.values() if latch.scope.covers(target))

    @property
    def latches(self) -> tuple[Latch, ...]:
        """All that is held."""
        return tuple(self._held.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBarrier:
    """A KillBarrier that stops held here stand behind too, and the gate of sends before."""

    inner: KillBarrier
    stops: HeldStops
    gate: SendGate
    # Who sends where: a stop covers those that storage was not asked for yet.
    accounts: AccountsAt

    def sending(self, target: Target) -> AbstractAsyncContextManager[Passage]:
        """Enter before a send, leave after the socket write; raises SendsHeld too."""
        return self._sending(target)

    @asynccontextmanager
    async def _sending(self, target: Target) -> AsyncIterator[Passage]:
        await self.accounts.introduce(
            broker=target.broker, account_id=target.account_id, tenant_id=target.tenant_id
        )
        self._check()
        try:
            async with self.inner.sending(target) as passage:
                self._check()
                held = self.stops.over(target)

                def holds() -> bool:
                    """Tell whether nothing was stopped since: a stop acts at once."""
                    now = self.stops.over(target)
                    return passage.holds() and self.gate.is_open() and now == held

                levels = [latch.level for latch in held]
                if passage.level is not None:
                    levels.append(passage.level)
                yield replace(passage, level=stronger(levels), holds=holds)
        except SendsHeld:
            raise
        except StorageUnavailable as problem:
            # What was stopped meanwhile is not in storage: nothing leaves before it was asked for.
            self.gate.close(f"the database was away: {problem}")
            raise

    def _check(self) -> None:
        if not self.gate.is_open():
            raise SendsHeld(f"nothing is sent: {self.gate.why}")

    async def close(self, scope: Scope) -> None:
        """Return once no send that entered before is still inside."""
        await self.inner.close(scope)
