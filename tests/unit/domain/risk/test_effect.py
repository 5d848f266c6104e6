"""What an order would do, held against every subset of resting orders."""

from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.terms import OrderType, Side, TrailKind
from domain.risk.effect import effect_of, worst_price
from domain.risk.situation import PeerFigures
from tests.unit.domain.risk.context import (
    D,
    instrument,
    order,
    quote,
    situation,
    symbol_figures,
    terms,
)

SIGNED = st.integers(min_value=-6, max_value=6)


@given(
    held=SIGNED,
    rests=st.lists(SIGNED.filter(bool), max_size=5),
    asked=SIGNED.filter(bool),
)
def test_reducing_holds_whatever_of_the_resting_orders_fills(
    held: int, rests: list[int], asked: int
) -> None:
    """|position after resting + this order| <= |position|, the sign kept.

    An order that is called reducing keeps to that over every subset of the orders of its
    own side; one that is not breaks it over at least one subset.
    """
    side = Side.BUY if asked > 0 else Side.SELL
    same = [rest for rest in rests if (rest > 0) == (asked > 0)]
    figures = symbol_figures(
        position=held,
        buys=sum(rest for rest in rests if rest > 0),
        sells=-sum(rest for rest in rests if rest < 0),
    )
    made = order(terms(side=side, quantity=D(abs(asked))))
    effect = effect_of(made, terms=made.terms, situation=situation(symbol=figures))
    kept = True
    for taken in product((0, 1), repeat=len(same)):
        after = held + asked + sum(rest for rest, on in zip(same, taken, strict=True) if on)
        kept = (
            kept
            and held != 0
            and abs(after) <= abs(held)
            and (after == 0 or (after > 0) == (held > 0))
        )
    assert effect.reducing == kept


@given(
    held=SIGNED,
    buys=st.integers(min_value=0, max_value=9),
    sells=st.integers(min_value=0, max_value=9),
    asked=SIGNED.filter(bool),
    others=st.integers(min_value=0, max_value=900),
)
def test_exposure_after_is_the_worst_of_all_subsets(
    held: int, buys: int, sells: int, asked: int, others: int
) -> None:
    figures = symbol_figures(position=held, buys=buys, sells=sells)
    gross = D(100) * max(abs(held + buys), abs(held - sells), abs(held))
    side = Side.BUY if asked > 0 else Side.SELL
    made = order(terms(side=side, quantity=D(abs(asked))))
    world = situation(
        symbol=figures,
        account=situation().account,
        sector_gross=gross + 50,
    )
    effect = effect_of(made, terms=made.terms, situation=world)
    long_side = held + buys + max(asked, 0)
    short_side = sells - held + max(-asked, 0)
    worst = D(100) * max(long_side, short_side)
    assert figures.gross is not None
    assert effect.sector_after == gross + 50 + worst - figures.gross
    assert effect.position_after == (long_side if asked > 0 else -short_side)
    own = long_side if asked > 0 else short_side
    assert effect.position_value_after == D(100) * own


