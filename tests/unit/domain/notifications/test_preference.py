"""A preference decides whether, when and how; what is urgent waits for nothing."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.notice import Priority
from domain.notifications.address import CODE_TRIES_MAX, ChannelAddress, CodeCheck, shown_address
from domain.notifications.backoff import BACK_OFF_S_MAX, back_off
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import at_least, notification_id
from domain.notifications.preference import (
    INSIDE,
    PER_HOUR,
    Digest,
    Held,
    Later,
    Now,
    Preference,
    decide,
)
from domain.shared.values import InvalidValue

AT = datetime(2026, 3, 2, 23, 15, tzinfo=UTC)
TYPE = NotificationType.RISK_BREACH


def wish(**fields: Any) -> Preference:
    given_ = {"type": TYPE, "channel": Channel.EMAIL, **fields}
    return Preference(id=UUID(int=1), tenant_id=UUID(int=2), user_id=UUID(int=3), **given_)


def decided(preference: Preference | None, priority: Priority, **more: Any) -> Now | Later | Held:
    channel = more.pop("channel", Channel.EMAIL)
    return decide(preference, type=TYPE, channel=channel, priority=priority, at=AT, **more)


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("priority", list(Priority))
def test_by_default_all_is_told_in_app_and_what_is_high_by_mail_too(
    channel: Channel, priority: Priority
) -> None:
    loud = priority in (Priority.HIGH, Priority.URGENT)
    told = channel in INSIDE or (channel is Channel.EMAIL and loud)
    assert isinstance(decided(None, priority, channel=channel), Now) is told


WISHES = st.builds(
    lambda least, zone, digest, quiet: wish(
        least_priority=least,
        zone=zone,
        digest=digest,
        quiet_from="22:00" if quiet else "",
        quiet_to="07:00" if quiet else "",
    ),
    st.sampled_from(Priority),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
    st.sampled_from(Digest),
    st.booleans(),
)


@given(
    preference=WISHES,
    priority=st.sampled_from(Priority),
    sent=st.integers(min_value=0, max_value=10_000),
)
def test_what_is_wanted_is_told_now_or_later_and_never_lost(
    preference: Preference, priority: Priority, sent: int
) -> None:
    said = decided(preference, priority, sent_this_hour=sent)
    assert isinstance(said, Held) is not at_least(priority, preference.least_priority)
    if priority is Priority.URGENT:
        assert said == Now()
    if isinstance(said, Later):
        assert said.at > AT
    if priority is Priority.HIGH and sent < PER_HOUR[Channel.EMAIL]:
        assert not (isinstance(said, Later) and said.digest)


def test_a_digest_that_would_come_at_night_waits_for_the_morning() -> None:
    preference = wish(
        digest=Digest.HOURLY, quiet_from="22:00", quiet_to="07:00", zone="Europe/Berlin"
    )
    morning = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    assert decided(preference, Priority.LOW) == Later(morning, digest=True)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"quiet_from": "22:00"}, "quiet_to"),
        ({"quiet_from": "22:00", "quiet_to": "22:00"}, "quiet_to"),
        ({"quiet_from": "24:00", "quiet_to": "07:00"}, "quiet_from"),
        ({"quiet_from": "7:00", "quiet_to": "09:00"}, "quiet_from"),
        ({"channel": Channel.IN_APP, "enabled": False}, "enabled"),
        ({"channel": Channel.WEBSOCKET, "digest": Digest.DAILY}, "digest"),
    ],
)
def test_what_is_no_preference_is_refused_by_its_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        wish(**fields)
    assert refused.value.field == field


@given(attempts=st.integers(min_value=1, max_value=10_000), asked=st.floats(0, 1e9))
def test_waits_grow_to_a_quarter_of_an_hour_and_no_further(attempts: int, asked: float) -> None:
    own = back_off(attempts).total_seconds()
    assert own <= back_off(attempts + 1).total_seconds() <= BACK_OFF_S_MAX
    assert own <= back_off(attempts, asked_s=asked).total_seconds() <= BACK_OFF_S_MAX


def test_a_code_holds_once_for_a_while_and_for_few_guesses() -> None:
    blank = ChannelAddress(
        id=UUID(int=1),
        tenant_id=UUID(int=2),
        user_id=UUID(int=3),
        channel=Channel.SMS,
        version=0,
    )
    asked = blank.asked(shown="***789", code="ABCDE-FGHJK", now=AT)
    assert b"ABCDE" not in (asked.code_digest or b"")
    assert asked.check("abcde fghjk", now=AT) is CodeCheck.RIGHT
    assert asked.check("ABCDE-FGHJM", now=AT) is CodeCheck.WRONG
    assert asked.check("ABCDE-FGHJK", now=AT.replace(minute=30)) is CodeCheck.OVER
    for _ in range(CODE_TRIES_MAX):
        asked = asked.guessed()
    assert asked.check("ABCDE-FGHJK", now=AT) is CodeCheck.OVER
    used = blank.asked(shown="***789", code="ABCDE-FGHJK", now=AT).confirmed(AT)
    assert used.check("ABCDE-FGHJK", now=AT) is CodeCheck.OVER
    assert (used.shown, used.pending) == ("***789", "")


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        (Channel.EMAIL, "ann.owner@example.com", "a***@example.com"),
        (Channel.SMS, "+41791234567", "***567"),
        (Channel.PUSH, "ntfys://user:pass@ntfy.example.com/topic", "***"),
        (
            Channel.WEBHOOK,
            "https://u:p@hooks.example.com/T0/secret",
            "https://hooks.example.com/***",
        ),
    ],
)
def test_of_an_address_no_secret_is_shown(channel: Channel, address: str, shown: str) -> None:
    assert shown_address(channel, address) == shown


@given(source=st.uuids(), user=st.uuids(), other=st.uuids())
def test_what_a_person_is_told_of_a_source_has_one_id(
    source: UUID, user: UUID, other: UUID
) -> None:
    made = notification_id(source, user_id=user, at=AT)
    assert made == notification_id(source, user_id=user, at=AT)
    assert (made == notification_id(source, user_id=other, at=AT)) is (user == other)
    assert (made.version, made.int >> 80) == (7, int(AT.timestamp() * 1000))
