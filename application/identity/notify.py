"""Tell a user what was done to their way in."""

from datetime import datetime
from uuid import UUID

from application.identity.deps import IdentityDeps, actor_of
from domain.audit.entry import AuditEntry
from domain.identity.notice import Priority, UserNotice
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope
from ports.ids import Ids

Detail = tuple[tuple[str, str], ...]


async def notify(
    scope: IdentityScope,
    user: User,
    *,
    kind: str,
    detail: Detail = (),
    deps: IdentityDeps,
    trace_id: str = "",
) -> None:
    """Keep a notice to the user, and its audit entry, within the transaction of what it tells."""
    notice, entry = notice_of(
        tenant_id=user.tenant_id,
        user_id=user.id,
        kind=kind,
        detail=detail,
        ids=deps.ids,
        at=deps.clock.now(),
        trace_id=trace_id,
    )
    await scope.notices.add(notice)
    await scope.audit.add(entry)


def notice_of(
    *,
    tenant_id: UUID,
    user_id: UUID,
    kind: str,
    detail: Detail,
    priority: Priority = Priority.MEDIUM,
    ids: Ids,
    at: datetime,
    trace_id: str,
) -> tuple[UserNotice, AuditEntry]:
    """Return a notice to a user, and the audit entry that says that they were told."""
    notice = UserNotice(
        id=ids.new(),
        tenant_id=tenant_id,
        user_id=user_id,
        kind=kind,
        at=at,
        detail=detail,
        priority=priority,
    )
    entry = AuditEntry(
        id=ids.new(),
        tenant_id=tenant_id,
        actor=actor_of(user_id),
        action=f"notice.{kind}",
        subject=actor_of(user_id),
        at=at,
        trace_id=trace_id,
        detail=(("notice", str(notice.id)), *detail),
    )
    return notice, entry
