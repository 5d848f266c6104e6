"""Tell a user what was done to their way in."""

from application.identity.deps import IdentityDeps, actor_of
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
    """Keep a notice to the user within the transaction of what it tells."""
    await scope.audit.add(
        deps.entry(
            tenant_id=user.tenant_id,
            actor=actor_of(user.id),
            action=f"notice.{kind}",
            subject=actor_of(user.id),
            at=deps.clock.now(),
            trace_id=trace_id,
            detail=detail,
        )
    )
