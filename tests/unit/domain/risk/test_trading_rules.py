"""What is open, what has no stop, what the market could not take back."""

from typing import Any
from uuid import UUID

import pytest

from domain.orders.order import GroupLink, Order, Role
from domain.orders.terms import OrderType, Side, TrailKind
from domain.risk.book_view import BookView, view_of
from domain.risk.compiled_rules import compile_rules
from domain.risk.gather_inputs import gather_inputs
from domain.risk.reading_input import DecisionContext
from domain.risk.rule import Rule, RuleType
from domain.risk.situation import Situation
from tests.unit.domain.risk.context import (
    AT,
    SESSION,
    D,
    book,
    codes,
    instrument,
    judge,
    order,
    quote,
    resting,
    rule,
    symbol_figures,
    terms,
)

GROUP = UUID(int=9)


def seen(*orders: Order, **fields: Any) -> BookView:
    """The book with these orders at rest, AAPL marked at 100."""
    view = view_of(book(orders=orders, **fields), instrument=instrument, quote=quote)
    return view.marked("AAPL", instrument=instrument(), quote=quote())


def gathered(asked: Order, limit: Rule, view: BookView, *group: Order) -> Situation:
    """Gather what a rule needs for an order."""
    return gather_inputs(
        asked,
        view=view,
        rules=compile_rules([limit], version=1),
        now=AT,
        market_now=AT,
        session=SESSION,
        average_daily_volume=D(1_000),
        beside=DecisionContext(group=group),
    )


OPEN = rule(RuleType.MAX_OPEN_ORDERS, "3")


@pytest.mark.parametrize(("besides", "denied"), [(1, False), (2, False), (3, True)])
def test_an_order_beyond_the_open_ones_is_denied(besides: int, denied: bool) -> None:
    verdict = judge(terms(), OPEN, readings=(D(besides),))
    assert codes(verdict) == (["MAX_OPEN_ORDERS"] if denied else [])


def test_open_orders_are_those_of_the_book_and_those_before_it_in_its_request() -> None:
    view = seen(resting(number=1), resting(terms(symbol="MSFT"), number=2))
    group = tuple(order(number=number) for number in (7, 8, 9))
    counted = [gathered(one, OPEN, view, *group).readings for one in group]
    assert counted == [(D(2),), (D(3),), (D(4),)]
    # On its replace an order does not count itself.
    assert gathered(resting(number=1), OPEN, view).readings == (D(1),)


def test_an_exit_passes_however_many_orders_are_open() -> None:
    held = symbol_figures(position=100)
    assert codes(judge(terms(side=Side.SELL), OPEN, readings=(D(99),), symbol=held)) == []


def grouped(role: Role, *, number: int, **fields: Any) -> Order:
    """Make an order of the group."""
    link = GroupLink(group_id=GROUP, role=role, parent_id=None if number == 1 else order().id)
    return order(terms(**fields), number=number, link=link, waiting=role is not Role.ENTRY)


ENTRY = grouped(Role.ENTRY, number=1, quantity=D(10))
STOPPED = rule(RuleType.STOP_REQUIRED)
NEAR = rule(RuleType.STOP_REQUIRED, parameters={"distance_percent": "5"})


def stop(at: str = "95", **fields: Any) -> Order:
    """Make the entry's stop."""
    given = {"type": OrderType.STOP, "side": Side.SELL, "stop_price": D(at), **fields}
    return grouped(Role.STOP_LOSS, number=2, **given)


def trailing(trail: str, kind: TrailKind) -> Order:
    """Make a stop that follows the price."""
    return stop(type=OrderType.TRAILING_STOP, stop_price=None, trail=D(trail), trail_kind=kind)


@pytest.mark.parametrize(
    ("exit", "units"),
    [
        (stop(), 10),
        (stop(quantity=D(4)), 4),
        (stop(side=Side.BUY), 0),
        (stop(symbol="MSFT"), 0),
        (stop(type=OrderType.LIMIT, stop_price=None, limit_price=D(120)), 0),
        (stop("1"), 10),
    ],
)
def test_the_stops_that_undo_the_entry_are_summed(exit: Order, units: int) -> None:
    assert gathered(ENTRY, STOPPED, seen(), ENTRY, exit).readings == (D(units),)


@pytest.mark.parametrize(
    ("exit", "units"),
    [
        (stop("95"), 10),
        (stop("94.99"), 0),
        (trailing("5", TrailKind.AMOUNT), 10),
        (trailing("5.01", TrailKind.AMOUNT), 0),
        (trailing("5", TrailKind.PERCENT), 10),
        (trailing("5.01", TrailKind.PERCENT), 0),
    ],
)
def test_a_stop_too_far_from_the_entry_protects_nothing(exit: Order, units: int) -> None:
    assert gathered(ENTRY, NEAR, seen(), ENTRY, exit).readings == (D(units),)


def test_an_order_decided_on_again_finds_its_stop_in_the_book() -> None:
    assert gathered(ENTRY, STOPPED, seen(ENTRY, stop())).readings == (D(10),)
    assert gathered(order(), STOPPED, seen(ENTRY, stop())).readings == (D(0),)


def test_without_a_price_the_distance_of_a_stop_is_not_known() -> None:
    entry = grouped(Role.ENTRY, number=1, type=OrderType.MARKET)
    view = seen().marked("AAPL", instrument=instrument(), quote=None)
    assert gathered(entry, NEAR, view, entry, stop()).readings == (None,)
    assert gathered(entry, NEAR, seen(), entry, stop()).readings == (D(10),)


@pytest.mark.parametrize(("protected", "denied"), [(9, True), (10, False), (11, False)])
def test_every_unit_needs_its_stop(protected: int, denied: bool) -> None:
    verdict = judge(terms(quantity=D(10)), STOPPED, readings=(D(protected),))
    assert codes(verdict) == (["STOP_REQUIRED"] if denied else [])
    held = symbol_figures(position=100)
    assert codes(judge(terms(side=Side.SELL), STOPPED, readings=(D(0),), symbol=held)) == []


@pytest.mark.parametrize(("quantity", "denied"), [(39, False), (40, False), (41, True)])
def test_what_is_held_and_rests_counts_for_liquidity(quantity: int, denied: bool) -> None:
    limit = rule(RuleType.LIQUIDITY, "10")
    held = symbol_figures(position=50, buys=10)
    world: dict[str, Any] = {"symbol": held, "average_daily_volume": D(1_000)}
    verdict = judge(terms(quantity=D(quantity)), limit, **world)
    assert codes(verdict) == (["LIQUIDITY"] if denied else [])


@pytest.mark.parametrize(
    ("bid", "ask", "denied"),
    [("99.50", "100.50", False), ("99.51", "100.49", False), ("99.49", "100.51", True)],
)
def test_a_wide_spread_is_no_liquidity(bid: str, ask: str, denied: bool) -> None:
    limit = rule(RuleType.LIQUIDITY, "100", parameters={"of": "spread"})
    figures = symbol_figures(quote=quote(bid=D(bid), ask=D(ask)))
    assert codes(judge(terms(), limit, symbol=figures)) == (["LIQUIDITY"] if denied else [])
