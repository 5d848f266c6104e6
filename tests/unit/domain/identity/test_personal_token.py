"""A personal access token: made to be recognised, and whole or worth nothing."""

import re
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.access import FOR_PERSONS, Permission
from domain.identity.personal_token import (
    LENGTH,
    SECRET_BYTES,
    PersonalToken,
    checked_scopes,
    digest_of,
    is_personal,
    is_whole,
    secret_of,
)
from domain.shared.values import InvalidValue

AT = datetime(2026, 1, 2, tzinfo=UTC)
TOKEN = PersonalToken(
    id=UUID(int=1),
    tenant_id=UUID(int=2),
    member_id=UUID(int=3),
    name="backtest",
    digest=b"\0" * 32,
    hint="abcd",
    scopes=frozenset({Permission.ORDERS_READ}),
    accounts=None,
    created_at=AT,
    expires_at=AT + timedelta(days=1),
    created_by="user:x",
)

drawn = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)


@given(drawn)
def test_a_token_is_known_by_its_shape(bits: bytes) -> None:
    token = secret_of(bits)
    assert re.fullmatch(r"blst_[0-9A-Za-z]{39}", token)
    assert len(token) == LENGTH
    assert is_personal(token)
    assert is_whole(token)


@given(
    drawn,
    st.integers(min_value=5, max_value=LENGTH - 1),
    st.sampled_from(string.ascii_letters + string.digits),
)
def test_one_wrong_letter_is_noticed_without_asking_anyone(
    bits: bytes, place: int, letter: str
) -> None:
    token = secret_of(bits)
    changed = token[:place] + letter + token[place + 1 :]
    assert is_whole(changed) is (changed == token)


@given(drawn, drawn)
def test_two_draws_are_two_tokens(one: bytes, other: bytes) -> None:
    assert (secret_of(one) == secret_of(other)) is (one == other)
    assert (digest_of(secret_of(one)) == digest_of(secret_of(other))) is (one == other)


@pytest.mark.parametrize(
    "text", ["", "blst_", "x" * LENGTH, "blst_" + "é" * 39, "blst_" + "0" * 40]
)
def test_what_was_never_made_is_not_whole(text: str) -> None:
    assert not is_whole(text)


def test_too_few_bits_make_no_token() -> None:
    with pytest.raises(ValueError, match="24 random bytes"):
        secret_of(b"short")


def test_a_token_ends_to_the_moment_and_when_it_is_revoked() -> None:
    assert TOKEN.is_good(now=TOKEN.expires_at - timedelta(microseconds=1))
    assert not TOKEN.is_good(now=TOKEN.expires_at)
    assert not replace(TOKEN, revoked_at=AT).is_good(now=AT)


@pytest.mark.parametrize("barred", sorted(FOR_PERSONS))
def test_no_token_carries_what_a_person_has_to_be_there_for(barred: Permission) -> None:
    with pytest.raises(InvalidValue, match=barred.value):
        checked_scopes({Permission.ORDERS_READ, barred})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"scopes": frozenset()}, "scopes"),
        ({"accounts": frozenset()}, "accounts"),
    ],
)
def test_a_token_that_says_nothing_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue, match=field):
        replace(TOKEN, **changes)
