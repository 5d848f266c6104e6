"""Passkeys check themselves, count on, and answer the challenge that was meant for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from domain.identity.passkey import (
    CHALLENGE_BYTES,
    CHALLENGE_LASTS,
    CREDENTIAL_ID_MAX,
    LABEL_LENGTH_MAX,
    PASSKEYS_MAX,
    PUBLIC_KEY_MAX,
    Passkey,
    PasskeyChallenge,
    Purpose,
    digest_of,
    handle_of,
)
from domain.shared.values import InvalidValue

AT = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
MADE = Passkey(
    id=ONE,
    tenant_id=TWO,
    user_id=THREE,
    credential_id=b"c",
    public_key=b"k",
    sign_count=0,
    transports=(),
    aaguid=UUID(int=0),
    backup_eligible=True,
    backed_up=False,
    label="Phone",
    created_at=AT,
)


def test_what_the_standard_and_we_ask_for() -> None:
    assert (32, timedelta(minutes=5)) == (CHALLENGE_BYTES, CHALLENGE_LASTS)
    assert (PASSKEYS_MAX, CREDENTIAL_ID_MAX, LABEL_LENGTH_MAX) == (20, 1_023, 64)
    assert PUBLIC_KEY_MAX == 2_048


@pytest.mark.parametrize(
    "given",
    [
        {"label": "x"},
        {"label": "é" * LABEL_LENGTH_MAX},
        {"credential_id": b"c" * CREDENTIAL_ID_MAX},
        {"public_key": b"k" * PUBLIC_KEY_MAX},
        {"sign_count": 2**32 - 1},
        {"backed_up": True},
        {"backup_eligible": False},
    ],
)
def test_what_a_passkey_may_be(given: dict[str, Any]) -> None:
    made = replace(MADE, **given)
    assert all(getattr(made, name) == value for name, value in given.items())


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"label": ""}, "label", "1 to 64 printable"),
        ({"label": "x" * (LABEL_LENGTH_MAX + 1)}, "label", "1 to 64 printable"),
        ({"label": "a\nb"}, "label", "1 to 64 printable"),
        ({"credential_id": b""}, "credential.id", "1 to 1023 bytes"),
        ({"credential_id": b"c" * (CREDENTIAL_ID_MAX + 1)}, "credential.id", "1 to 1023 bytes"),
        ({"public_key": b""}, "public_key", "1 to 2048 bytes"),
        ({"public_key": b"k" * (PUBLIC_KEY_MAX + 1)}, "public_key", "1 to 2048 bytes"),
        ({"sign_count": -1}, "sign_count", "of 32 bits"),
        ({"sign_count": 2**32}, "sign_count", "of 32 bits"),
        ({"backed_up": True, "backup_eligible": False}, "backed_up", "cannot be"),
    ],
)
def test_what_a_passkey_may_not_be(given: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidValue, match=words) as refused:
        replace(MADE, **given)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("known", "shown", "goes_on"),
    [
        (0, 0, True),
        (0, 1, True),
        (1, 2, True),
        (1, 2**32 - 1, True),
        (1, 1, False),
        (2, 1, False),
        (1, 0, False),
    ],
)
def test_a_count_goes_on_or_was_never_begun(known: int, shown: int, goes_on: bool) -> None:
    assert replace(MADE, sign_count=known).counts_on(shown) is goes_on


def test_a_use_is_kept_and_never_put_back() -> None:
    used = MADE.used(sign_count=7, backed_up=True, at=AT + SECOND)
    assert used == replace(MADE, sign_count=7, backed_up=True, used_at=AT + SECOND)
    assert used.used(sign_count=8, backed_up=True, at=AT).used_at == AT + SECOND
    later = used.used(sign_count=8, backed_up=False, at=AT + 2 * SECOND)
    assert (later.used_at, later.backed_up) == (AT + 2 * SECOND, False)


def test_a_name_changes_nothing_else() -> None:
    assert MADE.renamed("Desk") == replace(MADE, label="Desk")
    with pytest.raises(InvalidValue):
        MADE.renamed("")


def test_authenticators_know_a_user_by_the_bytes_of_their_id() -> None:
    assert MADE.user_handle == handle_of(THREE) == b"\0" * 15 + b"\3"
    assert digest_of(b"challenge") == sha256(b"challenge").digest()


ASKED = PasskeyChallenge(
    digest=b"d",
    tenant_id=TWO,
    purpose=Purpose.REGISTER,
    user_id=THREE,
    bound_to=ONE,
    expires_at=AT,
)


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({}, True),
        ({"purpose": Purpose.LOG_IN}, False),
        ({"user_id": TWO}, False),
        ({"user_id": None}, False),
        ({"bound_to": TWO}, False),
        ({"bound_to": None}, False),
        ({"now": AT}, False),
        ({"now": AT + SECOND}, False),
    ],
)
def test_a_challenge_is_for_whom_it_was_made_while_it_lasts(
    given: dict[str, Any], fits: bool
) -> None:
    said = {"purpose": Purpose.REGISTER, "user_id": THREE, "bound_to": ONE, "now": AT - SECOND}
    asked: dict[str, Any] = said | given
    purpose = asked.pop("purpose")
    assert ASKED.is_for(purpose, **asked) is fits
