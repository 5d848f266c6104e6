"""After a split an order asks for as much as before, and never for a worse price."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market.instruments import Instrument
from domain.market.prices import Split
from domain.orders.splits import restated, told, unprotected
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.shared.values import ZERO
from tests import builders

D = Decimal
STOCK = Instrument(symbol="AAPL", name="Apple", max_quantity=D(10**9))


def _split(numerator: int, denominator: int = 1) -> Split:
    return Split(
        symbol="AAPL",
        ex_date=date(2026, 3, 2),
        numerator=D(numerator),
        denominator=D(denominator),
    )


def _terms(**given_: Any) -> OrderTerms:
    return builders.terms(time_in_force=TimeInForce.GTC, **given_)


def _after(terms: OrderTerms, split: Split, *, filled: int = 0) -> OrderTerms:
    done = restated(terms, filled=D(filled), split=split, instrument=STOCK)
    assert done is not None
    return done.terms


@pytest.mark.parametrize(("side", "limit"), [(Side.BUY, "33.33"), (Side.SELL, "33.34")])
def test_a_limit_never_gets_worse(side: Side, limit: str) -> None:
    after = _after(_terms(side=side, limit_price=D(100)), _split(3))
    assert (after.quantity, after.limit_price) == (D(30), D(limit))


@pytest.mark.parametrize(("side", "stop"), [(Side.SELL, "30.04"), (Side.BUY, "30.03")])
def test_a_stop_never_triggers_later(side: Side, stop: str) -> None:
    asked = _terms(side=side, type=OrderType.STOP, limit_price=None, stop_price=D("90.10"))
    assert _after(asked, _split(3)).stop_price == D(stop)


def test_a_reverse_split_makes_fewer_at_a_higher_price() -> None:
    after = _after(_terms(quantity=D(25), limit_price=D("4.10")), _split(1, 10))
    assert (after.quantity, after.limit_price) == (D(2), D(41))


def test_what_is_cut_is_told() -> None:
    done = restated(_terms(quantity=D(25)), filled=ZERO, split=_split(1, 10), instrument=STOCK)
    assert done is not None
    assert done.cut == D("0.5")
    assert told(_split(1, 10), cut=done.cut) == (
        "adjusted for the 1:10 split of AAPL on 2026-03-02; 0.5 of a new unit is left out"
    )
    assert told(_split(2), cut=ZERO) == "adjusted for the 2:1 split of AAPL on 2026-03-02"


def test_only_what_is_left_is_restated_what_filled_keeps_its_units() -> None:
    assert _after(_terms(), _split(2), filled=4).quantity == 4 + 12


@pytest.mark.parametrize(
    ("kind", "trail", "after"),
    [
        (TrailKind.AMOUNT, "1.00", "0.33"),
        (TrailKind.AMOUNT, "0.02", "0.01"),
        (TrailKind.PERCENT, "5", "5"),
    ],
)
def test_a_trail_never_gets_longer_nor_nothing(kind: TrailKind, trail: str, after: str) -> None:
    asked = _terms(
        side=Side.SELL,
        type=OrderType.TRAILING_STOP,
        limit_price=None,
        trail=D(trail),
        trail_kind=kind,
    )
    assert _after(asked, _split(3)).trail == D(after)


def test_an_iceberg_shows_as_much_as_before_and_no_less_than_a_venue_takes() -> None:
    assert _after(_terms(display_quantity=D(3)), _split(2)).display_quantity == 6
    few = _terms(quantity=D(1000), display_quantity=D(10))
    assert _after(few, _split(1, 15)).display_quantity == 1


@pytest.mark.parametrize(
    ("terms", "split"),
    [
        (_terms(quantity=D(9)), _split(1, 10)),
        (_terms(limit_price=D("0.01")), _split(2)),
        (_terms(quantity=D(10**8)), _split(11)),
    ],
)
def test_what_nothing_could_be_ordered_of_is_not_restated(terms: OrderTerms, split: Split) -> None:
    assert restated(terms, filled=ZERO, split=split, instrument=STOCK) is None


def test_the_end_of_an_order_says_what_it_protected() -> None:
    stop = _terms(side=Side.SELL, type=OrderType.STOP, limit_price=None, stop_price=D(90))
    assert unprotected(stop, split=_split(1, 20)) == (
        "canceled by the 1:20 split of AAPL on 2026-03-02; the stop that it was is gone,"
        " its position is not protected by it any more"
    )
    assert unprotected(_terms(), split=_split(2)) == (
        "canceled by the 2:1 split of AAPL on 2026-03-02"
    )


@given(
    quantity=st.integers(1, 10_000),
    cents=st.integers(1, 1_000_000),
    ratio=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    side=st.sampled_from(Side),
)
def test_it_is_never_worth_more_to_the_other_side(
    quantity: int, cents: int, ratio: tuple[int, int], side: Side
) -> None:
    split = _split(*ratio)
    asked = _terms(side=side, quantity=D(quantity), limit_price=D(cents) / 100)
    done = restated(asked, filled=ZERO, split=split, instrument=STOCK)
    if done is None:
        return
    after = done.terms
    assert after.limit_price is not None
    assert asked.limit_price is not None
    assert STOCK.price_problem(after.limit_price) is None
    assert STOCK.quantity_problem(after.quantity) is None
    old_price = after.limit_price * split.numerator
    asked_price = asked.limit_price * split.denominator
    assert old_price <= asked_price if side is Side.BUY else old_price >= asked_price
    assert after.quantity * split.denominator <= asked.quantity * split.numerator
    assert after.quantity + done.cut == pytest.approx(D(quantity) * ratio[0] / ratio[1])
