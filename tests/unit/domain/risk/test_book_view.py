"""The view of a book: worst cases, groups, missing marks, and keeping up in steps."""

from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.account import AccountKind
from domain.accounts.book import AccountBook
from domain.market.instruments import Instrument
from domain.market.prices import Quote
from domain.orders.order import GroupLink, Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, Side
from domain.risk.book_view import BookView, view_of
from domain.risk.lines import peers_of
from tests.unit.domain.risk.context import AT, D, book, instrument, quote, resting, terms

SYMBOLS = ("AAPL", "MSFT", "XOM")
INSTRUMENTS = {
    "AAPL": instrument("AAPL"),
    "MSFT": instrument("MSFT"),
    "XOM": instrument("XOM", sector="Energy"),
}
QUOTES = {symbol: quote(symbol) for symbol in SYMBOLS}


def look(
    kept: AccountBook,
    quotes: dict[str, Quote] | None = None,
    instruments: dict[str, Instrument] | None = None,
) -> BookView:
    """See a book at the quotes."""
    return view_of(
        kept,
        instrument=(INSTRUMENTS if instruments is None else instruments).get,
        quote=(QUOTES if quotes is None else quotes).get,
    )


def sell(price: str = "100", **fields: Any) -> Order:
    """A resting sale of 10."""
    return resting(terms(side=Side.SELL, limit_price=D(price)), **fields)


def test_an_empty_book_has_its_cash_and_nothing_else() -> None:
    account = look(book()).account
    assert (account.equity, account.gross, account.reserved_cash) == (D(100_000), D(0), D(0))
    assert (account.cash, account.open_positions) == (D(100_000), 0)
    assert (account.peak_equity, account.opening_equity) == (D(100_000), D(100_000))
    assert (account.kind, account.leverage) == (AccountKind.MARGIN, D(2))


def test_positions_count_at_the_last_price_and_shorts_take_equity_away() -> None:
    view = look(book(positions={"AAPL": 50, "XOM": -20}))
    assert view.account.equity == D(100_000) + 5_000 - 2_000
    assert view.account.gross == D(7_000)
    assert view.account.open_positions == 2
    assert view.sectors == {"Technology": D(5_000), "Energy": D(2_000)}


def test_the_multiplier_counts() -> None:
    futures = {**INSTRUMENTS, "XOM": instrument("XOM", sector="Energy", multiplier=D(50))}
    view = look(book(positions={"XOM": 2}, orders=[resting(terms(symbol="XOM"))]), None, futures)
    assert view.account.gross == D(10_000) + 50_000
    assert view.account.equity == D(110_000)


def test_resting_orders_count_at_worst() -> None:
    orders = [resting(number=1), sell("120", number=2), sell("110", number=3)]
    view = look(book(positions={"AAPL": 5}, orders=orders))
    figures = view.lines["AAPL"].figures
    assert (figures.buys, figures.sells) == (D(10), D(20))
    assert figures.long_value == D(500) + 1_000
    assert figures.short_value == D(1_200) + 1_100 - 500
    assert figures.gross == D(1_800)
    assert view.account.reserved_cash == D(1_000)
    assert view.account.open_positions == 1


@given(
    held=st.integers(min_value=-20, max_value=20),
    sizes=st.lists(st.integers(min_value=-9, max_value=9).filter(bool), max_size=6),
)
def test_gross_exposure_is_the_worst_of_all_subsets(held: int, sizes: list[int]) -> None:
    orders = [
        resting(
            terms(side=Side.BUY if size > 0 else Side.SELL, quantity=D(abs(size))), number=number
        )
        for number, size in enumerate(sizes)
    ]
    view = look(book(positions={"AAPL": held}, orders=orders))
    worst = max(
        abs(held + sum(size for size, on in zip(sizes, taken, strict=True) if on))
        for taken in product((0, 1), repeat=len(sizes))
    )
    assert view.account.gross == D(100) * worst


def exit_at(price: str, quantity: int = 10, **fields: Any) -> Order:
    """A resting sale that only reduces."""
    asked = terms(side=Side.SELL, quantity=D(quantity), limit_price=D(price), reduce_only=True)
    return resting(asked, **fields)


