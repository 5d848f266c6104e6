"""Mark an audit entry as looked at by a person."""

from dataclasses import dataclass
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.audit.review import NOTE_LENGTH_MAX, REVIEWED, Review
from domain.shared.refusals import Absent
from domain.shared.values import InvalidValue
from ports.audit import AuditTrail
from ports.ids import Ids
from ports.time import Clock


class EntryNotFound(Absent):
    """There is no such entry, or it is another tenant's."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"audit entry {entry_id} does not exist")
        self.entry_id = entry_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewEntry:
    """Marks an entry of the tenant as reviewed; the mark is an entry too."""

    trail: AuditTrail
    clock: Clock
    ids: Ids

    async def __call__(
        self, *, tenant_id: UUID, actor: str, entry_id: UUID, note: str, trace_id: str = ""
    ) -> Review:
        """Return the mark; raises EntryNotFound, InvalidValue."""
        if not 1 <= len(note) <= NOTE_LENGTH_MAX:
            raise InvalidValue(field="note", problem=f"must be 1 to {NOTE_LENGTH_MAX} characters")
        if not await self.trail.has(tenant_id=tenant_id, entry_id=entry_id):
            raise EntryNotFound(entry_id)
        mark = AuditEntry(
            id=self.ids.new(),
            tenant_id=tenant_id,
            actor=actor,
            action=REVIEWED,
            subject=str(entry_id),
            at=self.clock.now(),
            trace_id=trace_id,
            reason=note,
        )
        await self.trail.add(mark)
        return Review(actor=mark.actor, at=mark.at, note=mark.reason)
