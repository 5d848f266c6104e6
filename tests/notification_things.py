"""Keep what belongs to one person of notifications, for tests that try every route."""

from uuid import UUID

from application.notifications.context import (
    ADDRESSES,
    IN_USE,
    NOTIFICATIONS,
    PREFERENCES,
    NotifyContext,
    row_of,
)
from domain.identity.notice import Priority
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import Notification
from domain.notifications.preference import Preference
from ports.secrets import SealedRow
from tests.builders import new_id

NOTIFICATION, PREFERENCE, CHANNEL = "notification", "preference", "notification_channel"
KINDS = frozenset({NOTIFICATION, PREFERENCE, CHANNEL})
# What the routes' own bodies leave free.
_FREE = [
    (type_, channel)
    for channel in (Channel.PUSH, Channel.WEBHOOK, Channel.EMAIL, Channel.WEBSOCKET)
    for type_ in NotificationType
]


async def add_thing(context: NotifyContext, kind: str, *, tenant_id: UUID, user_id: UUID) -> UUID:
    """Return the id of a new thing of a person's."""
    at = context.changes.clock.now()
    if kind == CHANNEL:
        for channel in (Channel.EMAIL, Channel.PUSH):
            made = await _confirmed(context, channel, tenant_id=tenant_id, user_id=user_id)
        return made
    async with context.changes.works.begin(tenant_id) as work:
        if kind == PREFERENCE:
            kept = await work.records(PREFERENCES).list(limit=100, where={"user_id": user_id})
            taken = {(one.type, one.channel) for one in kept}
            type_, channel = next(one for one in _FREE if one not in taken)
            wish = Preference(
                id=new_id(), tenant_id=tenant_id, user_id=user_id, type=type_, channel=channel
            )
            await work.records(PREFERENCES).add(wish)
            return wish.id
        told = Notification(
            id=new_id(),
            tenant_id=tenant_id,
            user_id=user_id,
            incident=new_id(),
            type=NotificationType.SYSTEM_ALERT,
            priority=Priority.HIGH,
            at=at,
            last_at=at,
            subject="Orders wait to be sent",
            text="Three orders wait.",
        )
        await work.records(NOTIFICATIONS).add(told)
        return told.id


async def _confirmed(
    context: NotifyContext, channel: Channel, *, tenant_id: UUID, user_id: UUID
) -> UUID:
    made = ChannelAddress(
        id=new_id(),
        tenant_id=tenant_id,
        user_id=user_id,
        channel=channel,
        shown="***",
        confirmed_at=context.changes.clock.now(),
    )
    row = row_of(made, column=IN_USE)
    sealed = await context.vault.seal(b"somewhere", row=row)
    async with context.changes.works.begin(tenant_id) as work:
        where = {"user_id": user_id, "channel": channel}
        for known in await work.records(ADDRESSES).list(limit=1, where=where):
            return known.id
        await work.records(ADDRESSES).add(made)
        await work.seal(SealedRow(row=row, sealed=sealed))
    return made.id