@pytest.mark.parametrize("role", [Role.PEER, Role.TAKE_PROFIT, Role.STOP_LOSS])
def test_peers_that_only_reduce_count_once_the_larger(role: Role) -> None:
    link = GroupLink(group_id=UUID(int=9), role=role)
    small = exit_at("150", number=1, link=link)
    large = exit_at("110", 12, number=2, link=link)
    figures = look(book(orders=[small, large])).lines["AAPL"].figures
    assert figures.sells == D(12)
    assert figures.short_value == D(1_500)
    alone = look(book(orders=[replace(small, link=None), large])).lines["AAPL"].figures
    assert alone.sells == D(22)


def test_peers_that_could_open_count_each_for_all_may_fill_before_one_cancels_the_others() -> None:
    link = GroupLink(group_id=UUID(int=9), role=Role.PEER)
    orders = [sell("150", number=1, link=link), sell("110", number=2, link=link)]
    line = look(book(orders=[*orders, exit_at("120", number=3, link=link)])).lines["AAPL"]
    assert line.figures.sells == D(30)
    assert line.figures.short_value == D(1_500 + 1_100 + 1_200)
    assert peers_of(sell("90", number=4, link=link), line=line) is None


def test_peers_of_an_order_are_those_on_its_side_of_its_group() -> None:
    link = GroupLink(group_id=UUID(int=9), role=Role.PEER)
    stranger = replace(link, group_id=UUID(int=10))
    orders = [
        exit_at("150", number=1, link=link),
        exit_at("110", number=2, link=stranger),
        resting(number=3, link=link),
        exit_at("130", number=4),
        exit_at("120", number=5, link=replace(link, role=Role.ENTRY)),
        sell("160", number=7, link=link),
    ]
    line = look(book(orders=orders)).lines["AAPL"]
    asked = exit_at("90", number=6, link=link)
    peers = peers_of(asked, line=line)
    assert peers is not None
    assert (peers.quantity, peers.value) == (D(10), D(1_500))
    assert peers_of(replace(asked, link=None), line=line) is None
    assert peers_of(replace(asked, link=replace(link, role=Role.ENTRY)), line=line) is None
    assert peers_of(orders[1], line=line) is None


@pytest.mark.parametrize(
    ("role", "waiting", "counts"),
    [
        (Role.TAKE_PROFIT, True, False),
        (Role.STOP_LOSS, True, False),
        (Role.TAKE_PROFIT, False, True),
        (Role.CHILD, True, True),
        (Role.ENTRY, False, True),
    ],
)
def test_only_a_waiting_exit_does_not_count(role: Role, waiting: bool, counts: bool) -> None:
    link = GroupLink(group_id=UUID(int=9), role=role)
    waits = sell(number=1, link=link, waiting=waiting, state=OrderState.ACCEPTED)
    figures = look(book(orders=[waits], positions={"AAPL": 10})).lines["AAPL"].figures
    assert figures.sells == (D(10) if counts else D(0))


def test_an_order_counts_at_the_highest_price_it_may_get() -> None:
    """The one reserved, its own, or the new one of a replace that is pending."""
    for fields, price in (
        ({"reserved_price": D(130)}, 130),
        ({"reserved_price": D(90)}, 100),
        ({"reserved_price": None}, 100),
        ({"pending_terms": terms(limit_price=D(140))}, 140),
        ({"pending_terms": terms(limit_price=D(80))}, 100),
    ):
        view = look(book(orders=[resting(number=1, **fields)]))
        assert view.account.gross == D(10) * price


def test_a_pending_replace_counts_at_the_larger_size() -> None:
    bigger = resting(number=1, state=OrderState.PENDING_UPDATE, pending_terms=terms(quantity=D(15)))
    assert look(book(orders=[bigger])).account.gross == D(1_500)


def test_an_order_of_unknown_price_counts_at_the_quote_or_not_at_all() -> None:
    external = resting(terms(type=OrderType.MARKET), number=1, reserved_price=None)
    assert look(book(orders=[external])).account.gross == D("1000.10")
    blind = look(book(orders=[external]), {})
    assert blind.account.gross is None
    assert blind.account.reserved_cash is None
    assert blind.account.equity == D(100_000)


