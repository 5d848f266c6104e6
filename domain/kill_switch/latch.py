"""Hold the kill switch's latch: what is stopped, by whom, why, since when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class LatchCause(StrEnum):
    """What engaged a latch."""

    PERSON = "person"
    RULE = "rule"  # a risk rule with action HALT
    RECONCILIATION = "reconciliation"  # our book and the broker's disagree


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a latch stops: one account, or with account_id None the whole tenant."""

    tenant_id: UUID
    account_id: UUID | None = None

    def covers(self, *, tenant_id: UUID, account_id: UUID) -> bool:
        """Tell whether an account lies within the scope."""
        return self.tenant_id == tenant_id and self.account_id in (None, account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latch:
    """One engaged or released stop; a release is recorded, a latch is never deleted."""

    id: UUID
    scope: Scope
    cause: LatchCause
    reason: str
    actor: str
    engaged_at: datetime
    flatten: bool = False
    # The three stages, reported apart: senders stopped, nothing rests, positions flat.
    acknowledged_at: datetime | None = None
    canceled_at: datetime | None = None
    flat_at: datetime | None = None
    released_at: datetime | None = None
    released_by: str | None = None
    # How many orders it asked to be cancelled so far, with those that depended on them.
    orders_cancelled: int = 0

    @property
    def is_engaged(self) -> bool:
        """Whether it still stops trading."""
        return self.released_at is None

    @property
    def flatten_canceled(self) -> bool:
        """Whether the flattening that was asked for was called off before all was flat."""
        return self.flatten and self.flat_at is None and not self.is_engaged

    @property
    def is_unfinished(self) -> bool:
        """Whether cancels, or the flattening that was asked for, still run."""
        if not self.is_engaged:
            return False
        return self.canceled_at is None or (self.flatten and self.flat_at is None)
