"""Hold one audit entry: who did what to which thing, when, from where and why."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.audit.origin import agent_now, ip_now, session_now

# Whose entries those are that belong to no tenant, such as a log-in under an unknown name.
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One sensitive action, stored in the action's own transaction.

    action is a dotted name (order.submit, kill_switch.activate). detail, before and after
    hold plain text values by name, never secrets; before and after are what the action
    changed. reason is what the actor gave. Session, address and program are those of the
    action in hand unless they are given. at is business time.
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
    session_id: UUID | None = field(default_factory=session_now)
    ip: str = field(default_factory=ip_now)
    user_agent: str = field(default_factory=agent_now)
    before: tuple[tuple[str, str], ...] = ()
    after: tuple[tuple[str, str], ...] = ()
    reason: str = ""
