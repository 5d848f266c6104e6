"""A view that follows one change by what it touched is the view from nothing."""

from dataclasses import replace
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.book import AccountBook
from domain.accounts.change import Draft
from domain.market.prices import Quote
from domain.orders.events import OrderEventType
from domain.orders.moves import When, acknowledge, intend, move, request_cancel, request_replace
from domain.orders.order import Fill, GroupLink, Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.risk.book_view import BookView, view_of
from domain.risk.recent import intake_of
from tests.unit.domain.risk.desk import AT, D, book, instrument, order, quote, terms

SYMBOLS = ("AAPL", "MSFT")
INSTRUMENTS = {"AAPL": instrument("AAPL"), "MSFT": instrument("MSFT", multiplier=D(50))}
QUOTES: dict[str, Quote] = {symbol: quote(symbol) for symbol in SYMBOLS}
WHEN = When(at=AT, market_at=AT)


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
        draft.take_in(intake_of(asked, book=kept, now=AT))
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
            for symbol in SYMBOLS:
                assert followed.lines[symbol].figures == fresh.lines[symbol].figures
                assert set(followed.lines[symbol].resting) == set(fresh.lines[symbol].resting)
        view = followed if followed is not None else fresh


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


def test_a_book_that_is_not_the_next_one_is_not_followed() -> None:
    ids = count(10_000)
    kept = book()
    view = look(kept)
    first = step(kept, "new", number=0, size=3, ids=ids)
    second = step(first, "new", number=2, size=3, ids=ids)
    assert view.after_change(second) is None
    assert view.after_change(replace(first, touched=None)) is None


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_symbol_that_was_never_seen_is_not_followed(symbol: str) -> None:
    ids = count(10_000)
    kept = book()
    blind = view_of(kept, instrument=INSTRUMENTS.get, quote=QUOTES.get)
    number = SYMBOLS.index(symbol)
    assert blind.after_change(step(kept, "new", number=number, size=3, ids=ids)) is None
