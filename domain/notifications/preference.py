"""Decide whether, when and how a person is told of something on a channel."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from domain.identity.notice import Priority
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import at_least
from domain.notifications.zone_times import next_day, next_hour, quiet_until, zone_of
from domain.shared.values import InvalidValue

# When the digest of a day is sent, by the person's clock.
DIGEST_AT = time(8)
UTC_ZONE = "UTC"
# In the installation itself: these need no address.
INSIDE = frozenset({Channel.IN_APP, Channel.WEBSOCKET})
# A channel that fails falls to the next of these.
OUTSIDE = (Channel.PUSH, Channel.EMAIL, Channel.SMS, Channel.WEBHOOK)
# Sent at once to one person within an hour; what is beyond waits for the next hour's digest.
PER_HOUR = {Channel.EMAIL: 60, Channel.SMS: 20, Channel.PUSH: 120, Channel.WEBHOOK: 1_000}
# Nothing waits longer by anybody's wish: a day's digest that falls into quiet hours, with a day
# on which clocks are changed. What is due later is so by a clock that was set meanwhile.
HELD_FOR_MAX = timedelta(hours=52)
_DIGESTED = frozenset({Priority.LOW, Priority.MEDIUM})


class Digest(StrEnum):
    """How what is LOW or MEDIUM is gathered."""

    NONE = "none"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """How a person is told of one type on one channel; quiet hours name both ends or none."""

    id: UUID
    tenant_id: UUID
    user_id: UUID
    type: NotificationType
    channel: Channel
    enabled: bool = True
    least_priority: Priority = Priority.LOW
    quiet_from: str = ""
    quiet_to: str = ""
    zone: str = UTC_ZONE
    digest: Digest = Digest.NONE
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what is no preference."""
        zone_of(self.zone)
        if bool(self.quiet_from) is not bool(self.quiet_to):
            missing = "quiet_to" if self.quiet_from else "quiet_from"
            raise InvalidValue(field=missing, problem="must be given with the other end")
        if self.quiet_from:
            begins = wall_time(self.quiet_from, field="quiet_from")
            if begins == wall_time(self.quiet_to, field="quiet_to"):
                problem = "must differ from quiet_from: use enabled to hear nothing"
                raise InvalidValue(field="quiet_to", problem=problem)
        if self.channel is Channel.IN_APP and not self.enabled:
            problem = "must be true for IN_APP, where all is kept: raise least_priority instead"
            raise InvalidValue(field="enabled", problem=problem)
        if self.channel in INSIDE and (self.quiet_from or self.digest is not Digest.NONE):
            name = "quiet_from" if self.quiet_from else "digest"
            problem = f"is for channels that reach out, not for {self.channel.value}"
            raise InvalidValue(field=name, problem=problem)


@dataclass(frozen=True, slots=True)
class Now:
    """It is told at once."""


@dataclass(frozen=True, slots=True)
class Later:
    """It is told at that time, with digest among others."""

    at: datetime
    digest: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """It is not told there, and why."""

    reason: str


def decide(
    preference: Preference | None,
    *,
    type: NotificationType,
    channel: Channel,
    priority: Priority,
    at: datetime,
    sent_this_hour: int = 0,
) -> Now | Later | Held:
    """Say what becomes of something on a channel; without a preference as by default.

    What is urgent waits for nothing.
    """
    if preference is None:
        least = default_least(channel)
        if least is None:
            return Held(f"{channel.value} was not chosen for {type.value}")
    elif not preference.enabled:
        return Held(f"{channel.value} is switched off for {type.value}")
    else:
        least = preference.least_priority
    if not at_least(priority, least):
        return Held(f"below {least.value}, the least for {channel.value}")
    if priority is Priority.URGENT:
        return Now()
    zone = zone_of(UTC_ZONE if preference is None else preference.zone)
    due, digest = at, Digest.NONE if preference is None else preference.digest
    if priority not in _DIGESTED:
        digest = Digest.NONE
    if digest is Digest.NONE and sent_this_hour >= PER_HOUR.get(channel, sent_this_hour + 1):
        digest = Digest.HOURLY
    match digest:
        case Digest.HOURLY:
            due = next_hour(at, zone=zone)
        case Digest.DAILY:
            due = next_day(at, wall=DIGEST_AT, zone=zone)
        case _:
            pass
    if preference is not None and preference.quiet_from:
        due = _after_quiet(preference, due)
    return Now() if due == at else Later(due, digest=digest is not Digest.NONE)


def default_least(channel: Channel) -> Priority | None:
    """Return from which priority a channel is used by default; None where it is not."""
    if channel in INSIDE:
        return Priority.LOW
    return Priority.HIGH if channel is Channel.EMAIL else None


@lru_cache(maxsize=4_096)
def wall_time(text: str, *, field: str) -> time:
    """Read a time of day such as 22:30; raises InvalidValue."""
    try:
        hours, minutes = text.split(":")
        if not (len(hours) == len(minutes) == 2 and (hours + minutes).isascii()):
            raise ValueError(text)
        return time(int(hours), int(minutes))
    except ValueError as problem:
        raise InvalidValue(
            field=field, problem=f"must be a time of day such as 22:30, not {text!r}"
        ) from problem


def _after_quiet(preference: Preference, at: datetime) -> datetime:
    until = quiet_until(
        at,
        begins=wall_time(preference.quiet_from, field="quiet_from"),
        ends=wall_time(preference.quiet_to, field="quiet_to"),
        zone=zone_of(preference.zone),
    )
    return at if until is None else until
