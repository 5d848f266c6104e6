"""How many may be connected, by where they come from."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bootstrap.guests import Guests


def test_a_network_has_so_many_and_gets_back_what_it_leaves() -> None:
    guests = Guests(per_network=2)
    first, second, third = (guests.enter("192.0.2.1") for _ in range(3))
    assert [one.is_too_many for one in (first, second, third)] == [False, False, True]
    assert not guests.enter("192.0.2.2").is_too_many
    third.leave()
    first.leave()
    # Once is enough, whoever says it again.
    first.leave()
    assert not guests.enter("192.0.2.1").is_too_many
    assert guests.enter("192.0.2.1").is_too_many


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
    guests = Guests(per_network=1)
    guests.enter(one)
    assert guests.enter(other).is_too_many is are_together


def test_only_so_many_too_many_are_told_why() -> None:
    guests = Guests(per_network=2)
    entered = [guests.enter("192.0.2.1") for _ in range(6)]
    assert [guests.crowds(one) for one in entered] == [False, False, True, True, True, True]
    entered.pop().leave()
    entered.pop().leave()
    assert [guests.crowds(one) for one in entered] == [False] * 4


def test_proxies_are_not_counted_out() -> None:
    guests = Guests(per_network=1, is_proxy=lambda address: address == "10.0.0.1")
    assert not any(guests.enter("10.0.0.1").is_too_many for _ in range(5))


def test_figures_are_shown_and_nobody_is_kept_who_left() -> None:
    guests, registry = Guests(per_network=1), CollectorRegistry()
    guests.show(registry)
    entered = [guests.enter(f"192.0.2.{number % 3}") for number in range(5)]
    page = generate_latest(registry).decode()
    assert "ballast_http_connections_open 5.0" in page
    assert "ballast_http_connections_refused_total 2.0" in page
    for one in entered:
        one.leave()
    assert "ballast_http_connections_open 0.0" in generate_latest(registry).decode()
    assert not guests._open