@pytest.mark.parametrize(
    ("side", "kind", "fields", "price"),
    [
        (Side.BUY, OrderType.MARKET, {}, "100.01"),
        (Side.BUY, OrderType.LIMIT, {"limit_price": D(90)}, "90"),
        (Side.BUY, OrderType.LIMIT, {"limit_price": D(110)}, "110"),
        (Side.BUY, OrderType.STOP, {"stop_price": D(120)}, "120"),
        (Side.BUY, OrderType.STOP, {"stop_price": D(80)}, "100.01"),
        (Side.BUY, OrderType.MARKET_IF_TOUCHED, {"stop_price": D(80)}, "100.01"),
        (Side.BUY, OrderType.STOP_LIMIT, {"stop_price": D(120), "limit_price": D(121)}, "121"),
        (
            Side.BUY,
            OrderType.TRAILING_STOP,
            {"trail": D(5), "trail_kind": TrailKind.AMOUNT},
            "105.01",
        ),
        (
            Side.BUY,
            OrderType.TRAILING_STOP,
            {"trail": D(10), "trail_kind": TrailKind.PERCENT},
            "110.011",
        ),
        (
            Side.BUY,
            OrderType.TRAILING_STOP,
            {"trail": D(5), "trail_kind": TrailKind.AMOUNT, "stop_price": D(130)},
            "130",
        ),
        (Side.SELL, OrderType.MARKET, {}, "99.99"),
        (Side.SELL, OrderType.LIMIT, {"limit_price": D(90)}, "99.99"),
        (Side.SELL, OrderType.LIMIT, {"limit_price": D(110)}, "110"),
        (Side.SELL, OrderType.STOP, {"stop_price": D(80)}, "99.99"),
        (Side.SELL, OrderType.MARKET_IF_TOUCHED, {"stop_price": D(120)}, "120"),
        (
            Side.SELL,
            OrderType.TRAILING_STOP,
            {"trail": D(5), "trail_kind": TrailKind.AMOUNT},
            "99.99",
        ),
    ],
)
def test_an_order_is_counted_at_its_worst_price(
    side: Side, kind: OrderType, fields: dict[str, Decimal], price: str
) -> None:
    asked = terms(side=side, type=kind, **fields)
    assert worst_price(asked, bid=D("99.99"), ask=D("100.01")) == D(price)
    made = order(asked)
    assert effect_of(made, terms=asked, situation=situation()).price == D(price)


def test_the_worth_counts_the_multiplier_and_the_size_of_a_negative_price() -> None:
    oil = symbol_figures(
        instrument=instrument(multiplier=D(1_000)),
        quote=quote(bid=D(-38), ask=D(-37), last=D(-37)),
    )
    made = order(terms(type=OrderType.MARKET))
    assert effect_of(made, terms=made.terms, situation=situation(symbol=oil)).value == D(370_000)


def test_a_peer_counts_only_where_it_is_larger() -> None:
    figures = symbol_figures(position=100, sells=60)
    made = order(terms(side=Side.SELL, quantity=D(100)))
    plain = effect_of(made, terms=made.terms, situation=situation(symbol=figures))
    peers = PeerFigures(quantity=D(60), value=D(6_000))
    peer = effect_of(made, terms=made.terms, situation=situation(symbol=figures, peers=peers))
    assert (plain.position_after, plain.reducing) == (D(-60), False)
    assert (peer.position_after, peer.reducing) == (D(0), True)
    assert plain.position_value_after == D(6_000)
    assert peer.position_value_after == D(0)
    unpriced = PeerFigures(quantity=D(60), value=None)
    blind = effect_of(made, terms=made.terms, situation=situation(symbol=figures, peers=unpriced))
    assert blind.gross_after is None
    assert blind.position_value_after is None


@pytest.mark.parametrize(
    ("covered", "side", "quantity", "reducing"),
    [
        (10, Side.SELL, 10, True),
        (10, Side.SELL, 11, False),
        (10, Side.BUY, 1, False),
        (-10, Side.BUY, 10, True),
        (-10, Side.SELL, 1, False),
    ],
)
def test_a_waiting_exit_reduces_what_its_entry_opens(
    covered: int, side: Side, quantity: int, reducing: bool
) -> None:
    made = order(terms(side=side, quantity=D(quantity)), id=UUID(int=77))
    effect = effect_of(made, terms=made.terms, situation=situation(covered=D(covered)))
    assert effect.reducing == reducing


@pytest.mark.parametrize("held", range(-3, 4))
def test_closing_whole_reduces_and_turning_does_not_on_either_side(held: int) -> None:
    for asked in (*range(-5, 0), *range(1, 6)):
        side = Side.BUY if asked > 0 else Side.SELL
        made = order(terms(side=side, quantity=D(abs(asked))))
        world = situation(symbol=symbol_figures(position=held))
        effect = effect_of(made, terms=made.terms, situation=world)
        against = held * asked < 0
        assert effect.reducing == (against and abs(asked) <= abs(held)), asked
        assert effect.position_after == held + asked
        assert effect.quantity == abs(asked)
        assert effect.is_buy == (asked > 0)
