"""Hold what one person is told, and what has become of it."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.identity.notice import Priority
from domain.notifications.message import Channel, NotificationType

# Told again within this time, and not yet seen, it is counted and not told a second time.
DEDUPE_FOR = timedelta(minutes=5)
ESCALATE_EVERY = timedelta(minutes=5)
ROUNDS = 3
# In this order: what is told when both wait is told of the first of these first.
PRIORITIES = (Priority.URGENT, Priority.HIGH, Priority.MEDIUM, Priority.LOW)
_RANK = {priority: rank for rank, priority in enumerate(reversed(PRIORITIES))}


def at_least(priority: Priority, floor: Priority) -> bool:
    """Tell whether a priority is that high, or higher."""
    return _RANK[priority] >= _RANK[floor]


def higher(one: Priority, other: Priority) -> Priority:
    """Return the higher of two priorities."""
    return one if at_least(one, other) else other


class DeliveryState(StrEnum):
    """What has become of a notification on one channel."""

    QUEUED = "queued"
    # Handed to the provider, whose answer is not known: said before, not after.
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing that a person is told; incident is shared by all who are told of the same.

    times counts how often it came while nobody had looked. What was deleted stays out of sight
    until it is purged, so that a repeated event does not bring it back.
    """

    id: UUID
    tenant_id: UUID
    user_id: UUID
    incident: UUID
    type: NotificationType
    priority: Priority
    at: datetime
    subject: str
    text: str
    link: str = ""
    # What tells a repetition, empty for what is never one.
    dedupe_key: str = ""
    times: int = 1
    last_at: datetime
    # Whether it is listed: a person may keep low ones out.
    shown: bool = True
    read_at: datetime | None = None
    acknowledged_at: datetime | None = None
    deleted_at: datetime | None = None
    version: int = 1

    def read(self, at: datetime) -> "Notification":
        """Return it as read; the first time stays."""
        if self.read_at is not None:
            return self
        return replace(self, read_at=at, version=self.version + 1)

    def acknowledged(self, at: datetime) -> "Notification":
        """Return it as taken in hand, and read with it; the first time stays."""
        if self.acknowledged_at is not None:
            return self
        return replace(
            self, acknowledged_at=at, read_at=self.read_at or at, version=self.version + 1
        )

    def deleted(self, at: datetime) -> "Notification":
        """Return it as out of sight."""
        return replace(self, deleted_at=at, version=self.version + 1)

    def repeated(self, *, at: datetime, text: str) -> "Notification":
        """Return it as come once more, with the words of the last time."""
        return replace(self, times=self.times + 1, last_at=at, text=text, version=self.version + 1)

    def takes_in(self, *, at: datetime) -> bool:
        """Tell whether a repetition at that time is counted here rather than told anew."""
        return (
            self.deleted_at is None
            and self.read_at is None
            and timedelta(0) <= at - self.at < DEDUPE_FOR
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notification on its way over one channel; its id is what the provider sees.

    due_at says before when it is not sent, None where it waits for nothing. hour counts hours
    since 1970, for the limits. round is 0 at first, then that of an escalation.
    """

    id: UUID
    tenant_id: UUID
    user_id: UUID
    notification_id: UUID
    channel: Channel
    priority: Priority
    state: DeliveryState
    reason: str = ""
    due_at: datetime | None
    made_at: datetime
    hour: int
    digest: bool = False
    round: int = 0
    attempts: int = 0
    done_at: datetime | None = None
    # What the provider called it.
    reference: str = ""
    # Whether the next channel was asked for already.
    fell: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """An urgent incident that is told again, to ever more people, until somebody has it in hand.

    Its id is the incident's. next_at is None when it is over.
    """

    id: UUID
    tenant_id: UUID
    type: NotificationType
    at: datetime
    subject: str
    text: str
    link: str = ""
    account_id: UUID | None = None
    # The notice of the user that it came from, where it came from one.
    notice_id: UUID | None = None
    rounds: int = 0
    next_at: datetime | None
    acknowledged_by: UUID | None = None
    version: int = 1

    def told(self, *, now: datetime) -> "Escalation":
        """Return it after one more round."""
        rounds = self.rounds + 1
        following = now + ESCALATE_EVERY if rounds < ROUNDS else None
        return replace(self, rounds=rounds, next_at=following, version=self.version + 1)

    def taken(self, *, by: UUID) -> "Escalation":
        """Return it as over: somebody has it in hand."""
        return replace(self, next_at=None, acknowledged_by=by, version=self.version + 1)


def notification_id(source: UUID, *, user_id: UUID, at: datetime) -> UUID:
    """Return the id of what a person is told of a source: the same each time, a UUIDv7 of `at`."""
    digest = hashlib.sha256(source.bytes + user_id.bytes).digest()
    chance = int.from_bytes(digest[:10], "big") & ((1 << 74) - 1)
    value = (int(at.timestamp() * 1000) & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & ((1 << 62) - 1)
    return UUID(int=value)


def hour_of(at: datetime) -> int:
    """Return the hours since 1970, by which the limits count."""
    return int(at.timestamp()) // 3600
