"""Claim deliveries that are due, so that nobody else sends them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from application.notifications.context import (
    ADDRESSES,
    DELIVERIES,
    NOTIFICATIONS,
    NotifyContext,
)
from application.notifications.find_due import FindDue
from domain.identity.notice import Priority
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel, Message
from domain.notifications.notification import Delivery, DeliveryState, Notification
from domain.notifications.rendering import digest_of, message_of
from ports.storage import StorageCorrupt, StorageUnavailable
from ports.transactions import Conflict
from ports.work import AtMost, Work

DIGEST_MAX = 100
_PAGES_MAX = 100


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
    """Take what is due of a channel: said in storage before anything leaves.

    What was claimed is ours until `release`, and nobody's while its process looks like one that
    died. A person's records that cannot be read hold up nobody else.
    """

    context: NotifyContext
    _due: FindDue = field(init=False)

    def __post_init__(self) -> None:
        """Remember what this process sends."""
        object.__setattr__(self, "_due", FindDue(context=self.context))

    async def __call__(
        self, channel: Channel, *, priorities: Collection[Priority], limit: int
    ) -> Sequence[Claim]:
        """Return at most so many claims, those with the highest priority first."""
        claims: list[Claim] = []
        try:
            for priority in priorities:
                await self._claim_some(channel, priority, limit=limit, into=claims)
        # What is claimed already is sent, whatever keeps us from the others.
        except (StorageUnavailable, Conflict):
            if not claims:
                raise
        except BaseException:
            for one in claims:
                self.release(one)
            raise
        return claims

    def release(self, claim: Claim) -> None:
        """Let go of a claim whose outcome is stored, or never will be by us."""
        self._due.leave(claim.deliveries)

    async def _claim_some(
        self, channel: Channel, priority: Priority, *, limit: int, into: list[Claim]
    ) -> None:
        """Claim as many as there is room for; where none of a page can be sent, of the next."""
        before = len(into)
        for _ in range(_PAGES_MAX):
            room = limit - len(into)
            due = await self._due(channel, priority=priority, limit=room) if room else []
            await self._claim_all(due, into=into)
            if not due or len(into) > before:
                return

    async def _claim_all(self, due: Sequence[Delivery], *, into: list[Claim]) -> None:
        by_tenant: dict[UUID, list[Delivery]] = defaultdict(list)
        for one in due:
            by_tenant[one.tenant_id].append(one)
        for tenant_id, whose in by_tenant.items():
            into += await self._claim(tenant_id, whose)

    async def _claim(self, tenant_id: UUID, due: Sequence[Delivery]) -> Sequence[Claim]:
        """Claim one tenant's deliveries, with each the rest of its digest."""
        try:
            people = await self.context.people(tenant_id)

            async def claim(work: Work) -> Sequence[Claim]:
                claims = [await self._one(work, one, people=people) for one in due]
                return [one for one in claims if one is not None]

            claims = await self.context.changes.run(claim, tenant_id=tenant_id)
        except StorageCorrupt as problem:
            if len(due) == 1:
                self._due.set_aside(due[0], str(problem))
                return []
            return [one for each in due for one in await self._claim(tenant_id, [each])]
        for one in claims:
            self._due.take(one.deliveries)
        return claims

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
        now = self.context.changes.clock.now()
        is_far = found.due_at is not None and found.due_at > now
        where = {
            "user_id": found.user_id,
            "channel": found.channel,
            "digest": True,
            "state": DeliveryState.QUEUED,
            # With what is due by a clock that was set meanwhile goes what is so to the moment.
            "due_at": found.due_at if is_far else AtMost(now),
        }
        also = await work.records(DELIVERIES).list(limit=DIGEST_MAX, where=where)
        return [found, *(one for one in also if one.id != found.id)][:DIGEST_MAX]

    async def _hold(self, work: Work, one: Delivery) -> Delivery:
        held = replace(
            one,
            state=DeliveryState.SENDING,
            attempts=one.attempts + 1,
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
