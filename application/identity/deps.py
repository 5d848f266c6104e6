"""Share what every change of users and sessions needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from application.shared.change import again
from domain.audit.entry import AuditEntry
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.one_time import SECRET_BYTES, Prefix, secret_text
from domain.identity.session import Session, SessionEnd, SessionLimits, Visitor
from domain.identity.tenant import Principal, User
from ports.identity_scope import IdentityScope
from ports.ids import Ids
from ports.randomness import Randomness
from ports.storage import StorageUnavailable
from ports.streams import Wakeup
from ports.time import Clock
from ports.transactions import Conflict, Transactions

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, from where, under which trace."""

    principal: Principal
    visitor: Visitor = field(default_factory=Visitor)
    trace_id: str = ""

    @property
    def tenant_id(self) -> UUID:
        """Whose matters they may touch."""
        return self.principal.tenant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDeps:
    """Transactions, time, chance, and the hint that the feed has something new."""

    transactions: Transactions[IdentityScope]
    clock: Clock
    ids: Ids
    randomness: Randomness
    told: Wakeup
    limits: SessionLimits

    async def attempt(self, work: Callable[[IdentityScope], Awaitable[T]]) -> T:
        """Do the work in a transaction, again when another came between."""
        done = await self.look(work)
        self.told.set()
        return done

    async def look(self, work: Callable[[IdentityScope], Awaitable[T]]) -> T:
        """Do what the feed need not hear of in a transaction, again when another came between."""

        async def attempt() -> T:
            async with self.transactions.begin() as scope:
                return await work(scope)

        try:
            return await again(attempt)
        except Conflict as problem:
            raise StorageUnavailable("too many change the same user at once") from problem

    def secret(self, prefix: Prefix) -> str:
        """Return a new secret."""
        return secret_text(prefix, drawn=self.randomness.token(SECRET_BYTES))

    def entry(
        self,
        *,
        tenant_id: UUID,
        actor: str,
        action: str,
        subject: str,
        at: datetime,
        trace_id: str = "",
        detail: tuple[tuple[str, str], ...] = (),
    ) -> AuditEntry:
        """Return an audit entry."""
        return AuditEntry(
            id=self.ids.new(),
            tenant_id=tenant_id,
            actor=actor,
            action=action,
            subject=subject,
            at=at,
            trace_id=trace_id,
            detail=detail,
        )


def actor_of(user_id: UUID) -> str:
    """Return the name under which the audit trail knows a user."""
    return f"user:{user_id}"


async def end_one(
    scope: IdentityScope, session: Session, *, at: datetime, end: SessionEnd
) -> IdentityChange:
    """End a session and return what is to be told of it, last in the transaction."""
    await scope.sessions.update(session.ended(at=at, end=end))
    return IdentityChange(
        tenant_id=session.tenant_id,
        user_id=session.user_id,
        session_id=session.id,
        kind=ChangeKind.SESSION_ENDED,
        at=at,
    )


async def end_all(
    scope: IdentityScope,
    user: User,
    *,
    at: datetime,
    end: SessionEnd,
    but: UUID | None = None,
) -> tuple[User, int]:
    """End a user's sessions but one, and void every token without a session.

    Returns the user as they are to be stored, and how many sessions it were.
    """
    ended = 0
    for session in await scope.sessions.open_of(user.id):
        if session.id != but:
            await scope.sessions.update(session.ended(at=at, end=end))
            ended += 1
    # Nor may a log-in that was begun before be finished now.
    await scope.factors.void_challenges(user_id=user.id, at=at)
    return replace(user, tokens_from=at), ended
