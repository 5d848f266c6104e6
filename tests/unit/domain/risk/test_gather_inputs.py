"""Gathering what a decision reads."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.book import Intake, TradingDay
from domain.orders.order import GroupLink, Role
from domain.orders.terms import Side
from domain.risk.book_view import BookView, view_of
from domain.risk.compiled_rules import compile_rules
from domain.risk.gather_inputs import gather_inputs
from domain.risk.recent import fingerprint
from domain.risk.rule import RuleType
from domain.risk.situation import Situation, SymbolFigures
from tests.unit.domain.risk.context import (
    AT,
    CLOSED,
    SESSION,
    D,
    book,
    instrument,
    order,
    quote,
    resting,
    rule,
    terms,
)

RULES = compile_rules(
    (
        rule(RuleType.DUPLICATE_ORDER, "5", parameters={"window_s": "10"}),
        rule(RuleType.ORDER_RATE, "5", id=UUID(int=101), parameters={"window_s": "10"}),
    ),
    version=1,
)
INSTRUMENTS = {
    "AAPL": instrument(),
    "MSFT": instrument("MSFT"),
    "PLAIN": instrument("PLAIN", sector=""),
}
QUOTES = {symbol: quote(symbol) for symbol in INSTRUMENTS}


def see(**fields: Any) -> BookView:
    """See a book with these fields, AAPL marked."""
    view = view_of(book(**fields), instrument=INSTRUMENTS.get, quote=QUOTES.get)
    return view.marked("AAPL", instrument=INSTRUMENTS["AAPL"], quote=QUOTES["AAPL"])


def stand(view: BookView, **fields: Any) -> Situation:
    """Gather the inputs of the plain order."""
    given = {
        "view": view,
        "rules": RULES,
        "now": AT,
        "market_now": AT,
        "session": SESSION,
        "average_daily_volume": D(7),
        **fields,
    }
    asked = given.pop("order", order())
    return gather_inputs(asked, **given)


def test_the_figures_come_from_the_view() -> None:
    view = see(positions={"AAPL": 5, "MSFT": 3})
    found = stand(view)
    assert found.account is view.account
    assert found.symbol is view.lines["AAPL"].figures
    assert found.sector_gross == D(800)
    assert (found.session, found.average_daily_volume) == (SESSION, D(7))
    assert (found.now, found.market_now) == (AT, AT)
    assert (found.peers, found.covered) == (None, D(0))


def test_a_symbol_that_was_never_marked_is_unknown() -> None:
    found = stand(see(), order=order(terms(symbol="TSLA")))
    assert found.symbol.instrument is None
    assert found.symbol.gross is None
    assert found.sector_gross is None


def test_a_sector_without_exposure_has_none() -> None:
    assert stand(see()).sector_gross == D(0)
    plain = see(positions={"PLAIN": 1})
    assert stand(plain).sector_gross is None


def test_an_instrument_without_a_sector_has_no_sector_exposure() -> None:
    view = see().marked("PLAIN", instrument=INSTRUMENTS["PLAIN"], quote=QUOTES["PLAIN"])
    assert stand(view, order=order(terms(symbol="PLAIN"))).sector_gross is None


def test_messages_are_counted_for_the_rules_that_ask() -> None:
    sent = [
        Intake(at=AT - timedelta(seconds=age), fingerprint=fingerprint(one), symbol="AAPL")
        for age, one in ((12, terms()), (9, terms()), (8, terms(quantity=D(3))))
    ]
    found = stand(see(recent=tuple(sent)))
    assert found.counts == (1, 2)
    assert stand(see(recent=tuple(sent)), rules=compile_rules((), version=1)).counts == ()


def test_a_clock_set_back_does_not_open_the_window() -> None:
    sent = Intake(at=AT + timedelta(hours=1), fingerprint=fingerprint(terms()), symbol="AAPL")
    found = stand(see(recent=(sent,)))
    assert found.now == AT + timedelta(hours=1)
    assert found.counts == (1, 1)


@pytest.mark.parametrize(
    ("days", "session", "known"),
    [
        (0, SESSION, True),
        (-1, SESSION, False),
        (1, SESSION, True),
        (-1, CLOSED, True),
        (-1, None, True),
    ],
)
def test_an_opening_of_an_earlier_day_is_none(days: int, session: Any, known: bool) -> None:
    day = TradingDay(date=AT.date() + timedelta(days=days), opening_equity=D(5))
    found = stand(see(day=day), session=session)
    assert found.account.opening_equity == (D(5) if known else None)


def test_a_replace_is_situated_by_its_new_terms() -> None:
    content = fingerprint(terms(quantity=D(3)))
    sent = Intake(at=AT, fingerprint=content, symbol="AAPL")
    view = see(recent=(sent,))
    assert stand(view, terms=terms(quantity=D(3))).counts == (1, 1)
    assert stand(view).counts == (0, 1)


def test_peers_are_found_in_the_view() -> None:
    link = GroupLink(group_id=UUID(int=9), role=Role.PEER)
    exits = terms(reduce_only=True)
    view = see(orders=[resting(exits, number=50, link=link)])
    found = stand(view, order=order(exits, link=link))
    assert found.peers is not None
    assert found.peers.quantity == D(10)


@pytest.mark.parametrize(
    ("role", "covered"),
    [(Role.TAKE_PROFIT, -10), (Role.STOP_LOSS, -10), (Role.CHILD, -10), (Role.ENTRY, 0)],
)
def test_an_exit_is_covered_by_its_entry(role: Role, covered: int) -> None:
    link = GroupLink(group_id=UUID(int=9), role=role)
    entry = order(terms(side=Side.SELL), number=2)
    waits = order(link=link, waiting=True)
    assert stand(see(), order=waits, entry=entry).covered == D(covered)
    assert stand(see(), order=replace(waits, link=None), entry=entry).covered == D(0)
    elsewhere = order(terms(symbol="MSFT", side=Side.SELL), number=2)
    assert stand(see(), order=waits, entry=elsewhere).covered == D(0)


@pytest.mark.parametrize(
    ("held", "before", "covered"),
    [(0, 4, 6), (0, 10, 0), (0, 12, 0), (3, 0, 10), (-4, 0, 6), (-10, 0, 0), (-4, 5, 1)],
)
def test_a_child_is_covered_by_what_its_entry_opens_and_others_leave(
    held: int, before: int, covered: int
) -> None:
    link = GroupLink(group_id=UUID(int=9), role=Role.CHILD)
    entry = order(terms(), number=2)
    earlier = [
        resting(terms(side=Side.SELL, quantity=D(before)), number=3, link=link, waiting=True)
        for _ in range(bool(before))
    ]
    view = see(positions={"AAPL": held} if held else {}, orders=earlier)
    waits = order(terms(side=Side.SELL), link=link, waiting=True)
    assert stand(view, order=waits, entry=entry).covered == D(covered)


def test_of_a_symbol_that_was_never_seen_no_figure_is_known() -> None:
    found = stand(see(), order=order(terms(symbol="TSLA")))
    assert found.symbol == SymbolFigures(
        symbol="TSLA",
        instrument=None,
        quote=None,
        buy_value=None,
        long_value=None,
        short_value=None,
        gross=None,
    )


@pytest.mark.parametrize("role", [Role.TAKE_PROFIT, Role.STOP_LOSS, Role.CHILD])
def test_an_exit_that_waits_no_more_is_an_order_like_any_other(role: Role) -> None:
    link = GroupLink(group_id=UUID(int=9), role=role, parent_id=UUID(int=8))
    released = order(terms(side=Side.SELL), link=link)
    assert stand(see(positions={"AAPL": 10}), order=released).covered == D(0)


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"link": GroupLink(group_id=UUID(int=7), role=Role.CHILD)}, False),
        ({"link": GroupLink(group_id=UUID(int=9), role=Role.TAKE_PROFIT)}, False),
        ({"link": None}, False),
        ({"terms": terms(quantity=D(4))}, False),
        ({"id": UUID(int=1_001)}, False),
    ],
    ids=["a child", "of another group", "a target", "of none", "that buys too", "itself"],
)
def test_only_the_other_children_of_the_entry_take_from_what_it_opens(
    fields: dict[str, Any], counts: bool
) -> None:
    link = GroupLink(group_id=UUID(int=9), role=Role.CHILD)
    given = {"terms": terms(side=Side.SELL, quantity=D(4)), "link": link, **fields}
    asked = given.pop("terms")
    other = replace(resting(asked, number=3), **given)
    waits = order(terms(side=Side.SELL), link=link, waiting=True)
    entry = order(terms(), number=2)
    view = see(orders=[other])
    assert stand(view, order=waits, entry=entry).covered == (D(6) if counts else D(10))
