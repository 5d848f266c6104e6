"""An API key knows when it is due, and shows no more than its end."""

from datetime import timedelta
from typing import Any

import pytest

from domain.secrets.api_key import Credentials, KeyPermission
from domain.shared.values import InvalidValue
from tests import builders
from tests.contracts.secrets.api_keys import key_of

DAY = timedelta(days=1)
SECRET = "0123456789abcdef"


@pytest.mark.parametrize(
    ("key", "masked"),
    [("PK3ZQ8V1N7ABCDEF", "****CDEF"), ("PK3ZQ8V1N7ABCDE", "****"), ("x", "****")],
)
def test_only_the_end_of_a_long_key_is_shown(key: str, masked: str) -> None:
    credentials = Credentials(key=key, secret=SECRET, passphrase="words")
    assert credentials.masked == masked
    assert repr(credentials) == "Credentials()"


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ""},
        {"key": "a\nb"},
        {"secret": "short"},
        {"secret": "x" * 4_097},
        {"passphrase": ""},
    ],
)
def test_what_is_wrong_with_credentials_repeats_none_of_them(wrong: dict[str, str]) -> None:
    given: dict[str, Any] = {"key": "key", "secret": SECRET, "passphrase": None, **wrong}
    with pytest.raises(InvalidValue) as caught:
        Credentials(**given)
    (value,) = wrong.values()
    assert not value or value not in str(caught.value)


def test_a_key_is_due_for_its_rotation_or_its_end_whichever_comes_first() -> None:
    key = key_of(builders.new_id(), rotate_every_days=90)
    assert key.due_at == builders.AT + 90 * DAY
    ending = key_of(key.tenant_id, rotate_every_days=90, expires_at=builders.AT + 10 * DAY)
    assert ending.due_at == builders.AT + 10 * DAY
    assert not ending.is_due(builders.AT + 10 * DAY - timedelta(microseconds=1))
    assert ending.is_due(builders.AT + 10 * DAY)
    assert ending.is_expired(builders.AT + 10 * DAY)
    assert not key.is_expired(builders.AT + 1_000 * DAY)


def test_a_reminder_comes_once_a_week_ahead_of_each_due_date() -> None:
    key = key_of(builders.new_id(), rotate_every_days=30)
    begins = builders.AT + 23 * DAY
    assert not key.needs_reminder(begins - timedelta(microseconds=1))
    assert key.needs_reminder(begins)
    again = key_of(key.tenant_id, rotate_every_days=30, reminded_at=begins)
    assert not again.needs_reminder(begins + 100 * DAY)
    # Reminded of an earlier due date.
    earlier = key_of(key.tenant_id, rotate_every_days=30, reminded_at=begins - DAY)
    assert earlier.needs_reminder(begins)


def test_what_the_broker_lets_it_do_says_whether_it_can_withdraw() -> None:
    assert not key_of(builders.new_id()).can_withdraw
    assert key_of(builders.new_id(), permissions=frozenset(KeyPermission)).can_withdraw
