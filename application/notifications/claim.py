"""Claim deliveries that are due, so that nobody else sends them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from application.notifications.context import (
    ADDRESSES,
    DELIVERIES,
    NOTIFICATIONS,
    NotifyContext,
)
from domain.identity.notice import Priority
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel, Message
from domain.notifications.notification import Delivery, DeliveryState, Notification
from domain.notifications.rendering import digest_of, message_of
from ports.work import AtMost, Where, Work

# Longer than any send takes: what is still being sent then died with its process.
LEASE = timedelta(seconds=120)
DIGEST_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A message that is ours to send, and the deliveries that it carries out."""

    deliveries: tuple[Delivery, ...]
    message: Message
    address: ChannelAddress

    @property
    def channel(self) -> Channel:
        """Over which channel it goes."""
        return self.deliveries[0].channel

    @property
    def tenant_id(self) -> UUID:
        """Whose it is."""
        return self.deliveries[0].tenant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDue:
    """Take what is due of a channel: said in storage before anything leaves."""

    context: NotifyContext

    async def __call__(
        self, channel: Channel, *, priorities: Collection[Priority], limit: int
    ) -> Sequence[Claim]:
        """Return at most so many claims, those with the highest priority first."""
        claims: list[Claim] = []
        for priority in priorities:
            room = limit - len(claims)
            due = await self._due(channel, priority=priority, limit=room) if room else []
            by_tenant: dict[UUID, list[Delivery]] = defaultdict(list)
            for one in due[:room]:
                by_tenant[one.tenant_id].append(one)
            for tenant_id, whose in by_tenant.items():
                claims += await self._claim(tenant_id, whose)
        return claims

    async def _due(self, channel: Channel, *, priority: Priority, limit: int) -> Sequence[Delivery]:
        now = AtMost(self.context.changes.clock.now())
        works = self.context.changes.works
        of: Where = {"channel": channel, "priority": priority}
        queued = {**of, "state": DeliveryState.QUEUED, "due_at": now}
        # What a process held that is no more.
        lost = {**of, "state": DeliveryState.SENDING, "lease_until": now}
        return [
            *await works.everywhere(DELIVERIES, limit=limit, where=lost),
            *await works.everywhere(DELIVERIES, limit=limit, where=queued),
        ]

    async def _claim(self, tenant_id: UUID, due: Sequence[Delivery]) -> Sequence[Claim]:
        """Claim one tenant's deliveries, with each the rest of its digest."""
        people = await self.context.people(tenant_id)

        async def claim(work: Work) -> Sequence[Claim]:
            claims = [await self._one(work, one, people=people) for one in due]
            return [one for one in claims if one is not None]

        return await self.context.changes.run(claim, tenant_id=tenant_id)

    async def _one(self, work: Work, due: Delivery, *, people: Collection[UUID]) -> Claim | None:
        found = await work.records(DELIVERIES).get(due.id)
        if found is None or found.version != due.version:
            return None
        address = await _address(work, found)
        if due.user_id not in people or address is None:
            reason = f"no confirmed address for {due.channel.value}"
            if due.user_id not in people:
                reason = "the person is shut out"
            await self._suppress(work, [found], reason=reason)
            return None
        together = await self._together(work, found)
        told = await _told(work, together)
        gone = [one for one in together if one.notification_id not in told]
        await self._suppress(work, gone, reason="read or deleted before it was sent")
        left = [one for one in together if one.notification_id in told]
        if not left:
            return None
        held = tuple([await self._hold(work, one) for one in left])
        return Claim(deliveries=held, message=_message(held, told), address=address)

    async def _together(self, work: Work, found: Delivery) -> Sequence[Delivery]:
        if not found.digest:
            return [found]
        where = {
            "user_id": found.user_id,
            "channel": found.channel,
            "digest": True,
            "state": DeliveryState.QUEUED,
            "due_at": AtMost(self.context.changes.clock.now()),
        }
        also = await work.records(DELIVERIES).list(limit=DIGEST_MAX, where=where)
        return [found, *(one for one in also if one.id != found.id)][:DIGEST_MAX]

    async def _hold(self, work: Work, one: Delivery) -> Delivery:
        held = replace(
            one,
            state=DeliveryState.SENDING,
            attempts=one.attempts + 1,
            lease_until=self.context.changes.clock.now() + LEASE,
            version=one.version + 1,
        )
        await work.records(DELIVERIES).update(held)
        return held

    async def _suppress(self, work: Work, gone: Sequence[Delivery], *, reason: str) -> None:
        for one in gone:
            await work.records(DELIVERIES).update(
                replace(
                    one,
                    state=DeliveryState.SUPPRESSED,
                    reason=reason,
                    lease_until=None,
                    done_at=self.context.changes.clock.now(),
                    version=one.version + 1,
                )
            )


async def _address(work: Work, delivery: Delivery) -> ChannelAddress | None:
    where = {"user_id": delivery.user_id, "channel": delivery.channel}
    found = next(iter(await work.records(ADDRESSES).list(limit=1, where=where)), None)
    return None if found is None or found.confirmed_at is None else found


async def _told(work: Work, together: Sequence[Delivery]) -> Mapping[UUID, Notification]:
    """Return what is still to be told: what was looked at meanwhile is in no digest."""
    ids = frozenset(one.notification_id for one in together)
    found = await work.records(NOTIFICATIONS).list(limit=len(ids), where={"id": ids})
    digest = together[0].digest
    return {
        one.id: one
        for one in found
        if one.deleted_at is None and not (digest and one.read_at is not None)
    }


def _message(held: Sequence[Delivery], told: Mapping[UUID, Notification]) -> Message:
    first = held[0]
    if first.digest:
        return digest_of([told[one.notification_id] for one in held], id=first.id)
    return message_of(told[first.notification_id], id=first.id, round=first.round)
