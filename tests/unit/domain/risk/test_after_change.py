"""A view that follows one change by what it touched is the view from nothing."""

from dataclasses import replace
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.book import TOUCHED_KEPT, TOUCHED_KEPT_MAX, AccountBook
from domain.accounts.change import Draft
from domain.market.prices import Quote
from domain.orders.events import OrderEventType
from domain.orders.moves import (
    MoveTimes,
    acknowledge,
    intend,
    move,
    request_cancel,
    request_replace,
)
from domain.orders.order import Fill, GroupLink, Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.risk.book_view import BookView, view_of
from domain.risk.recent import intake_of
from tests.unit.domain.risk.context import AT, D, book, instrument, order, quote, resting, terms

SYMBOLS = ("AAPL", "MSFT")
INSTRUMENTS = {"AAPL": instrument("AAPL"), "MSFT": instrument("MSFT", multiplier=D(50))}
QUOTES: dict[str, Quote] = {symbol: quote(symbol) for symbol in SYMBOLS}
WHEN = MoveTimes(at=AT, market_at=AT)


def look(kept: AccountBook) -> BookView:
    """See the book from nothing, both symbols marked."""
    view = view_of(kept, instrument=INSTRUMENTS.get, quote=QUOTES.get)
    for symbol in SYMBOLS:
        view = view.marked(symbol, instrument=INSTRUMENTS[symbol], quote=QUOTES[symbol])
    return view


def accept(draft: Draft, made: Order) -> Order:
    """Take an order in, reserved at its limit."""
    reserved = replace(made, reserved_price=made.terms.limit_price)
    return draft.put(
        move(reserved, to=OrderState.ACCEPTED, type=OrderEventType.ACCEPTED, when=WHEN)
    )


def step(kept: AccountBook, kind: str, *, number: int, size: int, ids: "count[int]") -> AccountBook:
    """Change the book as the use cases do."""
    draft = Draft(book=kept, when=WHEN, new_id=lambda: UUID(int=next(ids)))
    symbol = SYMBOLS[number % 2]
    live = [one for one in kept.orders.values() if one.symbol == symbol]
    if kind in ("new", "linked"):
        side = Side.BUY if size > 0 else Side.SELL
        asked = terms(symbol=symbol, side=side, quantity=D(abs(size)))
        link = GroupLink(group_id=UUID(int=9), role=Role.PEER) if kind == "linked" else None
        accept(draft, order(asked, number=number, link=link))
        draft.take_in(intake_of(asked, book=kept, now=AT, reducing=size < 0))
    elif live:
        one = live[size % len(live)]
        if kind == "send" and one.state is OrderState.ACCEPTED:
            draft.put(intend(one, when=WHEN))
        elif kind == "work" and one.state is OrderState.SUBMITTED:
            draft.put(acknowledge(one, venue_order_id="v", when=WHEN))
        elif kind == "lose" and one.state is OrderState.SUBMITTED:
            draft.put(move(one, to=OrderState.UNKNOWN, type=OrderEventType.UNKNOWN, when=WHEN))
        elif kind == "cancel" and one.state in (OrderState.ACCEPTED, OrderState.WORKING):
            draft.put(request_cancel(one, reason="asked", when=WHEN))
        elif kind == "replace" and one.state in (OrderState.ACCEPTED, OrderState.WORKING):
            bigger = replace(one.terms, quantity=one.terms.quantity + abs(size))
            draft.put(request_replace(one, terms=bigger, price=D(100), when=WHEN))
        elif kind == "fill":
            draft.book_fill(
                Fill(
                    id=UUID(int=next(ids)),
                    trade_id="t",
                    order_id=one.id,
                    tenant_id=one.tenant_id,
                    account_id=one.account_id,
                    symbol=symbol,
                    side=one.side,
                    quantity=D(1),
                    price=D(100),
                    commission=D(0),
                    currency="USD",
                    at=AT,
                    market_at=AT,
                ),
                multiplier=D(1),
            )
    return draft.done().book


KINDS = ("new", "new", "new", "linked", "send", "work", "lose", "cancel", "replace", "fill")
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(min_value=-5, max_value=5).filter(bool)),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_following_changes_is_seeing_the_book_anew(steps: list[tuple[str, int]]) -> None:
    ids = count(10_000)
    kept = book(positions={"AAPL": 5})
    view = look(kept)
    for number, (kind, size) in enumerate(steps):
        kept = step(kept, kind, number=number, size=size, ids=ids)
        followed = view.after_change(kept)
        fresh = look(kept)
        if followed is not None:
            assert followed.book is kept
            assert followed.account == fresh.account
            assert followed.sectors == fresh.sectors
            assert followed.recent.intakes == kept.recent
            assert followed.recent_reducing.intakes == kept.recent_reducing
            for symbol in SYMBOLS:
                assert followed.lines[symbol].figures == fresh.lines[symbol].figures
                assert set(followed.lines[symbol].resting) == set(fresh.lines[symbol].resting)
        view = followed if followed is not None else fresh


