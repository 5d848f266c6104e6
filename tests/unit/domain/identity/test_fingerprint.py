"""What a device says of itself is compared by a digest, and its trust lapses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.identity.fingerprint import VALUE_MAX, Fingerprint
from domain.identity.session import Device

AT = datetime(2026, 1, 2, tzinfo=UTC)
TOLD = Fingerprint(agent="firefox", platform="linux", language="en", time_zone="Europe/Berlin")
DEVICE = Device(
    id=UUID(int=1),
    tenant_id=UUID(int=2),
    user_id=UUID(int=3),
    digest=b"d",
    label="Desk",
    created_at=AT,
    seen_at=AT,
)


def test_equal_things_have_one_digest_whatever_their_case() -> None:
    assert TOLD.digest == replace(TOLD, agent="Firefox").digest
    assert len(TOLD.digest) == 32
    others = [
        replace(TOLD, **{name: "x"})
        for name in ("agent", "platform", "language", "time_zone", "screen")
    ]
    assert len({one.digest for one in (TOLD, *others)}) == 6


def test_a_value_does_not_pass_for_that_of_another_field() -> None:
    assert Fingerprint(agent="x").digest != Fingerprint(platform="x").digest
    assert Fingerprint(agent="a", screen="b").digest != Fingerprint(agent="ab").digest


@pytest.mark.parametrize(
    "given", [{}, {"agent": "x" * (VALUE_MAX + 1)}, {"agent": "a\0b"}, {"screen": "\n"}]
)
def test_what_is_empty_long_or_unprintable_is_none(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"fingerprint|printable"):
        Fingerprint(**given)


def test_the_longest_value_is_taken() -> None:
    assert Fingerprint(agent="x" * VALUE_MAX).agent == "x" * VALUE_MAX


def test_a_device_differs_when_it_says_something_else_or_nothing_any_more() -> None:
    known = replace(DEVICE, fingerprint=TOLD)
    assert not known.differs(replace(TOLD, agent="FIREFOX"))
    assert known.differs(replace(TOLD, screen="800x600x8"))
    assert known.differs(None)
    assert not DEVICE.differs(None)
    assert not DEVICE.differs(TOLD)


def test_a_device_that_is_seen_again_keeps_what_is_not_told_anew() -> None:
    known = replace(DEVICE, fingerprint=TOLD)
    later = AT + timedelta(hours=1)
    assert known.seen(at=later, label="", told=None) == replace(known, seen_at=later)
    other = Fingerprint(agent="safari")
    seen = known.seen(at=AT - timedelta(hours=1), label="Phone", told=other)
    assert seen == replace(known, label="Phone", fingerprint=other)


def test_trust_holds_until_it_lapses_or_all_sessions_were_ended() -> None:
    until = AT + timedelta(days=30)
    trusted = DEVICE.trusted(at=AT, until=until)
    last = until - timedelta(microseconds=1)
    assert trusted.is_trusted(last, tokens_from=None)
    assert not trusted.is_trusted(until, tokens_from=None)
    assert trusted.is_trusted(last, tokens_from=AT - timedelta(microseconds=1))
    assert not trusted.is_trusted(last, tokens_from=AT)
    assert not trusted.distrusted().is_trusted(last, tokens_from=None)
    assert not DEVICE.is_trusted(AT, tokens_from=None)
