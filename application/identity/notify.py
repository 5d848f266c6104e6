"""Tell a user what was done to their way in."""

from application.identity.deps import IdentityDeps, actor_of
from domain.identity.notice import UserNotice
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope


async def notify(
    scope: IdentityScope,
    user: User,
    *,
    kind: str,
    detail: tuple[tuple[str, str], ...] = (),
    deps: IdentityDeps,
    trace_id: str = "",
) -> None:
    """Keep a notice to the user, and its audit entry, within the transaction of what it tells."""
    notice = UserNotice(
        id=deps.ids.new(),
        tenant_id=user.tenant_id,
        user_id=user.id,
        kind=kind,
        at=deps.clock.now(),
        detail=detail,
    )
    await scope.notices.add(notice)
    await scope.audit.add(
        deps.entry(
            tenant_id=user.tenant_id,
            actor=actor_of(user.id),
            action=f"notice.{kind}",
            subject=actor_of(user.id),
            at=notice.at,
            trace_id=trace_id,
            detail=(("notice", str(notice.id)), *detail),
        )
    )