def test_only_what_is_left_to_fill_counts() -> None:
    partly = resting(number=1, filled_quantity=D(4), state=OrderState.PARTIALLY_FILLED)
    assert look(book(orders=[partly])).account.gross == D(600)


@pytest.mark.parametrize("state", [OrderState.SUBMITTED, OrderState.UNKNOWN, OrderState.PARKED])
def test_orders_we_are_unsure_of_count(state: OrderState) -> None:
    unsure = resting(number=1, state=state, sent_at=AT)
    view = look(book(orders=[unsure]))
    assert view.account.gross == D(1_000)
    figures = view.lines["AAPL"].figures
    assert figures.parked == (1 if state is OrderState.PARKED else 0)
    assert figures.unknown_since == (AT if state is OrderState.UNKNOWN else None)


def test_unknown_since_is_the_earliest_send() -> None:
    later = AT.replace(hour=17)
    orders = [
        resting(number=1, state=OrderState.UNKNOWN, sent_at=later),
        resting(number=2, state=OrderState.UNKNOWN, sent_at=None),
    ]
    assert look(book(orders=orders)).lines["AAPL"].figures.unknown_since == AT


def test_a_reduce_only_order_opens_nothing() -> None:
    closing = resting(terms(side=Side.SELL, reduce_only=True), number=1)
    assert look(book(orders=[closing])).account.open_positions == 0
    assert look(book(orders=[resting(number=1)])).account.open_positions == 1


def test_without_a_price_equity_and_exposure_are_unknown() -> None:
    view = look(book(positions={"AAPL": 5}), {"MSFT": QUOTES["MSFT"]})
    assert view.account.equity is None
    assert view.account.gross is None
    assert view.sectors is None
    figures = view.lines["AAPL"].figures
    assert (figures.gross, figures.long_value, figures.short_value) == (None, None, None)


def test_a_position_in_another_currency_has_no_worth_here() -> None:
    foreign = {**INSTRUMENTS, "AAPL": instrument("AAPL", currency="EUR")}
    view = look(book(positions={"AAPL": 5}), None, foreign)
    assert view.account.equity is None
    assert view.account.gross is None
    resting_only = look(book(orders=[resting(number=1)]), None, foreign)
    assert resting_only.account.gross is None
    assert resting_only.account.equity == D(100_000)


def test_a_debt_in_another_currency_hides_the_equity() -> None:
    assert look(book(cash={"USD": D(5), "EUR": D(7)})).account.equity == D(5)
    assert look(book(cash={"USD": D(5), "EUR": D(-7)})).account.equity is None


def test_a_holding_without_a_sector_could_be_in_any() -> None:
    plain = {**INSTRUMENTS, "AAPL": instrument("AAPL", sector="")}
    assert look(book(positions={"AAPL": 5}), None, plain).sectors is None
    assert look(book(positions={"AAPL": 0, "XOM": 1}), None, plain).sectors == {"Energy": D(100)}


def test_without_a_day_the_opening_is_unknown() -> None:
    assert look(book(day=None)).account.opening_equity is None


def test_marking_the_same_quote_changes_nothing() -> None:
    view = look(book(positions={"AAPL": 5}))
    same = view.marked("AAPL", instrument=INSTRUMENTS["AAPL"], quote=QUOTES["AAPL"])
    assert same is view
    other = view.marked("AAPL", instrument=INSTRUMENTS["AAPL"], quote=quote(last=D(101)))
    assert other.account.equity == D(100_505)
    assert view.account.equity == D(100_500)


def test_marking_a_new_symbol_makes_its_line() -> None:
    view = look(book())
    assert view.line("AAPL") is None
    marked = view.marked("AAPL", instrument=INSTRUMENTS["AAPL"], quote=QUOTES["AAPL"])
    line = marked.line("AAPL")
    assert line is not None
    assert (line.figures.gross, line.figures.is_open) == (D(0), False)
    assert marked.account == view.account


