"""Hold one audit entry: who did what to which thing, when and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One sensitive action, stored in the action's own transaction.

    action is a dotted name (order.submit, kill_switch.activate); detail holds plain text
    values by name, never secrets. at is business time.
    """

    id: UUID
    tenant_id: UUID
    actor: str
    action: str
    subject: str
    at: datetime
    market_at: datetime | None = None
    account_id: UUID | None = None
    trace_id: str = ""
    detail: tuple[tuple[str, str], ...] = ()
