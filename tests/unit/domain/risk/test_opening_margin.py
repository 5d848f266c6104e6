"""The rulebook decides what an order may open, whatever rests, and never holds what reduces."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, combinations
from json import loads
from random import Random
from typing import Any

import pytest
from hypothesis import given

from domain.accounts.margin_book import Marks, margin_book
from domain.accounts.positions import Position
from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.rulebook import NoTable, Rulebook, rulebook_of
from domain.market.instruments import AssetClass, Instrument, OptionRight, OptionTerms
from domain.market.prices import Quote
from domain.orders.order import Order
from domain.orders.terms import Side
from domain.risk.book_view import BookView, view_of
from domain.risk.compiled_rules import compile_rules
from domain.risk.gather_inputs import gather_inputs
from domain.risk.opening_margin import OpeningMargin, dated_rulebook
from domain.risk.rule import RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.situation import MarginFigures, Situation
from domain.risk.situation_codec import read_situation, write_situation
from domain.risk.verdict import Denied, Verdict
from tests.unit.domain.risk.context import (
    ACCOUNT,
    AT,
    SEEDS,
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

ON = AT.date()
RULES = compile_rules((), version=1)
CALL, PUT = OptionRight.CALL, OptionRight.PUT


def _option(symbol: str, right: OptionRight, strike: int) -> Instrument:
    return Instrument(
        symbol=symbol,
        name=symbol,
        multiplier=D(100),
        sector="Technology",
        asset_class=AssetClass.OPTION,
        option=OptionTerms(
            underlying="AAPL", right=right, strike=D(strike), expiry=date(2026, 6, 19)
        ),
    )


INSTRUMENTS = {
    "AAPL": instrument(),
    "MSFT": instrument("MSFT"),
    "PENNY": instrument("PENNY"),
    "C100": _option("C100", CALL, 100),
    "C110": _option("C110", CALL, 110),
    "P90": _option("P90", PUT, 90),
}
PRICES = {"AAPL": "100", "MSFT": "50", "PENNY": "3", "C100": "6", "C110": "2", "P90": "1.5"}
QUOTES: dict[str, Quote] = {
    symbol: quote(symbol, bid=D(price), ask=D(price), last=D(price))
    for symbol, price in PRICES.items()
}
MARKS = Marks(instrument=INSTRUMENTS.get, quote=QUOTES.get)


def _view(**fields: Any) -> BookView:
    return view_of(book(**fields), instrument=INSTRUMENTS.get, quote=QUOTES.get)


def _measured(
    asked: Order, view: BookView, *, by: OpeningMargin | None = None, **given: Any
) -> MarginFigures | None:
    margin = by or OpeningMargin(rulebook=dated_rulebook, marks=MARKS)
    symbol = asked.symbol
    marked = view.marked(symbol, instrument=INSTRUMENTS[symbol], quote=QUOTES[symbol])
    situation = gather_inputs(
        asked,
        view=marked,
        rules=RULES,
        now=AT,
        market_now=AT,
        session=SESSION,
        average_daily_volume=None,
    )
    fields: dict[str, Any] = {"rulebook": "reg_t", "on": ON, **given}
    return margin.put(situation, order=asked, terms=asked.terms, view=marked, **fields).margin


def _said(verdict: Verdict) -> str:
    assert isinstance(verdict, Denied)
    return verdict.reasons[0].message


def _ask(symbol: str, quantity: int, *, number: int = 1) -> Order:
    side = Side.BUY if quantity > 0 else Side.SELL
    size = D(abs(quantity))
    return order(
        terms(symbol=symbol, side=side, quantity=size, limit_price=D(PRICES[symbol])),
        number=number,
    )


def _rest(symbol: str, quantity: int, *, number: int) -> Order:
    return resting(_ask(symbol, quantity).terms, number=number)


@pytest.mark.parametrize(
    ("symbol", "quantity", "asks"),
    [("AAPL", 10, "500"), ("AAPL", -10, "500"), ("PENNY", -100, "300"), ("PENNY", 100, "150")],
)
def test_shares_ask_what_regulation_t_and_rule_4210_say(
    symbol: str, quantity: int, asks: str
) -> None:
    measured = _measured(_ask(symbol, quantity), _view())
    assert measured == MarginFigures(rulebook="reg_t", initial=Decimal(asks))


def test_a_standing_book_is_asked_for_by_its_brokers_rulebook() -> None:
    asked: list[tuple[str, str, date]] = []

    def find(name: str, broker: str, on: date) -> Rulebook | NoTable:
        asked.append((name, broker, on))
        return dated_rulebook(name, broker, on)

    standing = OpeningMargin(rulebook=find, marks=MARKS).standing(_view(), rulebook="reg_t", on=ON)
    assert not isinstance(standing, NoTable)
    assert (standing.initial, standing.long_rate) == (D(0), D("0.5"))
    assert asked == [("reg_t", book().account.broker, ON)]


def test_leverage_stays_a_cap_and_the_rulebook_one_beside_it() -> None:
    asked = terms(quantity=D(1_500))
    fields: dict[str, Any] = {"symbol": symbol_figures()}
    bold = MarginFigures(rulebook="portfolio", initial=D(22_500))
    assert codes(judge(asked, margin=bold, **fields)) == []
    careful = MarginFigures(rulebook="reg_t", initial=D(100_001))
    denied = judge(asked, margin=careful, **fields)
    assert codes(denied) == ["BUYING_POWER"]
    assert "initial margin by reg_t with this order would be 100001" in _said(denied)
    beyond = judge(terms(quantity=D(2_001)), margin=bold, **fields)
    assert codes(beyond) == ["BUYING_POWER"]
    assert "gross exposure" in _said(beyond)


@pytest.mark.parametrize(
    ("rulebook", "on", "says"),
    [
        ("reg_t", date(2000, 1, 3), "no table before"),
        ("regt", ON, "there is no rulebook 'regt'"),
    ],
)
def test_without_a_table_nothing_is_opened(rulebook: str, on: date, says: str) -> None:
    measured = _measured(_ask("AAPL", 10), _view(), rulebook=rulebook, on=on)
    assert measured is not None
    assert measured.initial is None
    assert says in measured.missing
    denied = judge(terms(), margin=measured)
    assert codes(denied) == ["MARGIN_UNKNOWN"]
    assert says in _said(denied)


def test_a_margin_account_kept_by_the_cash_rulebook_sells_nothing_short() -> None:
    measured = _measured(_ask("AAPL", -10), _view(), rulebook="cash")
    assert measured is not None
    assert measured.initial is None
    assert "AAPL is short" in measured.missing
    paid = _measured(_ask("AAPL", 10), _view(), rulebook="cash")
    assert paid == MarginFigures(rulebook="cash", initial=D(1_000))


def test_who_is_worth_too_little_pays_in_full_and_sells_nothing_short() -> None:
    poor = {"cash": {"USD": D(1_500)}}
    assert _measured(_ask("AAPL", 10), _view(**poor)) == MarginFigures(
        rulebook="reg_t", initial=D(1_000)
    )
    assert _measured(_ask("AAPL", 16), _view(**poor)) == MarginFigures(
        rulebook="reg_t", initial=D(1_600)
    )
    assert _measured(_ask("AAPL", -1), _view(**poor)) == MarginFigures(
        rulebook="reg_t", initial=D(2_000)
    )


def test_a_second_leg_asks_less_than_the_naked_one() -> None:
    naked = _measured(_ask("C100", -1), _view())
    spread = _measured(_ask("C100", -1), _view(positions={"C110": _held("C110", 1)}))
    assert naked is not None
    assert spread is not None
    assert naked.initial == D(2_000)
    # What the strikes are apart, and the long leg paid, less the premium that came in.
    assert spread.initial == D(1_000) + D(200) - D(600)


def _held(symbol: str, quantity: int) -> Position:
    multiplier = INSTRUMENTS[symbol].multiplier
    return Position(
        symbol=symbol,
        quantity=D(quantity),
        cost=D(quantity) * D(PRICES[symbol]) * multiplier,
        multiplier=multiplier,
    )


def _drawn(random: Random, symbols: tuple[str, ...]) -> tuple[BookView, tuple[Order, ...], Order]:
    def units(symbol: str) -> int:
        most = 3 if INSTRUMENTS[symbol].option is not None else 300
        return random.choice((-1, 1)) * random.randint(1, most)

    held = {one: _held(one, units(one)) for one in symbols if random.random() < 0.6}
    rests = tuple(
        _rest(symbol, units(symbol), number=50 + n)
        for n, symbol in enumerate(random.choices(symbols, k=random.randint(0, 4)))
    )
    asked = _ask(symbol := random.choice(symbols), units(symbol))
    return _view(positions=held, orders=rests), rests, asked


def _deposit(view: BookView, *filled: Order) -> Decimal:
    held = {symbol: one.quantity for symbol, one in view.book.positions.items()}
    for one in filled:
        held[one.symbol] = held.get(one.symbol, D(0)) + one.terms.signed_quantity
    made = margin_book(view.book, marks=MARKS, quantities=held)
    assert not isinstance(made, NoTable)
    found = assess(made, rulebook="reg_t", on=ON)
    assert isinstance(found, Assessment)
    return found.deposit


def _subsets(rests: tuple[Order, ...]) -> chain[tuple[Order, ...]]:
    return chain.from_iterable(combinations(rests, n) for n in range(len(rests) + 1))


@given(SEEDS)
def test_of_shares_it_is_the_most_that_any_subset_of_fills_leads_to(seed: int) -> None:
    view, rests, asked = _drawn(Random(seed), ("AAPL", "MSFT", "PENNY"))
    measured = _measured(asked, view)
    worst = max(_deposit(view, *some) for some in _subsets((*rests, asked)))
    if measured is not None:
        assert measured.initial == worst


@given(SEEDS)
def test_of_paired_legs_no_subset_of_what_rests_asks_for_more(seed: int) -> None:
    view, rests, asked = _drawn(Random(seed), ("AAPL", "C100", "C110", "P90"))
    measured = _measured(asked, view)
    if measured is None or measured.initial is None:
        return
    for some in _subsets(rests):
        assert _deposit(view, asked, *some) <= measured.initial


@given(SEEDS)
def test_what_is_kept_of_a_book_is_what_it_would_be_anew(seed: int) -> None:
    random = Random(seed)
    kept = OpeningMargin(rulebook=dated_rulebook, marks=MARKS)
    for _ in range(4):
        view, _, asked = _drawn(random, ("AAPL", "MSFT", "PENNY"))
        assert _measured(asked, view, by=kept) == _measured(asked, view)


@given(SEEDS)
def test_margin_never_holds_back_what_only_reduces(seed: int) -> None:
    random = Random(seed)
    view, rests, _ = _drawn(random, ("AAPL", "MSFT", "C100", "P90"))
    for symbol, held in view.book.positions.items():
        sells = sum(
            (one.leaves_quantity for one in rests if one.symbol == symbol and _closes(one, held)),
            D(0),
        )
        left = int(abs(held.quantity) - sells)
        if left <= 0:
            continue
        size = random.randint(1, left)
        asked = _ask(symbol, -size if held.quantity > 0 else size)
        # Not even a rulebook that is not there, an account in ruin, or one of no equity.
        assert _measured(asked, view, rulebook="none") is None


def _closes(one: Order, held: Position) -> bool:
    return (one.side is Side.SELL) is (held.quantity > 0)


@pytest.mark.parametrize(
    "margin",
    [
        None,
        MarginFigures(rulebook="reg_t", initial=D("500.25")),
        MarginFigures(rulebook="futures", initial=None, missing='no table "futures"'),
    ],
)
def test_a_record_holds_what_was_asked(margin: MarginFigures | None) -> None:
    situation = Situation(
        account=_view().account,
        symbol=symbol_figures(),
        now=AT,
        market_now=AT,
        session=None,
        average_daily_volume=None,
        sector_gross=None,
        margin=margin,
    )
    written = write_situation(situation)
    assert read_situation(loads(written)) == situation
    assert ('"margin":{' in written) is (margin is not None)


def test_the_version_of_the_day_counts() -> None:
    before, since = (rulebook_of("reg_t", on=day) for day in (date(2026, 6, 3), date(2026, 6, 4)))
    assert not isinstance(before, NoTable)
    assert not isinstance(since, NoTable)
    assert (before.version < since.version, since.version) == (True, "reg_t@2026-06-04")


def test_an_override_of_a_rule_leaves_accounts_their_rulebooks() -> None:
    limit = rule(
        RuleType.MAX_ORDER_VALUE,
        "100",
        override_threshold=D(200),
        override_until=AT + timedelta(hours=1),
    )
    rules = RuleSet(
        tenant_id=limit.tenant_id, version=7, rules=(limit,), rulebooks={ACCOUNT: "cash"}
    )
    for moment in (AT, AT + timedelta(hours=2)):
        assert rules.at(moment).rulebooks == {ACCOUNT: "cash"}
