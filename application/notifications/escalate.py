"""Tell what is urgent again, to ever more people, until somebody has it in hand."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
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
from application.shared.readable import readable
from domain.identity.access import Permission
from domain.identity.member import Member
from domain.identity.notice import Priority
from domain.notifications.message import Channel
from domain.notifications.notification import (
    ESCALATE_EVERY,
    ROUNDS,
    DeliveryState,
    Escalation,
    Notification,
    notification_id,
)
from ports.storage import StorageCorrupt, StorageUnavailable
from ports.transactions import Conflict
from ports.work import AtMost, Work

LOOK_EVERY_S = 5.0
_PAGE = 100
# Whatever has a next round at all.
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Go through the rounds of each urgent incident: the owners, the traders, then both.

    The five minutes between them are counted by the monotonic clock, from when a round was first
    seen; the stored time counts for what another process left, and no further ahead than that.
    """

    context: NotifyContext
    wake: Callable[[], None]
    on_failure: Callable[[Escalation, Exception], None]
    # When the next round of each is due, by the version that is to be followed.
    _due_s: dict[UUID, tuple[int, float]] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            # The database's own component says that it is away.
            with suppress(StorageUnavailable):
                await self.look()
            await self.context.sleeper.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Carry out every round that is due; one that fails holds no other up."""
        open_: dict[UUID, tuple[int, float]] = {}
        async for one in readable(
            self.context.changes.works,
            ESCALATIONS,
            page=_PAGE,
            where={"next_at": AtMost(_EVER)},
            unreadable=self.context.on_unreadable,
        ):
            due_s = self._due(one)
            open_[one.id] = one.version, due_s
            if due_s > self.context.changes.clock.monotonic():
                continue
            try:
                open_[one.id] = await self._advance(one), self._in(ESCALATE_EVERY)
            # The next look comes to it again.
            except (StorageUnavailable, Conflict) as problem:
                self.on_failure(one, problem)
            except StorageCorrupt as problem:
                self.context.on_unreadable(one.id, str(problem))
        self._due_s.clear()
        self._due_s.update(open_)

    def _due(self, one: Escalation) -> float:
        """Return when the next round is due by the monotonic clock."""
        known = self._due_s.get(one.id)
        if known is not None and known[0] == one.version:
            return known[1]
        clock = self.context.changes.clock
        left = (one.next_at or clock.now()) - clock.now()
        return self._in(min(max(left, timedelta(0)), ESCALATE_EVERY))

    def _in(self, span: timedelta) -> float:
        return self.context.changes.clock.monotonic() + span.total_seconds()

    async def _advance(self, due: Escalation) -> int:
        """Go through a round, and return the version that is there now."""
        taken_by = await self._taken_by(due)
        people = await self.context.people(due.tenant_id)
        version = await self.context.changes.run(
            partial(self._round, seen=due, taken_by=taken_by, people=people),
            tenant_id=due.tenant_id,
        )
        self.wake()
        return version

    async def _taken_by(self, one: Escalation) -> UUID | None:
        """Return who acknowledged the notice that it came from, where it came from one."""
        if one.notice_id is None:
            return None
        async with self.context.identity.begin() as scope:
            notice = await scope.notices.get(one.notice_id)
        return None if notice is None or notice.acknowledged_at is None else notice.user_id

    async def _round(
        self,
        work: Work,
        *,
        seen: Escalation,
        taken_by: UUID | None,
        people: Mapping[UUID, Member],
    ) -> int:
        records, now = work.records(ESCALATIONS), self.context.changes.clock.now()
        one = await records.get(seen.id)
        # Another process told it meanwhile, or somebody took it in hand.
        if one is None or one.version != seen.version:
            return seen.version
        if taken_by is not None:
            taken = one.taken(by=taken_by)
            await records.update(taken)
            return taken.version
        after = one.told(now=now)
        await records.update(after)
        whom = [each for each in people.values() if _is_told(after, each)]
        outbox = await Outbox.of(
            work,
            [each.id for each in whom],
            leads=self.context.senders,
            ids=self.context.changes.ids,
            now=now,
            unreadable=self.context.on_unreadable,
        )
        for each in whom:
            await self._tell(work, after, user_id=each.id, outbox=outbox)
        return after.version

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
