"""Silence counts by broker, from the last word, and only while the listener was awake."""

import pytest

from domain.kill_switch.silence import Silence


@pytest.fixture
def silence() -> Silence:
    return Silence(silent_after_s=15.0, step_s_max=2.0)


def after(silence: Silence, *, from_s: float, to_s: float, step_s: float = 0.5) -> frozenset[str]:
    """Look every half second, and return what the last look says."""
    found: frozenset[str] = frozenset()
    steps = round((to_s - from_s) / step_s)
    for step in range(steps + 1):
        found = silence.look(now_s=from_s + step * step_s)
    return found


def test_a_broker_is_silent_after_its_time_and_not_before(silence: Silence) -> None:
    silence.beat("one", brokers=["paper"])
    assert not after(silence, from_s=0, to_s=14.5)
    assert silence.look(now_s=15.0) == {"paper"}


def test_a_beat_ends_a_silence(silence: Silence) -> None:
    silence.beat("one", brokers=["paper"])
    assert after(silence, from_s=0, to_s=20)
    silence.beat("two", brokers=["paper"])
    assert not silence.look(now_s=20.5)


def test_who_beats_for_one_broker_does_not_speak_for_another(silence: Silence) -> None:
    silence.beat("one", brokers=["paper", "second"])
    for now_s in range(20):
        silence.beat("one", brokers=["second"])
        found = silence.look(now_s=now_s)
    assert found == {"paper"}


def test_an_orderly_end_is_no_silence_unless_it_ends_nothing(silence: Silence) -> None:
    silence.beat("one", brokers=["paper", "second"])
    silence.beat("two", brokers=["second"])
    silence.sign_off("one")
    assert silence.watched == {"second"}
    assert after(silence, from_s=0, to_s=30) == {"second"}


def beats(silence: Silence, process: str, *, from_s: int, to_s: int) -> None:
    """Have a process stand for the broker for so long, and look each second."""
    for now_s in range(from_s, to_s):
        silence.beat(process, brokers=["paper"])
        assert not silence.look(now_s=now_s)


def test_who_follows_a_dead_process_ends_in_order_for_both(silence: Silence) -> None:
    silence.beat("dead", brokers=["paper"])
    beats(silence, "next", from_s=0, to_s=16)
    silence.sign_off("next")
    assert not silence.watched
    assert not after(silence, from_s=16, to_s=60)


def test_one_that_fell_silent_only_just_may_be_all_that_stands(silence: Silence) -> None:
    silence.beat("one", brokers=["paper"])
    beats(silence, "two", from_s=0, to_s=15)
    silence.sign_off("two")
    assert after(silence, from_s=15, to_s=30) == {"paper"}


def test_a_standby_that_ends_takes_nothing_along(silence: Silence) -> None:
    silence.beat("one", brokers=["paper"])
    silence.beat("standby", brokers=[])
    silence.sign_off("standby")
    assert after(silence, from_s=0, to_s=30) == {"paper"}


def test_a_listener_that_stood_still_has_heard_nobody_and_accuses_nobody(
    silence: Silence,
) -> None:
    silence.beat("one", brokers=["paper"])
    silence.look(now_s=0)
    assert not silence.look(now_s=3_600)
    silence.beat("one", brokers=["paper"])
    assert not after(silence, from_s=3_600, to_s=3_614)


def test_nobody_that_was_never_heard_is_silent(silence: Silence) -> None:
    assert not after(silence, from_s=0, to_s=60)
