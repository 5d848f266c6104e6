"""Show users what they were told, and keep that they read it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.identity.deps import Asking, IdentityDeps
from domain.identity.notice import UserNotice
from domain.shared.refusals import Absent
from ports.identity_scope import IdentityScope


class NoticeNotFound(Absent):
    """There is no such notice, or it is another user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """A user's own notices."""

    deps: IdentityDeps

    async def list(
        self, asking: Asking, *, limit: int, after: UUID | None = None, unread: bool = False
    ) -> Sequence[UserNotice]:
        """Return the notices of who asks, newest first."""
        user_id = asking.principal.user_id
        return await self.deps.look(
            lambda scope: scope.notices.of(user_id, limit=limit, after=after, unread=unread)
        )

    async def read(self, asking: Asking, *, notice_id: UUID) -> UserNotice:
        """Keep that one was read, once; raises NoticeNotFound."""
        return await self._keep(asking, notice_id=notice_id, acknowledge=False)

    async def acknowledge(self, asking: Asking, *, notice_id: UUID) -> UserNotice:
        """Keep that one was acknowledged, once, and read with it; raises NoticeNotFound."""
        return await self._keep(asking, notice_id=notice_id, acknowledge=True)

    async def _keep(self, asking: Asking, *, notice_id: UUID, acknowledge: bool) -> UserNotice:
        async def work(scope: IdentityScope) -> UserNotice:
            # Of two who read it at once, the second waits here and finds it read.
            await scope.users.get(asking.principal.user_id)
            found = await scope.notices.get(notice_id)
            if found is None or found.user_id != asking.principal.user_id:
                raise NoticeNotFound(f"no notice {notice_id}")
            done = found.acknowledged_at if acknowledge else found.read_at
            if done is not None:
                return found
            at = self.deps.clock.now()
            await scope.notices.mark_read(notice_id, at=at)
            if acknowledge:
                await scope.notices.mark_acknowledged(notice_id, at=at)
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=found.tenant_id,
                    actor=asking.principal.actor,
                    action="notice.acknowledge" if acknowledge else "notice.read",
                    subject=str(notice_id),
                    at=at,
                    trace_id=asking.trace_id,
                    detail=(("kind", found.kind),),
                )
            )
            read = replace(found, read_at=found.read_at or at)
            return replace(read, acknowledged_at=at) if acknowledge else read

        return await self.deps.attempt(work)
