"""Write what a log-in leaves in the audit trail."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from application.identity.deps import IdentityDeps, actor_of
from application.identity.login_try import LoginTry
from domain.audit.entry import NOBODY, AuditEntry
from domain.audit.suspicion import LOGIN_FAILED, LOGIN_OK
from domain.identity.address import normal_address
from domain.identity.factors import FactorKind
from domain.identity.session import Session
from domain.identity.tenant import User


def opened_entry(
    deps: IdentityDeps,
    user: User,
    *,
    session: Session,
    tried: LoginTry,
    factor: FactorKind | None,
    ended: Sequence[UUID | None] = (),
) -> AuditEntry:
    """Return the entry of a session that was opened.

    factor is what was shown, ended are the sessions that it took the place of.
    """
    shown = (("factor", factor.value),) if factor is not None else ()
    instead = (("ended", ",".join(map(str, ended))),) if ended else ()
    return deps.entry(
        tenant_id=user.tenant_id,
        actor=actor_of(user.id),
        action=LOGIN_OK,
        subject=actor_of(user.id),
        at=session.opened_at,
        trace_id=tried.trace_id,
        detail=(
            ("device", session.device_label),
            ("session", str(session.id)),
            ("lasting", str(tried.lasting).lower()),
            ("remember", str(tried.remember).lower()),
            ("method", tried.method),
            *shown,
            *instead,
        ),
    )


def refused_entry(deps: IdentityDeps, user: User | None, *, tried: LoginTry) -> AuditEntry:
    """Return the entry of somebody who was not let in; None is nobody's address."""
    # People mistake one field for another: what was typed is kept as a digest only.
    name = hashlib.sha256(normal_address(tried.email).encode("utf-8", "surrogatepass"))
    actor = actor_of(user.id) if user is not None else "unknown"
    return deps.entry(
        tenant_id=user.tenant_id if user is not None else NOBODY,
        actor=actor,
        action=LOGIN_FAILED,
        subject=actor,
        at=deps.clock.now(),
        trace_id=tried.trace_id,
        detail=(("email_digest", name.hexdigest()[:16]),),
    )
