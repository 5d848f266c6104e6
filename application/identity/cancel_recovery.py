"""Cancel a request to take somebody's factors away, in the transaction of what speaks against."""

from datetime import datetime

from application.identity.deps import IdentityDeps, actor_of
from application.identity.notify import notice_of
from domain.audit.entry import AuditEntry
from domain.identity.factors import Recovery
from domain.identity.tenant import User
from ports.access import Cancellation
from ports.identity_scope import IdentityScope
from ports.ids import Ids


def cancellation(
    recovery: Recovery, *, actor: str, ids: Ids, at: datetime, trace_id: str, why: str
) -> Cancellation:
    """Return the request as canceled, with the notice and the audit entries of that."""
    detail = (("recovery", str(recovery.id)), ("why", why))
    entry = AuditEntry(
        id=ids.new(),
        tenant_id=recovery.tenant_id,
        actor=actor,
        action="recovery.cancel",
        subject=actor_of(recovery.user_id),
        at=at,
        trace_id=trace_id,
        detail=detail,
    )
    notice, told = notice_of(
        tenant_id=recovery.tenant_id,
        user_id=recovery.user_id,
        kind="recovery_canceled",
        detail=detail,
        ids=ids,
        at=at,
        trace_id=trace_id,
    )
    return Cancellation(recovery=recovery.canceled(at), notice=notice, entries=(entry, told))


async def cancel_recovery(
    scope: IdentityScope,
    user: User,
    *,
    deps: IdentityDeps,
    at: datetime,
    trace_id: str,
    why: str,
    actor: str | None = None,
) -> bool:
    """Cancel a user's open request for recovery; tell whether there was one.

    actor is who does it, where it is not the user.
    """
    recovery = await scope.factors.recovery(user.id)
    if recovery is None:
        return False
    done = cancellation(
        recovery,
        actor=actor or actor_of(user.id),
        ids=deps.ids,
        at=at,
        trace_id=trace_id,
        why=why,
    )
    await scope.factors.keep_recovery(done.recovery)
    await scope.notices.add(done.notice)
    for entry in done.entries:
        await scope.audit.add(entry)
    return True
