"""What is promised of factors, passkeys, devices and log-ins by number, default and word."""

import hashlib
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.identity import (
    factor_codes,
    factors,
    fingerprint,
    login_background,
    login_features,
    login_risk,
    member,
    notice,
    one_time,
    passkey,
    password,
    personal_token,
    place,
    session,
)
from domain.identity.demand import ALWAYS, Demand
from domain.identity.factors import Challenge, FactorKind, FactorLimits, Recovery, TotpFactor
from domain.identity.fingerprint import Fingerprint
from domain.identity.login_features import (
    LoginFeatures,
    LoginHabits,
    LoginNow,
    LoginRecord,
    features_of,
)
from domain.identity.notice import UserNotice
from domain.identity.passkey import Passkey, PasskeyChallenge, Purpose
from domain.identity.place import Place
from domain.identity.session import SessionEnd
from domain.shared.values import InvalidValue

AT = datetime(2026, 1, 2, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)


def test_numbers_that_are_documented() -> None:
    # RFC 6238 and what every app can; 120 bits on paper.
    codes = factor_codes
    assert (codes.SEED_BYTES, codes.STEP_S, codes.DIGITS, codes.DRIFT) == (20, 30, 6, 1)
    assert (codes.BACKUP_BYTES, codes.BACKUP_CODES, codes.CODE_MAX) == (15, 10, 64)
    assert (factors.LABEL_MAX, timedelta(minutes=60)) == (100, factors.HOUR)
    assert (fingerprint.VALUE_MAX, place.LABEL_MAX, notice.NOTICES_KEPT) == (64, 100, 500)
    assert (login_background.SHARE, login_background.LEAST) == (0.1, 8)
    past = login_features
    assert (past.LOGINS_KEPT, past.FAILURES_KEPT, past.FAILURES_MANY) == (200, 50, 10)
    assert (timedelta(days=1), 1_000.0) == (past.FAILURES_WITHIN, past.SPEED_MANY_KMH)
    risk = login_risk
    assert (risk.LOGINS_MIN, risk.TRAVEL_KMH, risk.TRAVEL_KM, risk.GUESSES) == (20, 1e3, 100.0, 5)
    keys = passkey
    assert (keys.LABEL_LENGTH_MAX, keys.PASSKEYS_MAX, keys.CHALLENGE_BYTES) == (64, 20, 32)
    assert (keys.CREDENTIAL_ID_MAX, keys.PUBLIC_KEY_MAX) == (1_023, 2_048)
    assert (keys.TRANSPORTS_MAX, keys.TRANSPORT_LENGTH_MAX) == (8, 32)
    assert timedelta(minutes=5) == keys.CHALLENGE_LASTS
    assert (place.EARTH_RADIUS_KM, round(place.FARTHEST_KM, 3)) == (6_371.0088, 20_015.114)
    assert (session.LABEL_MAX, session.AGENT_MAX, one_time.LENGTH_MAX) == (100, 300, 64)
    assert (one_time.SECRET_BYTES, member.NAME_LENGTH_MAX, password.LENGTH_MAX) == (32, 64, 1_024)


def test_words_that_users_read_or_that_are_stored() -> None:
    assert login_risk.TRAVEL == "too far from the last log-in for the time between"
    assert login_risk.STRANGER == "a new device in a new network"
    assert login_risk.GUESSED == "a new device after several wrong passwords"
    assert login_risk.UNUSUAL == "unlike your other log-ins"
    assert login_risk.UNJUDGED == "log-ins could not be compared"
    assert (notice.NEW_DEVICE, notice.UNUSUAL_LOGIN) == ("new_device", "unusual_login")
    assert [one.value for one in FactorKind] == ["totp", "backup_code", "passkey"]
    assert [one.value for one in Purpose] == ["register", "log_in", "second_factor", "step_up"]
    ends = [
        *("logout", "revoked", "reused", "password", "first_factor", "disabled"),
        *("crowded", "replaced"),
    ]
    assert [one.value for one in SessionEnd] == ends


def test_what_is_demanded_where_nothing_is_said() -> None:
    assert Demand(second_factor=True, unconfirmed=False, reasons=()) == ALWAYS == Demand()


def test_the_limits_of_factors_are_positive_and_as_documented() -> None:
    limits = FactorLimits()
    assert (limits.challenge, limits.enrolment, limits.recovery) == (
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(hours=48),
    )
    assert (limits.tries_challenge, limits.tries_hour, limits.totp_max) == (5, 10, 5)
    some: Any
    none: Any
    for name in ("challenge", "enrolment", "recovery"):
        some, none = {name: TICK}, {name: timedelta(0)}
        replace(limits, **some)
        with pytest.raises(ValueError, match=r"^the limits of factors are positive$"):
            replace(limits, **none)
    for name in ("tries_challenge", "tries_hour", "totp_max"):
        some, none = {name: 1}, {name: 0}
        replace(limits, **some)
        with pytest.raises(ValueError, match=r"^the limits of factors are positive$"):
            replace(limits, **none)


