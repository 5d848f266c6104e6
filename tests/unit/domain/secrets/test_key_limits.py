"""Every limit of a broker's key is met on both sides, and says itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.secrets.api_key import (
    REMIND_BEFORE,
    ROTATE_DAYS_DEFAULT,
    Credentials,
    Environment,
    KeyPermission,
)
from domain.shared.values import InvalidValue
from tests import builders
from tests.contracts.secrets.api_keys import key_of

GOOD: dict[str, Any] = {"key": "k", "secret": "s" * 16, "passphrase": None}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key", "k"),
        ("key", "k" * 4_096),
        ("secret", "s" * 16),
        ("secret", "s" * 4_096),
        ("passphrase", "p"),
        ("passphrase", "p" * 4_096),
        ("passphrase", "a\nb"),
    ],
)
def test_credentials_at_their_limits_are_taken(name: str, value: str) -> None:
    assert getattr(Credentials(**{**GOOD, name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("key", "", "must be 1 to 4096 printable characters"),
        ("key", "k" * 4_097, "must be 1 to 4096 printable characters"),
        ("key", "a\nb", "must be 1 to 4096 printable characters"),
        ("secret", "", "must be 1 to 4096 printable characters"),
        ("secret", "s" * 4_097, "must be 1 to 4096 printable characters"),
        ("secret", "s" * 15 + "\n", "must be 1 to 4096 printable characters"),
        ("secret", "s" * 15, "must have at least 16 characters"),
        ("passphrase", "", "must be 1 to 4096 characters"),
        ("passphrase", "p" * 4_097, "must be 1 to 4096 characters"),
    ],
)
def test_credentials_beyond_them_are_refused_by_name(name: str, value: str, problem: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Credentials(**{**GOOD, name: value})
    assert (caught.value.field, caught.value.problem) == (name, problem)


def test_no_part_of_credentials_is_in_their_repr() -> None:
    shown = repr(Credentials(key="the-key", secret="the-secret-itself", passphrase="the-words"))
    assert shown == "Credentials()"


@pytest.mark.parametrize(
    ("name", "good", "wrong", "problem"),
    [
        ("name", ("n", "n" * 100), ("", "n" * 101), "must be 1 to 100 characters"),
        ("rotate_every_days", (1, 3_650), (0, 3_651), "must be 1 to 3650 days"),
    ],
)
def test_a_key_has_a_name_and_a_rotation(
    name: str, good: tuple[Any, ...], wrong: tuple[Any, ...], problem: str
) -> None:
    key = key_of(builders.new_id())
    for value in good:
        assert getattr(replace(key, **{name: value}), name) == value
    for value in wrong:
        with pytest.raises(InvalidValue) as caught:
            replace(key, **{name: value})
        assert (caught.value.field, caught.value.problem) == (name, problem)


def test_what_others_read_is_named_as_it_was() -> None:
    assert [one.value for one in KeyPermission] == ["read", "trade", "withdraw"]
    assert [one.value for one in Environment] == ["live", "paper"]
    assert timedelta(days=7) == REMIND_BEFORE
    assert ROTATE_DAYS_DEFAULT == 90


def test_the_earlier_of_two_dates_is_the_due_one() -> None:
    key = replace(key_of(builders.new_id()), rotate_every_days=10, expires_at=None)
    day = timedelta(days=1)
    assert key.rotation_due_at == key.rotated_at + 10 * day
    assert replace(key, expires_at=key.rotated_at + 11 * day).due_at == key.rotation_due_at
    assert replace(key, expires_at=key.rotated_at + 9 * day).due_at == key.rotated_at + 9 * day
    assert not replace(key, expires_at=key.rotated_at + day).is_expired(
        key.rotated_at + day - timedelta(microseconds=1)
    )
    assert replace(key, expires_at=key.rotated_at + day).is_expired(key.rotated_at + day)


def test_who_was_reminded_the_moment_it_began_is_not_reminded_again() -> None:
    key = replace(key_of(builders.new_id()), rotate_every_days=30)
    begins = key.rotated_at + timedelta(days=23)
    assert not replace(key, reminded_at=begins).needs_reminder(begins)
    before = begins - timedelta(microseconds=1)
    assert replace(key, reminded_at=before).needs_reminder(begins)
