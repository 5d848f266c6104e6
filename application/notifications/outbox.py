"""Put notifications on their channels, as each person wants it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from application.notifications.context import ADDRESSES, DELIVERIES, PREFERENCES, is_loud
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import Delivery, DeliveryState, Notification, hour_of
from domain.notifications.preference import (
    INSIDE,
    OUTSIDE,
    PER_HOUR,
    Held,
    Later,
    Now,
    Preference,
    decide,
    default_least,
)
from domain.shared.frozen import builder
from ports.ids import Ids
from ports.storage import StorageCorrupt
from ports.work import Kind, Record, Work

# Every notification has several.
T = TypeVar("T", bound=Record)
_delivery = builder(Delivery)
_CHANNELS = len(Channel)
_PREFERENCES = len(NotificationType) * _CHANNELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What some people want and can be reached by, read once for all that they are told."""

    now: datetime
    ids: Ids
    # Which channels lead out of this installation.
    leads: Collection[Channel]
    preferences: Mapping[tuple[UUID, NotificationType, Channel], Preference]
    addresses: Mapping[tuple[UUID, Channel], ChannelAddress]
    sent: Counter[tuple[UUID, Channel]] = field(default_factory=Counter)
    hour: int = field(init=False)

    def __post_init__(self) -> None:
        """Work out what every delivery of now has."""
        object.__setattr__(self, "hour", hour_of(self.now))

    @classmethod
    async def of(
        cls,
        work: Work,
        users: Iterable[UUID],
        *,
        leads: Collection[Channel],
        ids: Ids,
        now: datetime,
        unreadable: Callable[[UUID, str], None],
    ) -> "Outbox":
        """Read what these people want.

        Whose wishes cannot be read is told as by default, and unreadable hears of it.
        """
        whose = frozenset(users)
        wanted = await _readable(work, PREFERENCES, whose, each=_PREFERENCES, unreadable=unreadable)
        known = await _readable(work, ADDRESSES, whose, each=_CHANNELS, unreadable=unreadable)
        outbox = cls(
            now=now,
            ids=ids,
            leads=leads,
            preferences={(one.user_id, one.type, one.channel): one for one in wanted},
            addresses={
                (one.user_id, one.channel): one for one in known if one.confirmed_at is not None
            },
        )
        for user_id, channel in outbox.addresses:
            outbox.sent[user_id, channel] = await work.records(DELIVERIES).count(
                where={
                    "user_id": user_id,
                    "channel": channel,
                    "hour": outbox.hour,
                    "digest": False,
                }
            )
        return outbox

    def put(self, notification: Notification, *, round: int = 0) -> Sequence[Delivery]:
        """Return what becomes of a notification on each channel that it concerns."""
        made = [
            one
            for channel in Channel
            if (one := self._on(channel, notification, round=round)) is not None
        ]
        heard = any(one.state is DeliveryState.QUEUED for one in made)
        if is_loud(notification.priority) and not heard:
            made += self.fall(notification, used={one.channel for one in made}, round=round)
        return made

    def fall(
        self, notification: Notification, *, used: Collection[Channel], round: int, why: str = ""
    ) -> Sequence[Delivery]:
        """Return the delivery on the next channel that may serve, none where there is no more."""
        for channel in OUTSIDE:
            wish = self.preferences.get((notification.user_id, notification.type, channel))
            refused = wish is not None and not wish.enabled
            if channel in used or refused or self._lacks(notification.user_id, channel):
                continue
            queued = DeliveryState.QUEUED
            return [self._made(notification, channel, state=queued, round=round, reason=why)]
        return []

    def _on(self, channel: Channel, notification: Notification, *, round: int) -> Delivery | None:
        user_id = notification.user_id
        wish = self.preferences.get((user_id, notification.type, channel))
        if wish is None and default_least(channel) is None:
            return None
        decision = decide(
            wish,
            type=notification.type,
            channel=channel,
            priority=notification.priority,
            at=self.now,
            sent_this_hour=self.sent[user_id, channel],
        )
        if isinstance(decision, Held):
            # What nobody asked for is not worth a line.
            if wish is None:
                return None
            return self._suppressed(notification, channel, reason=decision.reason, round=round)
        if channel in INSIDE:
            return self._made(notification, channel, state=DeliveryState.SENT, round=round)
        lacking = self._lacks(user_id, channel)
        if lacking:
            return self._suppressed(notification, channel, reason=lacking, round=round)
        return self._queued(notification, channel, decision, round=round)

    def _queued(
        self, notification: Notification, channel: Channel, decision: Now | Later, *, round: int
    ) -> Delivery:
        queued = DeliveryState.QUEUED
        if isinstance(decision, Now):
            self.sent[notification.user_id, channel] += 1
            return self._made(notification, channel, state=queued, round=round)
        reason = "waits for the digest" if decision.digest else "waits for the end of quiet hours"
        if decision.digest and self.sent[notification.user_id, channel] >= PER_HOUR[channel]:
            reason = f"more than {PER_HOUR[channel]} an hour: waits for the digest"
        made = self._made(notification, channel, state=queued, round=round, reason=reason)
        return replace(made, due_at=decision.at, digest=decision.digest)

    def _suppressed(
        self, notification: Notification, channel: Channel, *, reason: str, round: int
    ) -> Delivery:
        state = DeliveryState.SUPPRESSED
        return self._made(notification, channel, state=state, round=round, reason=reason)

    def _lacks(self, user_id: UUID, channel: Channel) -> str:
        if channel not in self.leads:
            return f"{channel.value} is not set up in this installation"
        if (user_id, channel) not in self.addresses:
            return f"no confirmed address for {channel.value}"
        return ""

    def _made(
        self,
        notification: Notification,
        channel: Channel,
        *,
        state: DeliveryState,
        round: int,
        reason: str = "",
    ) -> Delivery:
        return _delivery(
            id=self.ids.new(),
            tenant_id=notification.tenant_id,
            user_id=notification.user_id,
            notification_id=notification.id,
            channel=channel,
            priority=notification.priority,
            state=state,
            reason=reason,
            due_at=None,
            made_at=self.now,
            hour=self.hour,
            round=round,
            done_at=None if state is DeliveryState.QUEUED else self.now,
        )


async def _readable(
    work: Work,
    kind: Kind[T],
    users: Collection[UUID],
    *,
    each: int,
    unreadable: Callable[[UUID, str], None],
) -> Sequence[T]:
    """Return what is kept of these people, without the records of one where they do not fit."""
    whose = frozenset(users)
    try:
        where = {"user_id": whose}
        return await work.records(kind).list(limit=each * len(whose), where=where)
    except StorageCorrupt as problem:
        if len(whose) == 1:
            unreadable(next(iter(whose)), str(problem))
            return []
        kept = [
            await _readable(work, kind, [one], each=each, unreadable=unreadable) for one in whose
        ]
        return [one for some in kept for one in some]