APP = TotpFactor(id=ONE, tenant_id=TWO, user_id=THREE, label="Phone", created_at=AT)


def test_an_app_waits_and_then_counts_until_it_is_removed() -> None:
    lasts = timedelta(minutes=15)
    assert (APP.confirmed_at, APP.removed_at, APP.last_step, APP.last_used_at) == (
        *(None, None, -1, None),
    )
    assert APP.is_pending(AT + lasts - TICK, lasts=lasts)
    assert not APP.is_pending(AT + lasts, lasts=lasts)
    confirmed, removed = replace(APP, confirmed_at=AT), APP.removed(AT)
    assert [one.is_active for one in (APP, confirmed, confirmed.removed(AT))] == [
        *(False, True, False),
    ]
    assert not confirmed.is_pending(AT, lasts=lasts)
    assert not removed.is_pending(AT, lasts=lasts)


def test_a_challenge_is_open_until_it_lapses_is_used_or_was_tried_too_often() -> None:
    challenge = Challenge(
        id=ONE,
        tenant_id=TWO,
        user_id=THREE,
        digest=b"d",
        created_at=AT,
        expires_at=AT + TICK,
        lasting=True,
        remember=False,
        device_label="",
    )
    assert (challenge.tries, challenge.used_at) == (0, None)
    assert challenge.is_open(AT, tries_max=1)
    assert not challenge.is_open(AT + TICK, tries_max=1)
    assert not challenge.is_open(AT, tries_max=0)
    assert replace(challenge, tries=4).is_open(AT, tries_max=5)
    assert not replace(challenge, tries=5).is_open(AT, tries_max=5)
    assert not replace(challenge, used_at=AT).is_open(AT, tries_max=5)


def test_a_recovery_is_due_at_its_moment_and_only_while_it_is_open() -> None:
    asked = Recovery(id=ONE, tenant_id=TWO, user_id=THREE, asked_at=AT, effective_at=AT + TICK)
    assert asked.is_open
    assert [asked.is_due(at) for at in (AT, AT + TICK, AT + 2 * TICK)] == [False, True, True]
    assert asked.canceled(AT) == replace(asked, canceled_at=AT)
    for over in (asked.canceled(AT), replace(asked, done_at=AT)):
        assert not over.is_open
        assert not over.is_due(AT + TICK)


KEY = Passkey(
    id=ONE,
    tenant_id=TWO,
    user_id=THREE,
    credential_id=b"c",
    public_key=b"k",
    sign_count=0,
    transports=(),
    aaguid=UUID(int=0),
    backup_eligible=False,
    backed_up=False,
    label="Key",
    created_at=AT,
)


