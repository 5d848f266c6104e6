"""What the core needs to stop trading for sure."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Latch, Scope
from domain.kill_switch.passcode import Passcode
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

    async def engaged(self, *, tenant_id: UUID) -> Sequence[Latch]:
        """Return the tenant's engaged latches, oldest first."""
        ...

    async def unfinished(self) -> Sequence[Latch]:
        """Return engaged latches of every tenant whose cancels or flattening still run."""
        ...

    async def find(self, *, tenant_id: UUID, latch_id: UUID) -> Latch | None:
        """Return one latch of the tenant."""
        ...


def _stands() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One send inside the barrier: whether it may leave, and whether it is still inside.

    flattening: an engaged latch asks for positions to be closed; what closes them goes past
    the halt while that holds, and not when it was called off. holds: tells, without waiting
    and right before the write, that activations still wait for this send; a barrier whose
    means can break answers False from the moment it broke.
    """

    allowed: bool
    flattening: bool = False
    holds: Callable[[], bool] = _stands


class KillBarrier(Protocol):
    """Keep sends and activations apart: none is on its way when a kill is acknowledged."""

    def sending(self, *, tenant_id: UUID, account_id: UUID) -> AbstractAsyncContextManager[Passage]:
        """Enter before a send and leave after the socket write.

        Yields whether sending is allowed: not when a latch covers the account, and whether one
        of those asks for flattening; raises when
        its state cannot be read. While inside, and while the passage holds, no activation
        is acknowledged.
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