@settings(deadline=None, max_examples=60)
@given(steps=STEPS, seen=st.integers(min_value=0, max_value=24))
def test_following_several_changes_at_once_is_seeing_the_last_book_anew(
    steps: list[tuple[str, int]], seen: int
) -> None:
    ids = count(10_000)
    kept = book(positions={"AAPL": 5})
    view = look(kept)
    for number, (kind, size) in enumerate(steps):
        if number == seen:
            view = look(kept)
        kept = step(kept, kind, number=number, size=size, ids=ids)
    followed, fresh = view.after_change(kept), look(kept)
    if followed is not None:
        assert followed.account == fresh.account
        for symbol in SYMBOLS:
            assert followed.lines[symbol].figures == fresh.lines[symbol].figures
            assert followed.lines[symbol].resting == fresh.lines[symbol].resting


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_the_view_without_an_order_is_that_of_a_book_without_it(
    steps: list[tuple[str, int]],
) -> None:
    ids = count(10_000)
    kept = book(positions={"AAPL": 5})
    for number, (kind, size) in enumerate(steps):
        kept = step(kept, kind, number=number, size=size, ids=ids)
    view = look(kept)
    for one in kept.orders.values():
        left = view.without(one.id)
        others = {each.id: each for each in kept.orders.values() if each is not one}
        fresh = look(replace(kept, orders=others))
        assert left.account == fresh.account
        assert left.sectors == fresh.sectors
        assert {s: left.lines[s].figures for s in SYMBOLS} == {
            s: fresh.lines[s].figures for s in SYMBOLS
        }
        assert left.lines[one.symbol].resting == fresh.lines[one.symbol].resting


def test_a_new_order_is_followed_and_a_fill_is_not() -> None:
    ids = count(10_000)
    kept = book(positions={"AAPL": 5})
    view = look(kept)
    after = step(kept, "new", number=0, size=3, ids=ids)
    followed = view.after_change(after)
    assert followed is not None
    assert followed.lines["AAPL"].figures.buys == D(3)
    filled = step(after, "fill", number=0, size=1, ids=ids)
    assert followed.after_change(filled) is None


def test_an_order_is_followed_past_the_sends_of_others() -> None:
    ids = count(10_000)
    kept = step(book(), "new", number=0, size=3, ids=ids)
    view = look(kept)
    for number, kind in enumerate(("send", "work", "new")):
        kept = step(kept, kind, number=number, size=3, ids=ids)
    followed = view.after_change(kept)
    assert followed is not None
    assert followed.lines["AAPL"].figures.buys == D(6)
    assert followed.lines["AAPL"].resting == tuple(kept.orders.values())


def test_a_book_is_followed_by_later_ones_of_the_latest_changes_only() -> None:
    ids = count(10_000)
    kept = book()
    view = look(kept)
    first = step(kept, "new", number=0, size=3, ids=ids)
    second = step(first, "new", number=2, size=3, ids=ids)
    assert view.after_change(second) is not None
    assert look(second).after_change(first) is None
    other = step(kept, "new", number=4, size=3, ids=ids)
    assert look(other).after_change(second) is None
    # One that was read may hold anything.
    assert view.after_change(replace(first, touched=book().touched)) is None
    for _ in range(TOUCHED_KEPT_MAX):
        second = step(second, "none", number=0, size=1, ids=ids)
    assert view.after_change(second) is None
    assert len(second.touched) == TOUCHED_KEPT + len(second.orders)


def test_of_a_book_of_many_orders_no_more_changes_are_kept_than_at_most() -> None:
    ids = count(10_000)
    kept = book(orders=[resting(number=number) for number in range(1, TOUCHED_KEPT_MAX)])
    for _ in range(TOUCHED_KEPT_MAX + 1):
        kept = step(kept, "none", number=0, size=1, ids=ids)
    assert len(kept.touched) == TOUCHED_KEPT_MAX


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_symbol_that_was_never_seen_is_not_followed(symbol: str) -> None:
    ids = count(10_000)
    kept = book()
    blind = view_of(kept, instrument=INSTRUMENTS.get, quote=QUOTES.get)
    number = SYMBOLS.index(symbol)
    assert blind.after_change(step(kept, "new", number=number, size=3, ids=ids)) is None
