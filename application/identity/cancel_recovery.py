"""Cancel a request to take somebody's factors away, in the transaction of what speaks against."""

from datetime import datetime

from application.identity.deps import IdentityDeps, actor_of
from application.identity.notify import notify
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope


async def cancel_recovery(
    scope: IdentityScope, user: User, *, deps: IdentityDeps, at: datetime, trace_id: str, why: str
) -> bool:
    """Cancel a user's open request for recovery; tell whether there was one."""
    recovery = await scope.factors.recovery(user.id)
    if recovery is None:
        return False
    await scope.factors.keep_recovery(recovery.canceled(at))
    detail = (("recovery", str(recovery.id)), ("why", why))
    await scope.audit.add(
        deps.entry(
            tenant_id=user.tenant_id,
            actor=actor_of(user.id),
            action="recovery.cancel",
            subject=actor_of(user.id),
            at=at,
            trace_id=trace_id,
            detail=detail,
        )
    )
    await notify(scope, user, kind="recovery_canceled", detail=detail, deps=deps, trace_id=trace_id)
    return True
