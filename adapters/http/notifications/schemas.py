"""Show notifications, preferences and addresses on the wire, and read what people write."""

from typing import Annotated

import msgspec
from msgspec import Meta

from adapters.http.wire import moment, time_of
from application.notifications.inbox import NotificationDetail, Statistics
from application.notifications.keep_channels import ADDRESS_LENGTH_MAX, ProviderAnswer
from domain.identity.notice import Priority
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import Delivery, Notification
from domain.notifications.preference import UTC_ZONE, Digest, Preference
from ports.notifications import NotSent

WallTime = Annotated[str, Meta(pattern=r"^$|^[0-2][0-9]:[0-5][0-9]$", examples=["22:00"])]
Zone = Annotated[str, Meta(min_length=1, max_length=64, examples=["Europe/Berlin"])]
Address = Annotated[str, Meta(min_length=1, max_length=ADDRESS_LENGTH_MAX)]
Code = Annotated[str, Meta(min_length=1, max_length=32, examples=["7KQ2M-XW9RT"])]


class NotificationView(msgspec.Struct):
    """One thing that its person is told; times counts how often it came while unread."""

    id: str
    type: NotificationType
    priority: Priority
    at: str
    last_at: str
    subject: str
    text: str
    link: str
    times: int
    read_at: str | None
    acknowledged_at: str | None


class NotificationPage(msgspec.Struct):
    """Notifications, newest first."""

    items: list[NotificationView]
    next_cursor: str | None


class DeliveryView(msgspec.Struct):
    """What became of a notification on one channel, and why."""

    channel: Channel
    state: str
    reason: str
    due_at: str
    attempts: int
    round: int
    digest: bool
    done_at: str | None
    reference: str


class ShownView(msgspec.Struct):
    """A notification with its deliveries."""

    notification: NotificationView
    deliveries: list[DeliveryView]


class StatisticsView(msgspec.Struct):
    """How many notifications a person has; unacknowledged counts urgent ones in nobody's hand."""

    total: int
    unread: int
    unacknowledged: int
    by_type: dict[NotificationType, int]
    by_priority: dict[Priority, int]


class ChangedView(msgspec.Struct):
    """How many were changed."""

    changed: int


class PreferenceBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How to be told of a type on a channel; quiet hours and digests hold back nothing URGENT."""

    type: NotificationType
    channel: Channel
    enabled: bool = True
    least_priority: Priority = Priority.LOW
    quiet_from: WallTime = ""
    quiet_to: WallTime = ""
    zone: Zone = UTC_ZONE
    digest: Digest = Digest.NONE


class PreferenceView(msgspec.Struct):
    """A preference."""

    id: str
    type: NotificationType
    channel: Channel
    enabled: bool
    least_priority: Priority
    quiet_from: str
    quiet_to: str
    zone: str
    digest: Digest
    version: int


class PreferenceList(msgspec.Struct):
    """All preferences of a person; of what is not here the default holds."""

    items: list[PreferenceView]


class ChannelBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An address, to which a code is sent; or that code, with which it is taken into use."""

    channel: Channel
    address: Address | None = None
    code: Code | None = None


class ChannelView(msgspec.Struct):
    """Where a person is reached: address is the one in use, pending waits for its code.

    sent and answer say what the provider made of the message that was just sent, if one was.
    """

    id: str
    channel: Channel
    address: str
    pending: str
    confirmed_at: str | None
    sent: bool | None = None
    answer: str = ""


class ChannelList(msgspec.Struct):
    """A person's addresses, and the channels that lead out of this installation."""

    items: list[ChannelView]
    available: list[Channel]


class TestedView(msgspec.Struct):
    """What the provider answered to a test message."""

    sent: bool
    answer: str


def notification_view(one: Notification) -> NotificationView:
    """Show a notification."""
    return NotificationView(
        id=str(one.id),
        type=one.type,
        priority=one.priority,
        at=moment(one.at),
        last_at=moment(one.last_at),
        subject=one.subject,
        text=one.text,
        link=one.link,
        times=one.times,
        read_at=time_of(one.read_at),
        acknowledged_at=time_of(one.acknowledged_at),
    )


def shown_view(shown: NotificationDetail) -> ShownView:
    """Show a notification with its deliveries."""
    return ShownView(
        notification_view(shown.notification), [_delivery_view(one) for one in shown.deliveries]
    )


def statistics_view(found: Statistics) -> StatisticsView:
    """Show how many there are."""
    return StatisticsView(
        total=found.total,
        unread=found.unread,
        unacknowledged=found.unacknowledged,
        by_type=dict(found.by_type),
        by_priority=dict(found.by_priority),
    )


def preference_view(one: Preference) -> PreferenceView:
    """Show a preference."""
    return PreferenceView(
        id=str(one.id),
        type=one.type,
        channel=one.channel,
        enabled=one.enabled,
        least_priority=one.least_priority,
        quiet_from=one.quiet_from,
        quiet_to=one.quiet_to,
        zone=one.zone,
        digest=one.digest,
        version=one.version,
    )


def channel_view(one: ChannelAddress) -> ChannelView:
    """Show an address as far as it may be seen."""
    return ChannelView(
        id=str(one.id),
        channel=one.channel,
        address=one.shown,
        pending=one.pending,
        confirmed_at=time_of(one.confirmed_at),
    )


def asked_view(tried: ProviderAnswer) -> ChannelView:
    """Show an address to which a code was sent."""
    view, said = channel_view(tried.kept), tested_view(tried)
    view.sent, view.answer = said.sent, said.answer
    return view


def tested_view(tried: ProviderAnswer) -> TestedView:
    """Show what a provider answered."""
    if isinstance(tried.answer, NotSent):
        return TestedView(sent=False, answer=tried.answer.reason)
    return TestedView(sent=True, answer=tried.answer.reference)


def _delivery_view(one: Delivery) -> DeliveryView:
    return DeliveryView(
        channel=one.channel,
        state=one.state.value,
        reason=one.reason,
        due_at=moment(one.due_at or one.made_at),
        attempts=one.attempts,
        round=one.round,
        digest=one.digest,
        done_at=time_of(one.done_at),
        reference=one.reference,
    )