def test_an_order_joins_and_leaves_the_view() -> None:
    kept = book(positions={"AAPL": 5}, orders=[resting(number=1)])
    view = look(kept)
    joined = view.with_order(sell("100", number=2))
    assert joined.lines["AAPL"].figures.sells == D(10)
    assert joined.with_order(sell("100", number=2)).lines["AAPL"].figures.sells == D(10)
    left = view.without(resting(number=1).id)
    assert left.lines["AAPL"].figures.buys == D(0)
    assert left.account.gross == D(500)
    assert view.without(UUID(int=5)) is view
    exit_link = GroupLink(group_id=UUID(int=9), role=Role.STOP_LOSS)
    waits = sell(number=3, link=exit_link, waiting=True, state=OrderState.ACCEPTED)
    assert view.with_order(waits) is view


SIZES = st.integers(min_value=-5, max_value=5)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["quote", "position", "order", "close"]),
        st.sampled_from(SYMBOLS),
        SIZES,
    ),
    max_size=12,
)


@settings(deadline=None)
@given(steps=STEPS)
def test_a_view_kept_up_in_steps_is_the_view_from_nothing(
    steps: list[tuple[str, str, int]],
) -> None:
    kept, quotes = book(positions={"AAPL": 5}), dict(QUOTES)
    view = look(kept, quotes)
    for number, (kind, symbol, size) in enumerate(steps):
        if kind == "quote":
            price = Decimal(100 + size)
            quotes[symbol] = quote(symbol, bid=price, ask=price, last=price)
            view = view.marked(symbol, instrument=INSTRUMENTS[symbol], quote=quotes[symbol])
            continue
        if kind == "position":
            held = {**kept.positions, symbol: replace(kept.position(symbol), quantity=D(size))}
            kept = replace(kept, version=kept.version + 1, positions=held)
        elif kind == "order" and size:
            side = Side.BUY if size > 0 else Side.SELL
            one = resting(terms(symbol=symbol, side=side, quantity=D(abs(size))), number=number)
            kept = replace(kept, version=kept.version + 1, orders={**kept.orders, one.id: one})
        elif kept.orders:
            first = next(iter(kept.orders))
            left = {key: one for key, one in kept.orders.items() if key != first}
            kept = replace(kept, version=kept.version + 1, orders=left)
        view = view.with_book(kept, instrument=INSTRUMENTS.get, quote=quotes.get)
    fresh = look(kept, quotes)
    assert view.account == fresh.account
    assert {name: worth for name, worth in (view.sectors or {}).items() if worth} == {
        name: worth for name, worth in (fresh.sectors or {}).items() if worth
    }
    for symbol, line in fresh.lines.items():
        assert view.lines[symbol].figures == line.figures


def test_lines_that_did_not_change_are_kept() -> None:
    kept = book(positions={"AAPL": 5, "XOM": 1})
    view = look(kept)
    later = replace(kept, version=2, positions={**kept.positions, "XOM": kept.position("XOM")})
    after = view.with_book(later, instrument=INSTRUMENTS.get, quote=QUOTES.get)
    assert after.lines["AAPL"] is view.lines["AAPL"]
    moved = dict(QUOTES, AAPL=quote(last=D(90)))
    assert view.with_book(later, instrument=INSTRUMENTS.get, quote=moved.get).lines[
        "AAPL"
    ].worth == D(450)
    described = dict(INSTRUMENTS, AAPL=instrument("AAPL", multiplier=D(2)))
    changed = view.with_book(later, instrument=described.get, quote=QUOTES.get)
    assert changed.lines["AAPL"].worth == D(1_000)


def test_only_a_debt_in_another_currency_leaves_the_equity_unknown() -> None:
    for amount, known in (("0", True), ("5", True), ("-0.01", False)):
        account = look(book(cash={"USD": D(100_000), "EUR": D(amount)})).account
        assert account.equity == (D(100_000) if known else None)
        assert account.cash == D(100_000)


def test_of_two_peers_without_a_price_the_quote_tells_the_worth() -> None:
    """A market order that was found at the broker was never reserved."""
    link = GroupLink(group_id=UUID(int=9), role=Role.PEER)
    market = terms(type=OrderType.MARKET, reduce_only=True)
    orders = [resting(market, number=n, link=link, reserved_price=None) for n in (50, 51)]
    figures = look(book(orders=orders)).lines["AAPL"].figures
    assert (figures.buys, figures.buy_value) == (D(10), D("1000.10"))
