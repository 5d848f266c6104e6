"""Turn what was committed into notifications, each with its deliveries."""

import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID, uuid5

from application.notifications.context import (
    CHANNEL,
    DELIVERIES,
    ESCALATIONS,
    NOTIFICATIONS,
    NotifyContext,
    told,
)
from application.notifications.outbox import Outbox
from domain.audit.entry import NOBODY
from domain.identity.access import Access
from domain.identity.member import Member
from domain.identity.notice import NOTICES, Priority, UserNotice
from domain.notifications.alert import Alert, alert_of
from domain.notifications.message import Channel
from domain.notifications.names import with_names
from domain.notifications.notification import (
    ESCALATE_EVERY,
    Delivery,
    DeliveryState,
    Escalation,
    Notification,
    hour_of,
    notification_id,
)
from domain.notifications.user_alert import alert_of_notice
from domain.shared.notices import Notice, for_tenant
from ports.identity import Users
from ports.storage import StorageCorrupt
from ports.streams import StreamUnavailable
from ports.transactions import Conflict
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """One fact that somebody is to hear of, and the notice to a user that it may come from."""

    source: Notice
    alert: Alert
    user_notice: UserNotice | None = None


async def _nameless(_tenant_id: UUID, _accounts: frozenset[UUID]) -> Mapping[UUID, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeIn:
    """Keep a notification for everybody whom a committed fact concerns (port EventSink).

    The relay hands facts over at least once, from where it stood: one that comes again finds
    its notifications there.
    """

    context: NotifyContext
    users: Users
    # Something may have to be sent.
    wake: Callable[[], None]
    # Answers what a tenant calls accounts.
    accounts: Callable[[UUID, frozenset[UUID]], Awaitable[Mapping[UUID, str]]] = _nameless

    async def publish(self, notices: Sequence[Notice]) -> None:
        """Store what people are to hear of these; raises StreamUnavailable, StorageUnavailable."""
        by_tenant: dict[UUID, list[_News]] = defaultdict(list)
        for one in await self._news(notices):
            by_tenant[one.source.tenant_id].append(one)
        for tenant_id, news in by_tenant.items():
            try:
                await self._keep(tenant_id, news)
            except Conflict as problem:
                raise StreamUnavailable(f"notifications: {problem}") from problem
            # Whose people cannot be read is told of, and keeps no other from hearing.
            except StorageCorrupt as problem:
                self.context.on_unreadable(tenant_id, str(problem))
        if by_tenant:
            self.wake()

    async def _keep(self, tenant_id: UUID, news: Sequence[_News]) -> None:
        """Store one tenant's; whose records cannot be read holds up nobody else of theirs."""
        people, run = await self.context.people(tenant_id), self.context.changes.run
        news = await self._named(tenant_id, news, people=people)
        try:
            await run(partial(self._store, news=news, people=people), tenant_id=tenant_id)
        except StorageCorrupt:
            for id_, one in people.items():
                alone = partial(self._store, news=news, people={id_: one})
                try:
                    await run(alone, tenant_id=tenant_id)
                except StorageCorrupt as problem:
                    self.context.on_unreadable(id_, str(problem))

    async def _named(
        self, tenant_id: UUID, news: Sequence[_News], *, people: Mapping[UUID, Member]
    ) -> Sequence[_News]:
        """Return it with the names of people and accounts where there were ids."""
        whose = frozenset(one.alert.account_id for one in news if one.alert.account_id is not None)
        accounts = await self.accounts(tenant_id, whose) if whose else {}
        called = {one.id: one.name for one in people.values()}
        return [
            replace(one, alert=with_names(one.alert, people=called, accounts=accounts))
            for one in news
        ]

    async def _news(self, notices: Sequence[Notice]) -> Sequence[_News]:
        news: list[_News] = []
        own = [one for one in notices if one.family == NOTICES]
        kept = await self._kept(own)
        for notice in notices:
            if notice.family == CHANNEL:
                continue
            if notice.family == NOTICES:
                user_notice = kept[notice.id]
                alert = alert_of_notice(user_notice)
                news.append(_News(source=notice, alert=alert, user_notice=user_notice))
            elif (found := alert_of(notice)) is not None:
                news += [_News(source=one, alert=found) for one in await self._everywhere(notice)]
        return news

    async def _kept(self, notices: Sequence[Notice]) -> Mapping[UUID, UserNotice]:
        """Return the notices to users by their events; one that is gone as its event tells it."""
        found: dict[UUID, UserNotice] = {}
        if not notices:
            return found
        async with self.context.identity.begin() as scope:
            for event in notices:
                try:
                    kept = await scope.notices.get(UUID(event.subject))
                except StorageCorrupt as problem:
                    kept = None
                    self.context.on_unreadable(UUID(event.subject), str(problem))
                found[event.id] = kept or UserNotice(
                    id=UUID(event.subject),
                    tenant_id=event.tenant_id,
                    user_id=UUID(event.body["user_id"]),
                    kind=event.body["kind"],
                    at=event.at,
                    priority=Priority(event.body.get("priority", Priority.MEDIUM)),
                )
        return found

    async def _everywhere(self, notice: Notice) -> Sequence[Notice]:
        """Return a fact for each tenant that it concerns."""
        if notice.tenant_id != NOBODY:
            return [notice]
        return [for_tenant(notice, one.id) for one in await self.users.tenants()]

    async def _store(
        self, work: Work, *, news: Sequence[_News], people: Mapping[UUID, Member]
    ) -> None:
        made = {
            one.id: (one, item)
            for item in news
            for user_id in _concerned(item, people)
            for one in [_notification(item, user_id)]
        }
        records = work.records(NOTIFICATIONS)
        if not made:
            return
        there = await records.list(limit=len(made), where={"id": frozenset(made)})
        for known in there:
            del made[known.id]
        fresh = await self._fold(work, [one for one, _ in made.values()])
        if not fresh:
            return
        outbox = await Outbox.of(
            work,
            {one.user_id for one in fresh},
            leads=self.context.senders,
            ids=self.context.changes.ids,
            now=self.context.changes.clock.now(),
            unreadable=self.context.on_unreadable,
        )
        await self._put(work, fresh, outbox=outbox)
        for one in fresh:
            await self._watch(work, one, item=made[one.id][1])

    async def _fold(self, work: Work, made: Sequence[Notification]) -> Sequence[Notification]:
        """Count what came again at what is there, and return the rest."""
        keys = frozenset(one.dedupe_key for one in made if one.dedupe_key)
        unseen: dict[str, Notification] = {}
        stored: dict[UUID, int] = {}
        if keys:
            where = {"dedupe_key": keys, "read_at": None, "deleted_at": None}
            found = await work.records(NOTIFICATIONS).list(
                limit=len(keys) * 10, where=where, newest_first=True
            )
            for one in reversed(found):
                unseen[one.dedupe_key] = one
                stored[one.id] = one.version
        fresh: dict[UUID, Notification] = {}
        for one in made:
            before = unseen.get(one.dedupe_key) if one.dedupe_key else None
            if before is None or not before.takes_in(at=one.at):
                fresh[one.id] = one
                if one.dedupe_key:
                    unseen[one.dedupe_key] = one
                continue
            counted = before.repeated(at=one.at, text=one.text)
            if before.id in fresh:
                counted = fresh[before.id] = replace(counted, version=1)
            unseen[one.dedupe_key] = counted
        for key in keys:
            one = unseen[key]
            if one.id in stored and one.version != stored[one.id]:
                counted = replace(one, version=stored[one.id] + 1)
                if not await work.records(NOTIFICATIONS).update(counted):
                    raise Conflict(f"notification {one.id} changed meanwhile")
        return list(fresh.values())

    async def _put(self, work: Work, fresh: Sequence[Notification], *, outbox: Outbox) -> None:
        kept: list[Notification] = []
        deliveries: list[Delivery] = []
        stream: list[Notice] = []
        for one in fresh:
            put = outbox.put(one)
            sent = {each.channel for each in put if each.state is DeliveryState.SENT}
            kept.append(replace(one, shown=Channel.IN_APP in sent))
            deliveries += put
            if Channel.WEBSOCKET in sent:
                stream.append(told(one, ids=self.context.changes.ids))
        await work.records(NOTIFICATIONS).add_many(kept)
        await work.records(DELIVERIES).add_many(deliveries)
        await work.tell_many(stream)

    async def _watch(self, work: Work, one: Notification, *, item: _News) -> None:
        """Have what is urgent told again until somebody has it in hand."""
        if one.priority is not Priority.URGENT:
            return
        records = work.records(ESCALATIONS)
        if await records.get(one.incident) is None:
            await records.add(
                Escalation(
                    id=one.incident,
                    tenant_id=one.tenant_id,
                    type=one.type,
                    at=one.at,
                    subject=one.subject,
                    text=one.text,
                    link=one.link,
                    account_id=item.alert.account_id,
                    notice_id=None if item.user_notice is None else item.user_notice.id,
                    next_at=self.context.changes.clock.now() + ESCALATE_EVERY,
                )
            )


def _concerned(item: _News, people: Mapping[UUID, Member]) -> Sequence[UUID]:
    if item.user_notice is not None:
        return [one for one in (item.user_notice.user_id,) if one in people]
    return [one.id for one in people.values() if _concerns(item.alert, one.access)]


def _concerns(alert: Alert, access: Access) -> bool:
    if alert.account_id is None:
        return access.may(alert.to)
    return access.may_on(alert.to, account_id=alert.account_id)


def _notification(item: _News, user_id: UUID) -> Notification:
    alert, notice = item.alert, item.source
    incident, id_ = notice.id, notification_id(notice.id, user_id=user_id, at=notice.at)
    if item.user_notice is not None:
        id_ = incident = item.user_notice.id
        if alert.key:
            # Several people hear of the same: whoever takes it in hand does so for all.
            incident = uuid5(notice.tenant_id, f"{alert.key} {hour_of(notice.at)}")
    key = hashlib.sha256(f"{user_id} {alert.key}".encode()).hexdigest() if alert.key else ""
    return Notification(
        id=id_,
        tenant_id=notice.tenant_id,
        user_id=user_id,
        incident=incident,
        type=alert.type,
        priority=alert.priority,
        at=notice.at,
        last_at=notice.at,
        subject=alert.subject,
        text=alert.text,
        link=alert.link,
        dedupe_key=key,
    )
