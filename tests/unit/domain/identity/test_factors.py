"""Codes as they are typed, and how long things are good for."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.identity.factor_codes import (
    AppCode,
    OnceCode,
    backup_text,
    digest_of_backup,
    read_code,
)
from domain.identity.factors import (
    Challenge,
    FactorKind,
    FactorLimits,
    FactorSummary,
    Recovery,
    TotpFactor,
    making_way,
    retry_after,
)
from tests import builders

AT = datetime(2026, 1, 2, 15, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DRAWN = bytes(range(15))


def test_a_backup_code_has_120_bits_in_six_groups() -> None:
    text = backup_text(DRAWN)
    assert [len(group) for group in text.split("-")] == [4] * 6
    assert text == text.lower()
    other = backup_text(DRAWN[:-1] + b"\x0f")
    assert other[:-2] == text[:-2]
    assert other != text
    for wrong in (14, 16):
        with pytest.raises(ValueError, match="15 random bytes"):
            backup_text(bytes(wrong))


def test_a_backup_code_is_the_same_however_it_is_typed() -> None:
    text = backup_text(DRAWN)
    plain = text.replace("-", "").upper()
    expected = OnceCode(hashlib.sha256(plain.encode()).digest())
    for typed in (text, plain, text.upper(), text.replace("-", " "), f" {plain.lower()} "):
        assert read_code(typed) == expected
    assert digest_of_backup(text) == expected.digest
    with pytest.raises(ValueError, match="no backup code"):
        digest_of_backup("123456")


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "1234567", "12345a", "a" * 23, "a" * 25, "a" * 23 + "1", "١٢٣٤٥٦", "-" * 64],
)
def test_anything_else_is_no_code(typed: str) -> None:
    assert read_code(typed) is None


def test_six_digits_may_be_spaced_and_nothing_endless_is_looked_at() -> None:
    assert read_code("123 456") == AppCode("123456")
    assert read_code("123456" + " " * 58) == AppCode("123456")
    assert read_code("123456" + " " * 59) is None
    assert "123456" not in repr(read_code("123456"))


@pytest.mark.parametrize("change", [{"tries": 5}, {"used_at": AT}])
def test_a_challenge_is_open_until_it_is_answered_lapsed_or_guessed_at(
    change: dict[str, Any],
) -> None:
    fields: dict[str, Any] = {
        "id": builders.new_id(),
        "tenant_id": builders.new_id(),
        "user_id": builders.new_id(),
        "digest": b"",
        "created_at": AT,
        "expires_at": AT + 5 * MINUTE,
        "lasting": True,
        "remember": False,
        "device_label": "",
        "tries": 4,
    }
    made = Challenge(**fields)
    assert made.is_open(AT + 5 * MINUTE - SECOND, tries_max=5)
    assert not made.is_open(AT + 5 * MINUTE, tries_max=5)
    assert not made.is_open(AT, tries_max=4)
    assert not Challenge(**(fields | change)).is_open(AT, tries_max=5)


def test_an_app_is_pending_then_active_then_gone() -> None:
    app = TotpFactor(
        id=builders.new_id(),
        tenant_id=builders.new_id(),
        user_id=builders.new_id(),
        label="",
        created_at=AT,
    )
    assert app.last_step == -1
    assert not app.is_active
    assert app.is_pending(AT + MINUTE - SECOND, lasts=MINUTE)
    assert not app.is_pending(AT + MINUTE, lasts=MINUTE)
    assert not app.removed(AT).is_pending(AT, lasts=MINUTE)
    assert not app.removed(AT).is_active


def test_an_enrolment_makes_way_for_another_of_its_session_and_when_there_are_too_many() -> None:
    counts = TotpFactor(
        id=builders.new_id(),
        tenant_id=builders.new_id(),
        user_id=builders.new_id(),
        label="",
        created_at=AT,
        confirmed_at=AT,
    )

    def begun(session: int | None, *, minutes: int = 0) -> TotpFactor:
        return replace(
            counts,
            id=builders.new_id(),
            created_at=AT + minutes * MINUTE,
            confirmed_at=None,
            session_id=UUID(int=session) if session is not None else None,
        )

    limits = FactorLimits(enrolment=15 * MINUTE, totp_max=3)
    mine, hers = begun(1, minutes=1), begun(2, minutes=1)
    apps = [counts, mine, hers]
    assert making_way(apps, new=begun(1, minutes=9), limits=limits) == [mine]
    assert making_way(apps, new=begun(3, minutes=9), limits=limits) == []
    # A token without a session has its own.
    assert making_way(apps, new=begun(None, minutes=9), limits=limits) == []
    apps.append(begun(None, minutes=2))
    assert making_way(apps, new=begun(None, minutes=9), limits=limits) == [apps[3]]
    assert making_way(apps, new=begun(3, minutes=9), limits=limits) == [mine]
    # What lapsed takes no room.
    assert making_way(apps, new=begun(3, minutes=16), limits=limits) == [mine, hers]
    alone = replace(limits, totp_max=1)
    assert making_way(apps, new=begun(3, minutes=9), limits=alone) == apps[1:]


def test_a_recovery_is_due_once_and_never_when_it_was_canceled() -> None:
    made = Recovery(
        id=builders.new_id(),
        tenant_id=builders.new_id(),
        user_id=builders.new_id(),
        asked_at=AT,
        effective_at=AT + MINUTE,
    )
    assert not made.is_due(AT + MINUTE - SECOND)
    assert made.is_due(AT + MINUTE)
    assert not made.canceled(AT).is_open
    assert not made.canceled(AT).is_due(AT + MINUTE)


def test_ten_tries_in_an_hour_make_wait_until_the_first_of_them_is_an_hour_old() -> None:
    tries = [AT + number * MINUTE for number in range(10)]
    now = AT + 10 * MINUTE
    assert retry_after(tries[:9], now=now, allowed=10) is None
    assert retry_after(tries, now=now, allowed=10) == 50 * MINUTE
    assert retry_after([*tries, now], now=now, allowed=10) == 51 * MINUTE
    assert retry_after(tries, now=AT + 60 * MINUTE - SECOND, allowed=10) == SECOND
    assert retry_after(tries, now=AT + 60 * MINUTE, allowed=10) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"challenge": timedelta(0)},
        {"enrolment": timedelta(0)},
        {"recovery": timedelta(0)},
        {"tries_challenge": 0},
        {"tries_hour": 0},
        {"tries_network": 0},
        {"totp_max": 0},
    ],
)
def test_limits_are_positive(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="positive"):
        FactorLimits(**wrong)


def test_backup_codes_alone_are_no_factor() -> None:
    app, code, key = FactorKind.TOTP, FactorKind.BACKUP_CODE, FactorKind.PASSKEY
    assert FactorSummary().kinds == FactorSummary(has_code=True).kinds == frozenset()
    assert FactorSummary(has_app=True).kinds == {app}
    assert FactorSummary(has_app=True, has_code=True).kinds == {app, code}
    assert FactorSummary(has_passkey=True, has_code=True).kinds == {key, code}
    assert FactorSummary(has_app=True, has_code=True, has_passkey=True).kinds == {app, code, key}
