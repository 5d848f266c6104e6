"""What the core needs to keep, seal and read the audit trail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.anchoring import AnchorRecord
from domain.audit.chain import Head, Link
from domain.audit.entry import AuditEntry
from domain.audit.macs import AuditKeys
from domain.audit.review import Review
from ports.leases import Fence

# How many entries one question looks at: who filters sharply turns pages.
LOOKED_AT_MAX = 20_000


class AuditUnsealable(Exception):
    """The chain in the database is not the one that was sealed last; someone changed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are asked for; what is None does not matter. Times of the entries' at."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    account_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    # Whether a person has marked them as looked at.
    reviewed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntry:
    """An entry and its place in its tenant's chain."""

    entry: AuditEntry
    position: int
    link: bytes
    review: Review | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Entries, latest first; older ones stand before the position, None when there are none."""

    entries: Sequence[SealedEntry]
    before: int | None


class AuditTrail(Protocol):
    """Entries of actions that store nothing else, and the trail as readers see it."""

    async def add(self, entry: AuditEntry) -> None:
        """Store an entry in a transaction of its own; raises storage errors."""
        ...

    async def has(self, *, tenant_id: UUID, entry_id: UUID) -> bool:
        """Tell whether there is such an entry of the tenant, sealed or not."""
        ...

    async def page(
        self, *, tenant_id: UUID, wanted: AuditFilter, limit: int, before: int | None = None
    ) -> AuditPage:
        """Return sealed entries, latest first, in places before `before`, with their reviews.

        At most LOOKED_AT_MAX entries are looked at: a page may be short, or empty, and still
        have older ones behind it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """How far was written at a moment; what was being written then is over when it `is_past`."""

    up_to: int
    horizon: int


class AuditSealing(Protocol):
    """Entries on their way into the chain, in the order in which they were written."""

    async def mark(self) -> Mark | None:
        """Return how far entries go now, None when all of them are sealed."""
        ...

    async def seal(
        self,
        mark: Mark,
        *,
        keys: AuditKeys,
        limit: int,
        expected: Callable[[UUID], Head | None],
        fence: Fence | None = None,
    ) -> Sequence[Link] | None:
        """Link the next entries up to the mark, and return their links.

        None while something that was being written at the mark may still appear. Empty when
        all up to the mark is sealed. One at a time, whatever the number of processes; the
        links are durable before they are returned. expected tells the head that this process
        knows of a tenant's chain: raises AuditUnsealable where the database has another,
        LeaseLost, storage errors.
        """
        ...

    async def heads(self) -> Sequence[Head]:
        """Return the head of every chain."""
        ...

    async def anchored(self, *, keys: AuditKeys) -> int:
        """Return how many heads were kept outside, 0 where that was never counted."""
        ...

    async def count_anchored(self, number: int, *, keys: AuditKeys) -> None:
        """Keep, signed, how many heads were kept outside."""
        ...

    async def begin(self, *, keys: AuditKeys, may_adopt: bool) -> None:
        """Fix, once and signed, which entries may lack a proof: those older than the chain.

        may_adopt is False where an anchor shows that there was a chain before.
        """
        ...


class AnchorTarget(Protocol):
    """A place outside the database that keeps heads of chains."""

    @property
    def name(self) -> str:
        """What operators know it by."""
        ...

    async def append(self, records: Sequence[AnchorRecord], *, after: int = 0) -> int:
        """Keep records durably, numbered behind the last and behind `after`.

        Returns the number of the last; raises AnchorUnavailable.
        """
        ...

    async def count(self) -> int:
        """Return the number of the last record, whether it is still there or was left out."""
        ...

    async def is_empty(self) -> bool:
        """Tell whether nothing was ever kept there; raises AnchorUnavailable."""
        ...


class AnchorUnavailable(Exception):
    """A head cannot be kept outside; the message says why."""
