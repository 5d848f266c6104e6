"""What the core needs to stop trading for sure."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Latch, Level, PendingRelease, Scope, Target
from domain.kill_switch.passcode import Passcode
from domain.kill_switch.venue import LatchVenue
from domain.shared.notices import Notice


class Latches(Protocol):
    """Engaged and released latches, durable; what cannot be read counts as engaged."""

    async def engage(self, *, latch: Latch, audit: AuditEntry, notice: Notice) -> None:
        """Store a new latch with its audit entry and notice, all or nothing.

        The notice gets the next number of its channel, whatever number it comes with. Raises
        StorageConflict when nothing was stored, and it may be tried again.
        """
        ...

    async def update(self, *, latch: Latch, audit: AuditEntry | None, notice: Notice) -> None:
        """Store progress or release of a latch, with what tells of it, all or nothing.

        A stage once stored stays, and a count never falls: several work on one latch, and
        one that comes late with an older view must neither undo the others' progress nor a
        release. Numbers the notice, and raises, as `engage` does.
        """
        ...

    async def release(self, *, latch: Latch, audit: AuditEntry, notice: Notice) -> bool:
        """Store that a latch is off, or lets through what reduces, all or nothing.

        Its pending release is stored with it, as the latch has it. False, and nothing is
        stored, where it is released already, or was let down as far:
        of two who do it at once one does. Numbers the notice, and raises, as `engage` does.
        """
        ...

    async def pend(
        self,
        *,
        latch: Latch,
        before: PendingRelease | None,
        audit: AuditEntry | None = None,
        notice: Notice | None = None,
    ) -> bool:
        """Store the latch's pending release, or that there is none, in the place of `before`.

        False, and nothing is stored, where another stands there by now. It changes nothing of
        what the latch stops. Numbers the notice, and raises, as `engage` does.
        """
        ...

    async def releasing(self) -> Sequence[Latch]:
        """Return the latches of every tenant with a pending release, oldest first."""
        ...

    async def engaged(self, *, tenant_id: UUID) -> Sequence[Latch]:
        """Return the engaged latches of the tenant and of the whole firm, oldest first."""
        ...

    async def unfinished(self) -> Sequence[Latch]:
        """Return engaged latches of every tenant whose cancels or flattening still run."""
        ...

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Latch]:
        """Return the latches of the tenant and of the whole firm, newest first, below `after`.

        With among, of single accounts only those of these.
        """
        ...

    async def reach(self, venue: LatchVenue) -> None:
        """Store how far a latch is at one broker; a stage once stored stays."""
        ...

    async def venues(self, *, tenant_id: UUID, latch_ids: Sequence[UUID]) -> Sequence[LatchVenue]:
        """Return how far latches of the tenant, or of the firm, are at each broker, by name."""
        ...

    async def find(self, *, tenant_id: UUID, latch_id: UUID) -> Latch | None:
        """Return one latch of the tenant, or of the whole firm."""
        ...


def _stands() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One send inside the barrier: how far it is stopped, and whether it is still inside.

    level: what the latches over the order leave, None where there is none: under `reducing`
    only what reduces |position| may leave, under `halted` nothing. flattening: an engaged
    latch asks for positions to be closed; what closes them goes past the halt while that
    holds, and not when it was called off. holds: tells, without waiting and right before the
    write, that activations still wait for this send; a barrier whose means can break answers
    False from the moment it broke.
    """

    level: Level | None = None
    flattening: bool = False
    holds: Callable[[], bool] = _stands

    @property
    def allowed(self) -> bool:
        """Whether no latch stands against any send."""
        return self.level is None


class KillBarrier(Protocol):
    """Keep sends and activations apart: none is on its way when a kill is acknowledged."""

    def sending(self, target: Target) -> AbstractAsyncContextManager[Passage]:
        """Enter before a send and leave after the socket write.

        Yields how far the latches that cover the order stop it, and whether one of those
        asks for flattening; raises when its state cannot be read. While inside, and while
        the passage holds, no activation that covers it is acknowledged.
        """
        ...

    async def close(self, scope: Scope) -> None:
        """Return once no send that entered before the latch was stored is still inside."""
        ...


class Passcodes(Protocol):
    """The release passcode of a tenant, kept as a hash, and its failures."""

    async def load(self, *, tenant_id: UUID) -> Passcode | None:
        """Return the passcode's state, None while none is set."""
        ...

    async def failed(
        self,
        *,
        passcode: Passcode,
        failures_max: int,
        locked_until: datetime,
        audit: AuditEntry | None = None,
    ) -> None:
        """Count one more failure of this passcode, whoever else counts at the same time.

        With the last one allowed the release is locked until then, and the count begins anew.
        Nothing is counted when another passcode has been set meanwhile. The audit entry, when
        there is one, is stored with it.
        """
        ...

    async def store(self, *, passcode: Passcode, audit: AuditEntry | None) -> None:
        """Set the passcode or its failure count, with the audit entry when there is one."""
        ...
