"""A log-in is described by how it is like those before it, and by rules that anyone can read."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from domain.identity.login_features import (
    LoginFeatures,
    LoginHabits,
    LoginNow,
    LoginPast,
    LoginRecord,
    features_of,
    network_around,
)
from domain.identity.login_risk import (
    GUESSED,
    STRANGER,
    TRAVEL,
    TRAVEL_KM,
    TRAVEL_KMH,
    ruled_strange,
)
from domain.identity.place import FARTHEST_KM, Place

AT = datetime(2026, 1, 2, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOME, DESK = "192.0.2.0/24", UUID(int=7)
BERLIN, PARIS = Place(lat=52.52, lon=13.405), Place(lat=48.8566, lon=2.3522)
BERLIN_PARIS_KM = 877.46


def record(**given: Any) -> LoginRecord:
    """Return a log-in at home on the desk, a day before."""
    fields: dict[str, Any] = {
        "id": UUID(int=1),
        "tenant_id": UUID(int=2),
        "user_id": UUID(int=3),
        "at": AT - 24 * HOUR,
        "network": HOME,
        "place": BERLIN,
        "device_id": DESK,
        "features": LoginFeatures(hour=6.0),
    }
    return LoginRecord(**(fields | given))


def past(*logins: LoginRecord, failed: tuple[datetime, ...] = ()) -> LoginHabits:
    """Return what is remembered, in short."""
    return LoginPast(logins=logins or (record(),), failed=failed).habits


def now(**given: Any) -> LoginNow:
    """Return a log-in at home on the desk."""
    fields: dict[str, Any] = {"at": AT, "network": HOME, "place": BERLIN, "device_id": DESK}
    return LoginNow(**(fields | given))


def test_one_like_before_is_new_in_nothing() -> None:
    assert features_of(now(), habits=past()) == LoginFeatures(
        hour=6.0, distance_km=0.0, speed_kmh=0.0
    )


def test_the_first_log_in_differs_from_nothing() -> None:
    first = now(device_id=None, network="198.51.100.0/24")
    features = features_of(first, habits=LoginHabits())
    assert features == LoginFeatures(hour=6.0)
    assert ruled_strange(features) == ()


def test_the_hour_is_that_of_utc() -> None:
    there = (AT + timedelta(minutes=30, seconds=36)).astimezone(timezone(timedelta(hours=-5)))
    assert features_of(now(at=there), habits=past()).hour == pytest.approx(6.51)


def test_distance_and_speed_are_from_the_log_in_before() -> None:
    earlier = record(id=UUID(int=9), place=PARIS, at=AT - 48 * HOUR)
    features = features_of(now(place=PARIS), habits=past(earlier, record(at=AT - 2 * HOUR)))
    assert features.distance_km == pytest.approx(BERLIN_PARIS_KM, abs=1)
    assert features.speed_kmh == pytest.approx(BERLIN_PARIS_KM / 2, abs=1)


def test_two_log_ins_in_one_second_are_a_minute_apart() -> None:
    features = features_of(now(place=PARIS), habits=past(record(at=AT)))
    assert features.distance_km is not None
    assert features.speed_kmh == pytest.approx(features.distance_km * 60)


@pytest.mark.parametrize("unknown", [now(place=None), now()])
def test_without_both_places_the_distance_is_unknown(unknown: LoginNow) -> None:
    before = record() if unknown.place is None else record(place=None)
    features = features_of(unknown, habits=past(before))
    assert (features.distance_km, features.speed_kmh) == (None, None)


def test_a_device_is_new_until_a_log_in_on_it_is_learned() -> None:
    assert features_of(now(device_id=None), habits=past()).new_device
    assert features_of(now(device_id=UUID(int=8)), habits=past()).new_device
    doubted = record(id=UUID(int=9), device_id=UUID(int=8), learned=False)
    with_doubt = past(record(), doubted)
    assert features_of(now(device_id=UUID(int=8)), habits=with_doubt).new_device
    sure = past(record(), replace(doubted, learned=True))
    assert not features_of(now(device_id=UUID(int=8)), habits=sure).new_device


def test_scripts_of_a_user_are_one_device() -> None:
    script = now(device_id=None, without_device=True)
    assert features_of(script, habits=past()).new_device
    assert not features_of(script, habits=past(record(), record(device_id=None))).new_device


def test_a_network_is_new_until_a_log_in_from_it_is_learned() -> None:
    assert features_of(now(network="x"), habits=past()).new_network
    doubted = record(network="x", learned=False)
    assert features_of(now(network="x"), habits=past(record(), doubted)).new_network
    assert not features_of(now(network="x"), habits=past(record(network="x"), record())).new_network


def test_failures_count_since_the_last_log_in_and_for_a_day() -> None:
    failed = (AT - 3 * HOUR, AT - 2 * HOUR, AT - HOUR, AT, AT + HOUR)
    assert features_of(now(), habits=past(record(at=AT - 2 * HOUR), failed=failed)).failures == 2
    days = (AT - 25 * HOUR, AT - 24 * HOUR, AT - 23 * HOUR)
    assert features_of(now(), habits=past(record(at=AT - 99 * HOUR), failed=days)).failures == 1
    assert features_of(now(), habits=LoginHabits(failed=days)).failures == 1


def test_the_vector_is_on_the_documented_scale() -> None:
    plain = LoginFeatures(hour=6.0)
    assert plain.vector() == pytest.approx((1, 0, 0, 0, 1, 0, 0, 0, 0), abs=1e-12)
    odd = LoginFeatures(
        hour=18.0,
        distance_km=FARTHEST_KM,
        speed_kmh=5_000.0,
        new_device=True,
        new_network=True,
        failures=99,
        fingerprint_changed=True,
    )
    assert odd.vector() == pytest.approx((-1, 0, 1, 1, 0, 1, 1, 1, 1), abs=1e-12)
    half = LoginFeatures(hour=0.0, distance_km=100.0, speed_kmh=250.0, failures=2)
    assert half.vector()[2] == pytest.approx(math.log(101) / math.log(1 + FARTHEST_KM))
    assert half.vector()[3] == 0.25
    assert half.vector()[7] == pytest.approx(math.log(3) / math.log(11))


def test_midnight_is_no_edge() -> None:
    late, early = LoginFeatures(hour=23.99).vector(), LoginFeatures(hour=0.01).vector()
    assert math.dist(late, early) < 0.01


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_networks_are_remembered_coarsely(ip: str, network: str) -> None:
    assert network_around(ip) == network


def test_travel_is_impossible_above_a_speed_and_beyond_a_distance() -> None:
    def ruled(km: float | None, kmh: float | None) -> tuple[str, ...]:
        return ruled_strange(LoginFeatures(hour=0.0, distance_km=km, speed_kmh=kmh))

    assert ruled(TRAVEL_KM, TRAVEL_KMH + 0.1) == (TRAVEL,)
    assert ruled(TRAVEL_KM - 0.1, TRAVEL_KMH + 0.1) == ()
    assert ruled(TRAVEL_KM, TRAVEL_KMH) == ()
    assert ruled(None, None) == ()


def test_a_new_device_is_strange_in_a_new_network_or_after_guesses() -> None:
    def ruled(*, device: bool, network: bool = False, failures: int = 0) -> tuple[str, ...]:
        return ruled_strange(
            LoginFeatures(hour=0.0, new_device=device, new_network=network, failures=failures)
        )

    assert ruled(device=True) == ()
    assert ruled(device=False, network=True, failures=9) == ()
    assert ruled(device=True, network=True) == (STRANGER,)
    assert ruled(device=True, failures=4) == ()
    assert ruled(device=True, failures=5) == (GUESSED,)
    assert ruled(device=True, network=True, failures=5) == (STRANGER, GUESSED)
