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

        async def work(scope: IdentityScope) -> UserNotice:
            # Of two who read it at once, the second waits here and finds it read.
            await scope.users.get(asking.principal.user_id)
            found = await scope.notices.get(notice_id)
            if found is None or found.user_id != asking.principal.user_id:
                raise NoticeNotFound(f"no notice {notice_id}")
            if found.read_at is not None:
                return found
            at = self.deps.clock.now()
            await scope.notices.mark_read(notice_id, at=at)
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=found.tenant_id,
                    actor=asking.principal.actor,
                    action="notice.read",
                    subject=str(notice_id),
                    at=at,
                    trace_id=asking.trace_id,
                    detail=(("kind", found.kind),),
                )
            )
            return replace(found, read_at=at)

        return await self.deps.attempt(work)
