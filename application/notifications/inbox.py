"""Show people what they were told, and keep what they did with it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.identity.deps import Asking
from application.identity.notices import NoticeNotFound, Notices
from application.notifications.context import (
    DELIVERIES,
    ESCALATIONS,
    NOTIFICATIONS,
    NotifyContext,
)
from application.shared.asker import Asker
from domain.identity.notice import Priority
from domain.notifications.message import NotificationType
from domain.notifications.notification import Delivery, Notification
from domain.shared.refusals import Absent
from ports.transactions import Conflict
from ports.work import Work

_PAGE = 200
_DELIVERIES_SHOWN = 200


class NotificationNotFound(Absent):
    """There is no such notification, or it is another person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """How many notifications a person has, and of which kinds."""

    total: int
    unread: int
    unacknowledged: int
    by_type: Mapping[NotificationType, int]
    by_priority: Mapping[Priority, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationDetail:
    """A notification with what became of it on each channel."""

    notification: Notification
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A person's own notifications; nobody asks for another's."""

    context: NotifyContext
    # Where the notices are that some come from.
    notices: Notices

    async def list(
        self,
        *,
        by: Asker,
        limit: int,
        after: UUID | None = None,
        unread: bool = False,
        type: NotificationType | None = None,
        priority: Priority | None = None,
    ) -> Sequence[Notification]:
        """Return them, newest first."""
        where = _own(by)
        if unread:
            where["read_at"] = None
        if type is not None:
            where["type"] = type
        if priority is not None:
            where["priority"] = priority
        async with self.context.changes.works.look(by.tenant_id) as look:
            return await look.records(NOTIFICATIONS).list(
                limit=limit, after=after, where=where, newest_first=True
            )

    async def get(self, id: UUID, *, by: Asker) -> NotificationDetail:
        """Return one with its deliveries; raises NotificationNotFound."""
        async with self.context.changes.works.look(by.tenant_id) as look:
            found = _checked(await look.records(NOTIFICATIONS).get(id), id=id, by=by)
            put = await look.records(DELIVERIES).list(
                limit=_DELIVERIES_SHOWN, where={"notification_id": id}
            )
        return NotificationDetail(notification=found, deliveries=put)

    async def stats(self, *, by: Asker) -> Statistics:
        """Count them."""
        own = _own(by)
        async with self.context.changes.works.look(by.tenant_id) as look:
            count = look.records(NOTIFICATIONS).count
            urgent = {"priority": Priority.URGENT, "acknowledged_at": None}
            return Statistics(
                total=await count(where=own),
                unread=await count(where={**own, "read_at": None}),
                unacknowledged=await count(where={**own, **urgent}),
                by_type={one: await count(where={**own, "type": one}) for one in NotificationType},
                by_priority={one: await count(where={**own, "priority": one}) for one in Priority},
            )

    async def read(self, id: UUID, *, by: Asker) -> Notification:
        """Keep that one was read, once; raises NotificationNotFound."""
        return await self._change(id, lambda one, at: one.read(at), what="read", by=by)

    async def delete(self, id: UUID, *, by: Asker) -> None:
        """Put one out of sight; what is urgent and in nobody's hand comes back when it is due."""
        await self._change(id, lambda one, at: one.deleted(at), what="deleted", by=by)

    async def read_all(self, *, by: Asker) -> int:
        """Keep that all were read, and return how many were not before."""
        return await self._change_all(
            lambda one, at: one.read(at), where={"read_at": None}, what="read_all", by=by
        )

    async def clear(self, *, by: Asker) -> int:
        """Put all that were read out of sight, and return how many."""
        return await self._change_all(
            lambda one, at: None if one.read_at is None else one.deleted(at),
            where={},
            what="cleared",
            by=by,
        )

    async def acknowledge(self, id: UUID, *, asking: Asking, by: Asker) -> Notification:
        """Take one in hand: nobody is told of it again. Raises NotificationNotFound."""

        async def acknowledge(work: Work) -> Notification:
            found = _checked(await work.records(NOTIFICATIONS).get(id), id=id, by=by)
            if found.acknowledged_at is not None:
                return found
            after = found.acknowledged(self.context.changes.clock.now())
            await self._store(work, found, after, what="acknowledged", by=by)
            escalation = await work.records(ESCALATIONS).get(found.incident)
            if escalation is not None and escalation.next_at is not None:
                await work.records(ESCALATIONS).update(escalation.taken(by=found.user_id))
            return after

        after = await self.context.changes.run(acknowledge, tenant_id=by.tenant_id)
        # The notice that it came from, if it came from one: who repeats it looks there.
        with suppress(NoticeNotFound):
            await self.notices.acknowledge(asking, notice_id=id)
        return after

    async def _change(
        self,
        id: UUID,
        change: Callable[[Notification, datetime], Notification],
        *,
        what: str,
        by: Asker,
    ) -> Notification:
        async def store(work: Work) -> Notification:
            found = _checked(await work.records(NOTIFICATIONS).get(id), id=id, by=by)
            after = change(found, self.context.changes.clock.now())
            if after is not found:
                await self._store(work, found, after, what=what, by=by)
            return after

        return await self.context.changes.run(store, tenant_id=by.tenant_id)

    async def _store(
        self, work: Work, before: Notification, after: Notification, *, what: str, by: Asker
    ) -> None:
        if not await work.records(NOTIFICATIONS).update(after):
            raise Conflict(f"notification {before.id} changed meanwhile")
        await self.context.record(work, f"notification.{what}", subject=before.id, by=by)

    async def _change_all(
        self,
        change: Callable[[Notification, datetime], Notification | None],
        *,
        where: Mapping[str, object],
        what: str,
        by: Asker,
    ) -> int:
        """Change a page a transaction: a person may have thousands."""
        changed, after = 0, None
        while True:

            async def page(work: Work, after: UUID | None = after) -> tuple[int, UUID | None]:
                now, done = self.context.changes.clock.now(), 0
                found = await work.records(NOTIFICATIONS).list(
                    limit=_PAGE, after=after, where={**_own(by), **where}
                )
                for one in found:
                    new = change(one, now)
                    if new is not None and new is not one:
                        await work.records(NOTIFICATIONS).update(new)
                        done += 1
                if done or after is None:
                    more = {"notifications": str(done)}
                    await self.context.record(
                        work,
                        f"notification.{what}",
                        subject=by.user_id or by.tenant_id,
                        by=by,
                        detail=more,
                    )
                return done, found[-1].id if len(found) == _PAGE else None

            done, after = await self.context.changes.run(page, tenant_id=by.tenant_id)
            changed += done
            if after is None:
                return changed


def _own(by: Asker) -> dict[str, object]:
    return {"user_id": by.user_id, "deleted_at": None, "shown": True}


def _checked(found: Notification | None, *, id: UUID, by: Asker) -> Notification:
    if found is None or found.user_id != by.user_id or found.deleted_at is not None:
        raise NotificationNotFound(f"no notification {id}")
    return found
