"""What of a change shares a statement, what goes alone, and what is stored for the first time."""

from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.postgres.change_rows import (
    NOTHING_ALONE,
    SharedColumns,
    alone_rows,
    is_small,
    shared_rows,
    together,
)
from adapters.postgres.order_rows import ORDERS
from domain.accounts.book_change import BookChange
from domain.orders.states import OrderState
from tests import builders
from tests.contracts.accounts.picture import everything
from tests.contracts.accounts.taking_in import taken_in

ORDER_ROW = ORDERS.maker(ORDERS.columns)
BOOK, NEW, MOVED = 0, 1, 2


def _shared(change: BookChange) -> SharedColumns:
    return shared_rows(change, order_row=ORDER_ROW, rules=[], key=None)


def test_an_order_that_is_taken_in_is_new_and_one_that_moves_is_not() -> None:
    taken = builders.accept(builders.order(), on=builders.book())
    order = taken.orders[0]
    moved = builders.advance(order, OrderState.CANCELED, on=taken.book)
    assert (_shared(taken)[NEW], _shared(taken)[MOVED]) == ([ORDER_ROW(order)], None)
    assert (_shared(moved)[NEW], _shared(moved)[MOVED]) == (None, [ORDER_ROW(moved.orders[0])])


def test_an_order_that_comes_and_goes_in_one_change_is_new() -> None:
    change = builders.advance(
        builders.order(), OrderState.ACCEPTED, OrderState.CANCELED, on=builders.book()
    )
    assert _shared(change)[NEW] == [ORDER_ROW(change.orders[0])]


def test_figures_are_left_as_they_are_by_what_changes_none() -> None:
    change = taken_in(builders.book())
    assert not change.figures
    assert _shared(change)[BOOK][5:9] == (None, None, None, None)
    cash, _, _, peak = _shared(replace(change, figures=True))[BOOK][5:9]
    assert (cash, peak) == (b'{"USD":"100000"}', Decimal(100_000))


@pytest.mark.parametrize("part", ["positions", "fills", "ledger", "halt", "heard"])
def test_what_moves_money_a_position_or_a_latch_goes_alone(part: str) -> None:
    whole = everything(builders.book())
    assert alone_rows(taken_in(builders.book())) is NOTHING_ALONE
    change = replace(taken_in(whole.book), book=whole.book, **{part: getattr(whole, part)})
    assert alone_rows(change) is not NOTHING_ALONE


def test_several_changes_are_their_books_and_the_rows_of_each_kind() -> None:
    first, second = (_shared(taken_in(builders.book(), reply=None)) for _ in range(2))
    both = together([first, second])
    assert both[BOOK] == [first[BOOK], second[BOOK]]
    assert both[NEW] == first[NEW] + second[NEW]
    assert both[-1] is None
    assert is_small(first)
    assert not is_small(both)
