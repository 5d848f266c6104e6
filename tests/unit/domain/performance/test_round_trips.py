"""Round trips: from flat to flat, costs deducted, splits and turns included."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.positions import Position
from domain.performance.round_trips import RoundTrips, win_rate

START = datetime(2012, 1, 2, tzinfo=UTC)
FEE = Decimal("0.50")


def later(days: int) -> datetime:
    return START + timedelta(days=days)


def test_a_trip_ends_flat_with_its_costs_deducted() -> None:
    trips, held = RoundTrips(), Position(symbol="IBM")
    held = held.traded(quantity=Decimal(10), price=Decimal(100), commission=FEE)
    assert trips.follow(held, at=later(0)) is None
    assert list(trips.open_symbols) == ["IBM"]
    held = held.traded(quantity=Decimal(-4), price=Decimal(110), commission=FEE)
    assert trips.follow(held, at=later(1)) is None
    held = held.traded(quantity=Decimal(-6), price=Decimal(90), commission=FEE)
    trip = trips.follow(held, at=later(2))
    assert trip is not None
    assert (trip.opened_at, trip.closed_at) == (later(0), later(2))
    assert trip.profit == Decimal(40) - Decimal(60) - 3 * FEE
    assert trip.commissions == 3 * FEE
    assert not trip.is_win
    assert not list(trips.open_symbols)


def test_the_next_trip_starts_from_nothing() -> None:
    trips, held = RoundTrips(), Position(symbol="IBM")
    for index, (quantity, price) in enumerate(((5, 10), (-5, 20), (5, 30), (-5, 20))):
        held = held.traded(quantity=Decimal(quantity), price=Decimal(price), commission=Decimal(0))
        trips.follow(held, at=later(index))
    assert [trip.profit for trip in trips.closed] == [Decimal(50), Decimal(-50)]
    assert win_rate(trips.closed) == 0.5
    assert win_rate([]) is None


def test_a_turn_closes_one_trip_and_opens_the_next() -> None:
    trips, held = RoundTrips(), Position(symbol="IBM")
    held = held.traded(quantity=Decimal(5), price=Decimal(10), commission=FEE)
    trips.follow(held, at=later(0))
    held = held.traded(quantity=Decimal(-8), price=Decimal(12), commission=FEE)
    turned = trips.follow(held, at=later(1))
    assert turned is not None
    assert turned.profit == Decimal(10) - 2 * FEE
    assert trips.open_symbols == ("IBM",)
    held = held.traded(quantity=Decimal(3), price=Decimal(10), commission=FEE)
    closed = trips.follow(held, at=later(2))
    assert closed is not None
    assert closed.opened_at == later(1)
    assert closed.profit == Decimal(6) - FEE


def test_a_split_leaves_the_trip_open() -> None:
    trips = RoundTrips()
    held = Position(symbol="IBM").traded(
        quantity=Decimal(5), price=Decimal(10), commission=Decimal(0)
    )
    trips.follow(held, at=later(0))
    held = replace(held, quantity=Decimal(10))
    assert trips.follow(held, at=later(1)) is None
    held = held.traded(quantity=Decimal(-10), price=Decimal(6), commission=Decimal(0))
    closed = trips.follow(held, at=later(2))
    assert closed is not None
    assert closed.profit == Decimal(10)


@given(
    st.lists(
        st.tuples(
            st.integers(min_value=-9, max_value=9).filter(bool),
            st.integers(min_value=1, max_value=99),
        ),
        max_size=40,
    )
)
def test_trips_add_up_to_what_was_realised(trades: list[tuple[int, int]]) -> None:
    trips, held = RoundTrips(), Position(symbol="IBM")
    for index, (quantity, price) in enumerate(trades):
        held = held.traded(quantity=Decimal(quantity), price=Decimal(price), commission=FEE)
        trips.follow(held, at=later(index))
    if held.quantity:
        held = held.traded(quantity=-held.quantity, price=Decimal(50), commission=FEE)
        trips.follow(held, at=later(len(trades)))
    assert sum((trip.profit for trip in trips.closed), Decimal(0)) == (
        held.realised_pnl - held.commissions
    )