@pytest.mark.parametrize(
    ("given", "field", "problem"),
    [
        ({"label": ""}, "label", "must be 1 to 64 printable characters"),
        ({"label": "x" * 65}, "label", "must be 1 to 64 printable characters"),
        ({"label": "a\n"}, "label", "must be 1 to 64 printable characters"),
        ({"credential_id": b""}, "credential.id", "must be 1 to 1023 bytes"),
        ({"credential_id": b"c" * 1_024}, "credential.id", "must be 1 to 1023 bytes"),
        ({"public_key": b""}, "public_key", "must be 1 to 2048 bytes"),
        ({"public_key": b"k" * 2_049}, "public_key", "must be 1 to 2048 bytes"),
        ({"sign_count": -1}, "sign_count", "must be of 32 bits"),
        ({"sign_count": 2**32}, "sign_count", "must be of 32 bits"),
        ({"backed_up": True}, "backed_up", "is said of one that cannot be"),
    ],
)
def test_a_passkey_that_cannot_be_is_told_by_its_field(
    given: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        replace(KEY, **given)
    assert (caught.value.field, caught.value.problem) == (field, problem)


def test_a_passkey_at_its_limits_and_what_its_count_may_be() -> None:
    for given in (
        {"label": "x" * 64},
        {"credential_id": b"c" * 1_023},
        {"public_key": b"k" * 2_048},
        {"sign_count": 2**32 - 1},
        {"backed_up": True, "backup_eligible": True},
    ):
        replace(KEY, **given)
    # Those that never count stay at nought; of others each count is above the last.
    assert [KEY.counts_on(count) for count in (0, 1)] == [True, True]
    counted = replace(KEY, sign_count=5)
    assert [counted.counts_on(count) for count in (0, 4, 5, 6)] == [False, False, False, True]
    used = KEY.used(sign_count=7, backed_up=False, at=AT)
    assert (used.sign_count, used.used_at) == (7, AT)
    assert used.used(sign_count=8, backed_up=False, at=AT - TICK).used_at == AT
    assert used.used(sign_count=8, backed_up=False, at=AT + TICK).used_at == AT + TICK
    assert (KEY.user_handle, KEY.renamed("New").label) == (THREE.bytes, "New")


def test_a_passkeys_challenge_is_for_one_purpose_user_binding_and_time() -> None:
    asked = PasskeyChallenge(
        digest=b"d",
        tenant_id=TWO,
        purpose=Purpose.STEP_UP,
        user_id=THREE,
        bound_to=ONE,
        expires_at=AT + TICK,
    )
    assert asked.is_for(Purpose.STEP_UP, user_id=THREE, bound_to=ONE, now=AT)
    assert not asked.is_for(Purpose.LOG_IN, user_id=THREE, bound_to=ONE, now=AT)
    assert not asked.is_for(Purpose.STEP_UP, user_id=TWO, bound_to=ONE, now=AT)
    assert not asked.is_for(Purpose.STEP_UP, user_id=THREE, bound_to=None, now=AT)
    assert not asked.is_for(Purpose.STEP_UP, user_id=THREE, bound_to=ONE, now=AT + TICK)


def test_what_a_fingerprint_may_tell() -> None:
    with pytest.raises(ValueError, match=r"^a fingerprint tells something$"):
        Fingerprint()
    said = r"^each value has at most 64 printable characters$"
    for name in ("agent", "platform", "language", "time_zone", "screen"):
        longest = Fingerprint(**{name: "x" * 64})
        assert longest.digest == Fingerprint(**{name: "X" * 64}).digest
        for value in ("x" * 65, "a\0b"):
            with pytest.raises(ValueError, match=said):
                Fingerprint(**{name: value})
    told = "agent\0firefox\0platform\0\0language\0de-at\0time_zone\0\0screen\0"
    digest = Fingerprint(agent="Firefox", language="de-AT").digest
    assert digest == hashlib.sha256(told.encode()).digest()
    # A value is compared under its name.
    assert Fingerprint(agent="x").digest != Fingerprint(platform="x").digest


def test_where_a_place_may_be_and_how_it_is_named() -> None:
    for lat, lon in ((90.0, 180.0), (-90.0, -180.0), (0.0, 0.0)):
        assert Place(lat=lat, lon=lon).label == ""
    said = r"^a latitude is within 90 degrees and a longitude within 180$"
    for lat, lon in ((90.001, 0.0), (-90.001, 0.0), (0.0, 180.001), (0.0, -180.001)):
        with pytest.raises(ValueError, match=said):
            Place(lat=lat, lon=lon)
    assert Place(lat=0.0, lon=0.0, label="x" * 100).label == "x" * 100
    for label in ("x" * 101, "a\n"):
        with pytest.raises(ValueError, match=r"^a label has at most 100 printable characters$"):
            Place(lat=0.0, lon=0.0, label=label)


def test_what_is_known_of_a_log_in_where_nothing_is_said() -> None:
    now = LoginNow(at=AT)
    assert (now.network, now.place, now.device_id) == ("", None, None)
    assert (now.without_device, now.fingerprint_changed) == (False, False)
    plain = LoginFeatures(hour=0.0)
    assert (plain.distance_km, plain.speed_kmh, plain.failures) == (None, None, 0)
    assert (plain.new_device, plain.new_network, plain.fingerprint_changed) == (
        *(False, False, False),
    )
    assert features_of(now, habits=LoginHabits()) == plain
    record = LoginRecord(
        id=ONE,
        tenant_id=TWO,
        user_id=THREE,
        at=AT,
        network="",
        place=None,
        device_id=None,
        features=plain,
    )
    assert record.learned is True
    told = UserNotice(id=ONE, tenant_id=TWO, user_id=THREE, kind="k", at=AT)
    assert (told.detail, told.read_at) == ((), None)


def test_the_background_is_the_additive_recurrence_that_it_names() -> None:
    # The root above 1 of x^9 = x + 1, by halving.
    low, high = 1.0, 2.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if middle**9 < middle + 1 else (low, middle)
    made = login_background.background(100)
    assert list(made[:8]) == list(login_background.background(0))
    for number, vector in enumerate(made, 1):
        hour, distance, speed, failures, *flags = (
            (0.5 + number * low ** -(place + 1)) % 1.0 for place in range(8)
        )
        assert vector == pytest.approx(
            (
                math.sin(2 * math.pi * hour),
                math.cos(2 * math.pi * hour),
                distance,
                speed,
                *(float(flag >= 0.5) for flag in flags[:3]),
                failures,
                float(flags[3] >= 0.5),
            ),
            abs=1e-12,
        )


def test_a_token_is_whole_only_with_its_own_beginning_and_length() -> None:
    whole = personal_token.secret_of(bytes(range(24)))
    assert personal_token.is_whole(whole)
    # Each has check letters that are right.
    for text in (whole[:-7], f"{whole[:-6]}0", f"blsx{whole[4:-6]}"):
        made = text + personal_token._check(text)
        assert not personal_token.is_whole(made)
