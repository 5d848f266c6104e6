"""How many may be connected, by where they come from."""

from functools import partial

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from adapters.http.server.connection_limits import LOOPBACK_RESERVE, ConnectionLimits, Seat


def at_work(connection_limits: ConnectionLimits, address: str) -> Seat:
    """Enter and ask something at once."""
    seat = connection_limits.enter(address)
    seat.asked()
    return seat


def test_a_network_has_so_many_and_gets_back_what_it_leaves() -> None:
    connection_limits = ConnectionLimits(per_network=2)
    first, second, third = (at_work(connection_limits, "192.0.2.1") for _ in range(3))
    assert [one.is_too_many for one in (first, second, third)] == [False, False, True]
    assert not connection_limits.enter("192.0.2.2").is_too_many
    third.leave()
    first.leave()
    # Once is enough, whoever says it again.
    first.leave()
    assert not at_work(connection_limits, "192.0.2.1").is_too_many
    assert at_work(connection_limits, "192.0.2.1").is_too_many


@pytest.mark.parametrize(
    ("one", "other", "are_together"),
    [
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", True),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "", True),
    ],
)
def test_a_network_is_an_address_or_a_site(one: str, other: str, are_together: bool) -> None:
    connection_limits = ConnectionLimits(per_network=1)
    at_work(connection_limits, one)
    assert connection_limits.enter(other).is_too_many is are_together


def test_only_so_many_too_many_are_told_why() -> None:
    connection_limits = ConnectionLimits(per_network=2)
    entered = [at_work(connection_limits, "192.0.2.1") for _ in range(6)]
    assert [connection_limits.crowds(one) for one in entered] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]
    entered.pop().leave()
    entered.pop().leave()
    assert [connection_limits.crowds(one) for one in entered] == [False] * 4


def test_proxies_are_not_counted_out() -> None:
    connection_limits = ConnectionLimits(
        per_network=1, is_proxy=lambda address: address == "10.0.0.1"
    )
    assert not any(connection_limits.enter("10.0.0.1").is_too_many for _ in range(5))


def test_figures_are_shown_and_nobody_is_kept_who_left() -> None:
    connection_limits, registry = ConnectionLimits(per_network=1), CollectorRegistry()
    connection_limits.show(registry)
    entered = [at_work(connection_limits, f"192.0.2.{number % 3}") for number in range(5)]
    page = generate_latest(registry).decode()
    assert "ballast_http_connections_open 5.0" in page
    assert "ballast_http_connections_refused_total 2.0" in page
    for one in entered:
        one.leave()
    assert "ballast_http_connections_open 0.0" in generate_latest(registry).decode()
    assert not connection_limits._open


def test_whoever_said_nothing_for_longest_gives_way() -> None:
    connection_limits, gone = ConnectionLimits(per_network=3), list[str]()
    first, second, third = (
        connection_limits.enter("192.0.2.1", hang_up=partial(gone.append, name))
        for name in ("first", "second", "third")
    )
    first.asked()
    first.rests()
    third.asked()
    assert not connection_limits.enter("192.0.2.1").is_too_many
    assert gone == ["second"]
    assert not connection_limits.enter("192.0.2.1").is_too_many
    assert gone == ["second", "first"]
    # Whoever gave way leaves a second time as its connection ends.
    second.leave()
    third.rests()
    assert [connection_limits.enter("192.0.2.1").is_too_many for _ in range(3)] == [False] * 3
    assert gone[-1] == "third"


def test_another_network_s_silence_is_its_own() -> None:
    connection_limits = ConnectionLimits(per_network=1)
    connection_limits.enter("192.0.2.2")
    at_work(connection_limits, "192.0.2.1")
    assert connection_limits.enter("192.0.2.1").is_too_many


def test_what_one_process_can_have_open_is_shared_and_loopback_keeps_a_reserve() -> None:
    connection_limits = ConnectionLimits(per_network=1_000, in_all=LOOPBACK_RESERVE + 2)
    busy = [at_work(connection_limits, f"192.0.2.{number}") for number in (1, 2)]
    stranger = connection_limits.enter("192.0.2.3")
    assert stranger.is_too_many
    assert connection_limits.crowds(stranger)
    stranger.leave()
    local = [connection_limits.enter("127.0.0.1") for _ in range(LOOPBACK_RESERVE)]
    assert not any(one.is_too_many for one in local)
    # A stranger takes nobody's place on this machine, even if it is silent there.
    assert connection_limits.enter("192.0.2.4").is_too_many
    # Among those of this machine the silent ones give way, too.
    assert not connection_limits.enter("::1").is_too_many
    busy[0].rests()
    assert not connection_limits.enter("192.0.2.5").is_too_many


def test_nobody_is_remembered_who_gave_way() -> None:
    connection_limits = ConnectionLimits(per_network=2)
    for _ in range(50):
        connection_limits.enter("192.0.2.1")
    assert connection_limits._open["192.0.2.1"] == 2
    assert len(connection_limits._resting["192.0.2.1"]) == 2
