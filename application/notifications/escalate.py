"""Tell what is urgent again, to ever more people, until somebody has it in hand."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from application.notifications.context import (
    DELIVERIES,
    ESCALATIONS,
    NOTIFICATIONS,
    NotifyContext,
    told,
)
from application.notifications.outbox import Outbox
from domain.identity.access import Permission
from domain.identity.member import Member
from domain.identity.notice import Priority
from domain.notifications.message import Channel
from domain.notifications.notification import (
    ROUNDS,
    DeliveryState,
    Escalation,
    Notification,
    notification_id,
)
from ports.storage import StorageUnavailable
from ports.transactions import Conflict
from ports.work import AtMost, Work

LOOK_EVERY_S = 5.0
_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Go through the rounds of each urgent incident: the owners, the traders, then both."""

    context: NotifyContext
    wake: Callable[[], None]
    on_failure: Callable[[Escalation, Exception], None]

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            # The database's own component says that it is away.
            with suppress(StorageUnavailable):
                await self.look()
            await self.context.sleeper.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Carry out every round that is due; one that fails holds no other up."""
        now = self.context.changes.clock.now()
        due = await self.context.changes.works.everywhere(
            ESCALATIONS, limit=_PAGE, where={"next_at": AtMost(now)}
        )
        for one in due:
            try:
                await self._advance(one)
            # The next look comes to it again.
            except (StorageUnavailable, Conflict) as problem:
                self.on_failure(one, problem)

    async def _advance(self, due: Escalation) -> None:
        taken_by = await self._taken_by(due)
        people = await self.context.people(due.tenant_id)
        await self.context.changes.run(
            partial(self._round, id=due.id, taken_by=taken_by, people=people),
            tenant_id=due.tenant_id,
        )
        self.wake()

    async def _taken_by(self, one: Escalation) -> UUID | None:
        """Return who acknowledged the notice that it came from, where it came from one."""
        if one.notice_id is None:
            return None
        async with self.context.identity.begin() as scope:
            notice = await scope.notices.get(one.notice_id)
        return None if notice is None or notice.acknowledged_at is None else notice.user_id

    async def _round(
        self, work: Work, *, id: UUID, taken_by: UUID | None, people: Mapping[UUID, Member]
    ) -> None:
        records, now = work.records(ESCALATIONS), self.context.changes.clock.now()
        one = await records.get(id)
        if one is None or one.next_at is None or one.next_at > now:
            return
        if taken_by is not None:
            await records.update(one.taken(by=taken_by))
            return
        after = one.told(now=now)
        await records.update(after)
        whom = [each for each in people.values() if _is_told(after, each)]
        outbox = await Outbox.of(
            work,
            [each.id for each in whom],
            leads=self.context.senders,
            ids=self.context.changes.ids,
            now=now,
        )
        for each in whom:
            await self._tell(work, after, user_id=each.id, outbox=outbox)

    async def _tell(self, work: Work, one: Escalation, *, user_id: UUID, outbox: Outbox) -> None:
        where = {"incident": one.id, "user_id": user_id}
        records = work.records(NOTIFICATIONS)
        known = next(iter(await records.list(limit=1, where=where, newest_first=True)), None)
        notification = known or self._made(one, user_id=user_id)
        if known is None:
            await records.add(notification)
        elif known.deleted_at is not None:
            # Deleted, and in nobody's hand: it is shown again.
            notification = replace(known, deleted_at=None, version=known.version + 1)
            await records.update(notification)
        put = outbox.put(notification, round=one.rounds)
        await work.records(DELIVERIES).add_many(put)
        if any(_is_on_stream(each.channel, each.state) for each in put):
            await work.tell(told(notification, ids=self.context.changes.ids, type="escalated"))

    def _made(self, one: Escalation, *, user_id: UUID) -> Notification:
        now = self.context.changes.clock.now()
        return Notification(
            id=notification_id(one.id, user_id=user_id, at=now),
            tenant_id=one.tenant_id,
            user_id=user_id,
            incident=one.id,
            type=one.type,
            priority=Priority.URGENT,
            at=one.at,
            last_at=now,
            subject=one.subject,
            text=one.text,
            link=one.link,
        )


def _is_told(one: Escalation, member: Member) -> bool:
    """Tell whether a round is a person's: the owners' the first, the traders' the second."""
    trades = (
        member.access.may(Permission.ORDERS_TRADE)
        if one.account_id is None
        else member.access.may_on(Permission.ORDERS_TRADE, account_id=one.account_id)
    )
    match one.rounds:
        case 1:
            return member.rules
        case 2:
            return trades and not member.rules
        case _:
            assert one.rounds <= ROUNDS
            return trades or member.rules


def _is_on_stream(channel: Channel, state: DeliveryState) -> bool:
    return channel is Channel.WEBSOCKET and state is DeliveryState.SENT
