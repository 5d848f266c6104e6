"""How many codes can be guessed, from wherever; and whom that makes wait."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identity.factor_codes import DIGITS, DRIFT
from domain.identity.factors import FactorLimits
from domain.identity.guessing import TrySource, WrongTry, strange_within_a_day, wait_of
from domain.identity.session import Device
from tests import builders

AT = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
LIMITS = FactorLimits()
DESK = TrySource(network="192.0.2.1", device_id=builders.new_id(), at_home=True)
STUDY = TrySource(network="192.0.2.1", device_id=builders.new_id(), at_home=True)
# Whoever copied the token of the first, from two networks.
COPIES = [replace(DESK, network=f"198.51.100.{one}", at_home=False) for one in (1, 2)]


def stranger(number: int = 0) -> TrySource:
    return TrySource(network=f"203.0.113.{number}")


def given_from(source: TrySource, times: int) -> list[WrongTry]:
    return [WrongTry(at=AT + number * MINUTE, source=source) for number in range(times)]


def wait(source: TrySource, tries: list[WrongTry], *, now: datetime) -> timedelta | None:
    return wait_of(source, tries, now=now, limits=LIMITS)


def test_a_network_of_strangers_has_five_tries_an_hour() -> None:
    now = AT + 5 * MINUTE
    assert wait(stranger(), given_from(stranger(), 4), now=now) is None
    tries = given_from(stranger(), 5)
    assert wait(stranger(), tries, now=now) == 55 * MINUTE
    assert wait(stranger(), tries, now=AT + HOUR - TICK) == TICK
    assert wait(stranger(), tries, now=AT + HOUR) is None
    # Another network has its own.
    assert wait(stranger(1), tries, now=now) is None


def test_all_strangers_together_have_ten_tries_an_hour() -> None:
    tries = [WrongTry(at=AT + one * MINUTE, source=stranger(one)) for one in range(10)]
    now = AT + 10 * MINUTE
    assert wait(stranger(99), tries[:9], now=now) is None
    assert wait(stranger(99), tries, now=now) == 50 * MINUTE


def test_whoever_waits_for_both_waits_for_the_longer() -> None:
    early = [WrongTry(at=AT, source=stranger(one)) for one in range(1, 6)]
    late = [WrongTry(at=AT + 30 * MINUTE, source=stranger()) for _ in range(5)]
    now = AT + 40 * MINUTE
    assert wait(stranger(), [*early, *late], now=now) == 50 * MINUTE
    assert wait(stranger(7), [*early, *late], now=now) == 20 * MINUTE


def test_no_stranger_makes_a_known_device_wait_nor_one_device_another() -> None:
    now = AT + 30 * MINUTE
    thief = given_from(stranger(), 5) + given_from(TrySource(network="192.0.2.1"), 25)
    assert wait(DESK, thief, now=now) is None
    own = given_from(DESK, 10)
    assert wait(DESK, given_from(DESK, 9), now=now) is None
    assert wait(DESK, thief + own, now=now) == 30 * MINUTE
    assert wait(STUDY, thief + own, now=now) is None
    # Nor does its owner's clumsiness make strangers wait.
    assert wait(TrySource(network="192.0.2.1"), own, now=now) is None


def test_who_copied_a_device_s_token_leaves_its_owner_half_of_the_tries() -> None:
    now = AT + 30 * MINUTE
    thief = given_from(COPIES[0], 3) + given_from(COPIES[1], 2)
    assert wait(COPIES[0], thief[:4], now=now) is None
    for copy in COPIES:
        assert wait(copy, thief, now=now) == 30 * MINUTE
    # At home it has what is left of ten.
    own = [WrongTry(at=AT + number * MINUTE, source=DESK) for number in range(20, 25)]
    assert wait(DESK, thief + own[:4], now=now) is None
    assert wait(DESK, thief + own, now=now) == 30 * MINUTE
    assert wait(STUDY, thief + own, now=now) is None
    assert wait(stranger(), thief + own, now=now) is None
    # An hour after the thief's first there is room again, at home first.
    assert wait(DESK, thief + own, now=AT + HOUR) is None
    # Its owner's own mistakes leave less than that to the thief.
    assert wait(COPIES[0], given_from(DESK, 9), now=now) is None
    assert wait(COPIES[0], given_from(DESK, 10), now=now) == 30 * MINUTE


@given(
    st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=600),
            st.sampled_from([DESK, *COPIES, *(stranger(number) for number in range(40))]),
        ),
        max_size=400,
    )
)
@settings(max_examples=60, deadline=None)
def test_however_tries_are_spread_no_hour_takes_more_than_the_limits(
    asked: list[tuple[int, TrySource]],
) -> None:
    taken: list[WrongTry] = []
    now = AT
    for seconds, source in asked:
        now += timedelta(seconds=seconds)
        if wait(source, taken, now=now) is None:
            taken.append(WrongTry(at=now, source=source))
        elif source == DESK:
            # Nobody but its owner makes it wait at home.
            assert sum(one.source == DESK and one.at > now - HOUR for one in taken) >= 5

    def in_an_hour(of: Callable[[TrySource], bool]) -> int:
        kept = [one.at for one in taken if of(one.source)]
        return max((sum(at <= one < at + HOUR for one in kept) for at in kept), default=0)

    assert in_an_hour(lambda one: one.is_stranger) <= 10
    assert in_an_hour(lambda one: one.device_id == DESK.device_id) <= 10
    assert in_an_hour(COPIES.__contains__) <= 5
    assert max(in_an_hour(stranger(number).__eq__) for number in range(40)) <= 5


def _guesses_in_a_day(devices: int, *, at_home: bool) -> int:
    """Return how many codes a thief gets to guess who asks every minute, from everywhere.

    devices is of how many known ones they have the token; at_home, whether they are there, too.
    """
    known = [TrySource(device_id=builders.new_id()) for _ in range(devices)]
    known += [replace(one, at_home=True) for one in known] if at_home else []
    guesses = 0
    recent: list[WrongTry] = []
    for second in range(0, 24 * 3600, 60):
        now = AT + timedelta(seconds=second)
        since = now - 2 * HOUR
        # They stand in the order of their time.
        while recent and recent[0].at <= since:
            del recent[0]
        for source in (stranger(second // 60), *known):
            if wait(source, recent, now=now) is None:
                recent.append(WrongTry(at=now, source=source))
                guesses += 1
    return guesses


@pytest.mark.parametrize(
    ("devices", "at_home", "of_each"),
    [(0, False, 0), (1, False, 120), (1, True, 240), (3, True, 240)],
)
def test_the_bound_that_the_docs_state_is_the_one_that_holds(
    devices: int, at_home: bool, of_each: int
) -> None:
    guesses = _guesses_in_a_day(devices, at_home=at_home)
    assert guesses == 240 + of_each * devices
    # Each guess meets one of the codes of three steps, of a million that there are.
    chance = guesses * (1 + 2 * DRIFT) / 10**DIGITS
    assert chance == pytest.approx(0.00072 * (1 + devices * of_each / 240))


def test_strangers_tries_of_a_day_are_told_from_the_rest() -> None:
    copied = WrongTry(at=AT + MINUTE, source=COPIES[0])
    tries = [*given_from(stranger(), 2), copied, *given_from(DESK, 2)]
    assert strange_within_a_day(tries, now=AT + HOUR) == 3
    assert strange_within_a_day(tries, now=AT + timedelta(days=1) - TICK) == 3
    assert strange_within_a_day(tries, now=AT + timedelta(days=1)) == 2


def test_a_device_is_known_from_its_factor_until_all_sessions_are_ended() -> None:
    device = Device(
        id=builders.new_id(),
        tenant_id=builders.new_id(),
        user_id=builders.new_id(),
        digest=b"",
        label="",
        created_at=AT,
        seen_at=AT,
    )
    assert not device.is_known(tokens_from=None)
    proven = device.proven(AT, network="192.0.2.1")
    assert proven.is_known(tokens_from=None)
    assert proven.is_known(tokens_from=AT)
    assert not proven.is_known(tokens_from=AT + TICK)


def test_a_device_is_at_home_where_a_factor_was_shown_on_it_of_late() -> None:
    device = Device(
        id=builders.new_id(),
        tenant_id=builders.new_id(),
        user_id=builders.new_id(),
        digest=b"",
        label="",
        created_at=AT,
        seen_at=AT,
    )
    assert device.homes == ()
    for number in (1, 2, 1):
        device = device.proven(AT, network=f"192.0.2.{number}")
    assert device.homes == ("192.0.2.1", "192.0.2.2")
    for number in (3, 4, 5, 6):
        device = device.proven(AT, network=f"192.0.2.{number}", tokens_from=AT)
    assert device.homes == tuple(f"192.0.2.{number}" for number in (6, 5, 4, 3, 1))
    # Where it was before all sessions were ended, somebody else may have been.
    device = device.proven(AT + HOUR, network="192.0.2.1", tokens_from=AT + TICK)
    assert (device.proven_at, device.homes) == (AT + HOUR, ("192.0.2.1",))
