"""Changes decided one upon the other make one change with all that is in them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.accounts.book_change import BookChange, Fences, Halt, Reply
from domain.accounts.together import book_to_follow, may_share, together
from domain.orders.states import OrderState
from tests import builders

BOOK = builders.book(version=7)
A = builders.order(BOOK.account, client_order_id="a")
B = builders.order(BOOK.account, client_order_id="b")
NO_FENCES = Fences()
_REDUCES = Fences(must_be_released=True, reduces=True)


def _pair(*, first: Fences = NO_FENCES, then: Fences = NO_FENCES) -> tuple[BookChange, BookChange]:
    one = builders.accept(A, on=BOOK, fences=first)
    return one, builders.accept(B, on=book_to_follow(one), fences=then)


def test_the_book_to_follow_holds_the_change_at_the_stored_version() -> None:
    one, _ = _pair()
    book = book_to_follow(one)
    assert book.version == BOOK.version
    assert replace(book, version=one.book.version) == one.book
    assert book.touched is one.book.touched


def test_both_are_in_the_whole_and_it_makes_one_version() -> None:
    one, two = _pair()
    replies = tuple(Reply(key=key, request_hash=b"", status=201, body=b"") for key in "xy")
    one, two = replace(one, replies=replies[:1]), replace(two, replies=replies[1:])
    whole = together(one, two)
    assert whole is not None
    assert whole.expected_version == BOOK.version
    assert whole.orders == one.orders + two.orders
    assert whole.notices == one.notices + two.notices
    assert [notice.sequence for notice in whole.notices] == [1, 2]
    assert whole.replies == replies
    assert set(whole.book.orders) == {A.id, B.id}


@pytest.mark.parametrize(
    ("first", "then", "both"),
    [
        (Fences(), Fences(), Fences()),
        (Fences(rules_version=3), Fences(), Fences(rules_version=3)),
        (Fences(), Fences(rules_version=3), Fences(rules_version=3)),
        (Fences(rules_version=0), Fences(), Fences(rules_version=0)),
        (Fences(must_be_released=True), Fences(), Fences(must_be_released=True)),
        (Fences(), Fences(must_be_released=True), Fences(must_be_released=True)),
        (_REDUCES, _REDUCES, _REDUCES),
        (_REDUCES, Fences(), _REDUCES),
        (_REDUCES, Fences(must_be_released=True), Fences(must_be_released=True)),
        (Fences(must_be_released=True), _REDUCES, Fences(must_be_released=True)),
        (Fences(rules_version=2), Fences(rules_version=3), None),
    ],
)
def test_what_must_hold_for_either_must_hold_for_both(
    first: Fences, then: Fences, both: Fences | None
) -> None:
    whole = together(*_pair(first=first, then=then))
    assert (whole.fences if whole is not None else None) == both


def test_two_steps_of_one_order_are_not_one_change() -> None:
    one, _ = _pair()
    order = one.book.orders[A.id]
    step = builders.advance(order, OrderState.SUBMITTED, on=book_to_follow(one))
    assert together(one, step) is None


def test_what_moves_money_positions_latches_or_hearing_goes_alone() -> None:
    one, _ = _pair()
    halt = Halt(latch_id=builders.new_id(), reason="r", actor="rule", at=builders.AT)
    working = builders.order(BOOK.account, state=OrderState.WORKING)
    held = replace(BOOK, orders={working.id: working})
    assert may_share(one)
    assert not may_share(builders.deposit(Decimal(1), on=BOOK))
    assert not may_share(builders.book_fill(working, builders.execution(working), on=held))
    assert not may_share(replace(one, halt=halt))
    assert not may_share(replace(one, heard=0))
    assert not may_share(replace(one, positions=("AAPL",)))


@pytest.mark.parametrize(("first", "then"), [(True, False), (False, True), (False, False)])
def test_figures_of_either_are_figures_of_both(first: bool, then: bool) -> None:
    one, two = _pair()
    assert (one.figures, two.figures) == (False, False)
    whole = together(replace(one, figures=first), replace(two, figures=then))
    assert whole is not None
    assert whole.figures is (first or then)
