"""Show a user their sessions, and end one, this one or all."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.identity.deps import Asking, IdentityDeps, end_all, end_one
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.session import Session, SessionEnd
from domain.identity.tenant import PrincipalKind
from domain.shared.refusals import Absent
from ports.access import PersonalTokens
from ports.identity import People
from ports.identity_scope import IdentityScope


class SessionNotFound(Absent):
    """There is no such session, it is over, or it is another user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """A user's own sessions."""

    deps: IdentityDeps
    people: People
    personal: PersonalTokens

    async def list(
        self, asking: Asking, *, limit: int, after: UUID | None = None
    ) -> Sequence[Session]:
        """Return the open sessions of who asks, oldest first."""
        return await self.people.sessions(
            user_id=asking.principal.user_id,
            now=self.deps.clock.now(),
            limit=limit,
            after=after,
        )

    async def logout(self, asking: Asking) -> None:
        """End the session of the token that asks, or the token itself where it has none."""
        if asking.principal.kind is not PrincipalKind.PERSON:
            await self._revoke(asking)
            return
        session_id = asking.principal.session_id
        if session_id is None:
            await self._end_token(asking)
            return
        await self._end(asking, session_id, end=SessionEnd.LOGOUT, action="session.logout")

    async def revoke(self, asking: Asking, *, session_id: UUID) -> None:
        """End one of the user's sessions; raises SessionNotFound."""
        ended = await self._end(asking, session_id, end=SessionEnd.REVOKED, action="session.revoke")
        if not ended:
            raise SessionNotFound(f"no open session {session_id}")

    async def logout_everywhere(self, asking: Asking) -> int:
        """End every session of the user and every other token; return how many sessions."""

        async def work(scope: IdentityScope) -> int:
            at = self.deps.clock.now()
            user = await scope.users.get(asking.principal.user_id)
            if user is None:
                return 0
            user, ended = await end_all(scope, user, at=at, end=SessionEnd.LOGOUT)
            await scope.users.update(user)
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=user.tenant_id,
                    actor=asking.principal.actor,
                    action="session.logout_everywhere",
                    subject=str(user.id),
                    at=at,
                    trace_id=asking.trace_id,
                    detail=(("sessions", str(ended)),),
                )
            )
            await scope.endings.tell(
                IdentityChange(
                    tenant_id=user.tenant_id,
                    user_id=user.id,
                    kind=ChangeKind.SESSIONS_ENDED,
                    at=at,
                )
            )
            return ended

        return await self.deps.attempt(work)

    async def _end(self, asking: Asking, session_id: UUID, *, end: SessionEnd, action: str) -> bool:
        async def work(scope: IdentityScope) -> bool:
            at = self.deps.clock.now()
            session = await scope.sessions.get(session_id)
            if (
                session is None
                or session.user_id != asking.principal.user_id
                or session.ended_at is not None
            ):
                return False
            told = await end_one(scope, session, at=at, end=end)
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=session.tenant_id,
                    actor=asking.principal.actor,
                    action=action,
                    subject=str(session.id),
                    at=at,
                    trace_id=asking.trace_id,
                    detail=(("device", session.device_label),),
                )
            )
            await scope.endings.tell(told)
            return True

        return await self.deps.attempt(work)

    async def _revoke(self, asking: Asking) -> None:
        principal = asking.principal
        audit = self.deps.entry(
            tenant_id=principal.tenant_id,
            actor=principal.actor,
            action="token.revoke",
            subject=principal.token_id,
            at=self.deps.clock.now(),
            trace_id=asking.trace_id,
        )
        await self.personal.revoke(
            tenant_id=principal.tenant_id,
            member_id=principal.user_id,
            token_id=UUID(principal.token_id),
            audit=audit,
        )
        self.deps.told.set()

    async def _end_token(self, asking: Asking) -> None:
        principal = asking.principal

        async def work(scope: IdentityScope) -> None:
            at = self.deps.clock.now()
            await scope.endings.end_token(
                tenant_id=principal.tenant_id,
                token_id=principal.token_id,
                expires_at=principal.expires_at,
            )
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=principal.tenant_id,
                    actor=principal.actor,
                    action="token.end",
                    subject=principal.token_id,
                    at=at,
                    trace_id=asking.trace_id,
                )
            )
            await scope.endings.tell(
                IdentityChange(
                    tenant_id=principal.tenant_id,
                    user_id=principal.user_id,
                    token_id=principal.token_id,
                    kind=ChangeKind.TOKEN_ENDED,
                    at=at,
                )
            )

        await self.deps.attempt(work)
