"""Correlation and value at risk of the book with an order, held against numpy's own."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from domain.orders.terms import Side
from domain.risk.book_view import BookView, view_of
from domain.risk.closes import BookReturns, Closes, closes_of, correlated, loss_at
from domain.risk.compiled_rules import compile_rules
from domain.risk.gather_inputs import gather_inputs
from domain.risk.portfolio import value_at_risk
from domain.risk.reading_input import DecisionContext
from domain.risk.rule import Rule, RuleType
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
    terms,
)
from tests.unit.domain.risk.test_portfolio import bars, returns_of

RANDOM = Random(5)
COMMON = [RANDOM.gauss(0, 0.01) for _ in range(60)]


def walk(share: float) -> list[float]:
    """Closes of 61 days that follow the common moves to a share."""
    prices = [100.0]
    for move in COMMON:
        prices.append(round(prices[-1] * (1 + share * move + RANDOM.gauss(0, 0.005)), 4))
    return prices


PRICES = {"AAPL": walk(1.0), "MSFT": walk(0.9), "XOM": walk(-0.8)}
CLOSES = {symbol: closes_of(bars(symbol, prices)) for symbol, prices in PRICES.items()}
RETURNS = {symbol: np.diff(prices) / np.array(prices[:-1]) for symbol, prices in PRICES.items()}
HELD = {"MSFT": 40, "XOM": -30}


def seen(held: Mapping[str, int]) -> BookView:
    """A book that holds these units, all at a last price of 100."""
    view = view_of(book(positions=held), instrument=instrument, quote=quote)
    return view.marked("AAPL", instrument=instrument(), quote=quote())


def beside(found: Mapping[str, Closes | None]) -> DecisionContext:
    """What has these closes."""
    return DecisionContext(returns=lambda view: BookReturns(view=view, find=found.get))


def reading(
    limit: Rule,
    *,
    side: Side = Side.BUY,
    held: Mapping[str, int] = HELD,
    instead: Mapping[str, Closes | None] = MappingProxyType({}),
) -> Decimal | None:
    """Gather the one figure that a rule reads for 10 AAPL."""
    (found,) = gather_inputs(
        order(terms(side=side)),
        view=seen(held),
        rules=compile_rules([limit], version=1),
        now=AT,
        market_now=AT,
        session=SESSION,
        average_daily_volume=None,
        beside=beside({**CLOSES, **instead}),
    ).readings
    return found


CORRELATION = rule(RuleType.CORRELATION_LIMIT, "0.5")
VAR = rule(RuleType.VAR_LIMIT, "2")


@pytest.mark.parametrize(("side", "sign"), [(Side.BUY, 1), (Side.SELL, -1)])
def test_the_correlation_is_numpys_of_the_symbol_and_the_rest(side: Side, sign: int) -> None:
    rest = 4_000 * RETURNS["MSFT"] - 3_000 * RETURNS["XOM"]
    expected = sign * np.corrcoef(RETURNS["AAPL"], rest)[0, 1]
    found = reading(CORRELATION, side=side)
    assert found is not None
    assert float(found) == pytest.approx(expected, abs=1e-6)
    assert abs(float(found)) > 0.5


def test_what_is_held_of_the_symbol_itself_is_no_rest_of_the_book() -> None:
    assert reading(CORRELATION, held={"AAPL": 500}) == 0
    assert reading(CORRELATION, held={**HELD, "AAPL": 500}) == reading(CORRELATION)


@pytest.mark.parametrize("confidence", ["0.9", "0.95", "0.97", "0.99"])
@pytest.mark.parametrize(("side", "signed"), [(Side.BUY, 1_000), (Side.SELL, -1_000)])
def test_the_value_at_risk_is_that_of_the_portfolio_page_after_the_order(
    side: Side, signed: int, confidence: str
) -> None:
    limit = rule(RuleType.VAR_LIMIT, "2", parameters={"confidence": confidence})
    returns = returns_of(**{symbol: list(column) for symbol, column in RETURNS.items()})
    values = {"AAPL": D(signed), "MSFT": D(4_000), "XOM": D(-3_000)}
    told = value_at_risk(returns, values=values, confidence=D(confidence))
    assert reading(limit, side=side) == told.historical
    made = sum(float(value) * RETURNS[symbol] for symbol, value in values.items())
    tail = max(int(60 * (1 - D(confidence))), 1)
    assert float(told.historical) == pytest.approx(-np.sort(made)[tail - 1], abs=0.005)


def test_what_rests_counts_on_its_worse_side() -> None:
    waiting = resting(terms(symbol="MSFT", quantity=D(60)), number=3)
    view = view_of(
        book(positions={"MSFT": 40}, orders=[waiting]), instrument=instrument, quote=quote
    )
    assert BookReturns(view=view, find=CLOSES.get).worths == {"MSFT": D(10_000)}


def test_days_that_not_all_have_are_left_out() -> None:
    """Seventy days of one, the last two of which another has not: the 60 before count."""
    longer = [*walk(1.0), *(100.0 + n for n in range(9))]
    shifted = closes_of(bars("AAPL", longer))
    shorter = closes_of(bars("MSFT", longer[:-2]))
    made = BookReturns(view=seen({"MSFT": 10}), find={"AAPL": shifted, "MSFT": shorter}.get).of(
        "AAPL"
    )
    assert made is not None
    days = np.array(longer[:-2])
    assert made.returns == pytest.approx(np.diff(days)[-60:] / days[:-1][-60:])
    assert made.rest == pytest.approx(1_000 * made.returns)


@pytest.mark.parametrize("prices", [PRICES["AAPL"][:-1], [0.0, *PRICES["AAPL"][1:]], []])
@pytest.mark.parametrize("symbol", ["AAPL", "MSFT"])
@pytest.mark.parametrize("limit", [CORRELATION, VAR], ids=["correlation", "value at risk"])
def test_without_60_returns_of_each_nothing_can_be_said(
    limit: Rule, symbol: str, prices: Sequence[float]
) -> None:
    assert reading(limit, instead={symbol: closes_of(bars(symbol, prices))}) is None


def test_what_never_moved_has_no_correlation() -> None:
    still = closes_of(bars("AAPL", [100.0] * 61))
    assert reading(CORRELATION, instead={"AAPL": still}) is None
    assert reading(VAR, instead={"AAPL": still}) is not None


def test_a_symbol_without_a_price_leaves_the_book_unknown() -> None:
    view = view_of(book(positions=HELD), instrument=instrument, quote=lambda _: None)
    assert BookReturns(view=view, find=CLOSES.get).of("AAPL") is None


@pytest.mark.parametrize(
    ("correlation", "denied"), [("0.5", False), ("0.499999", False), ("0.500001", True)]
)
def test_the_limit_of_the_correlation(correlation: str, denied: bool) -> None:
    verdict = judge(terms(), CORRELATION, readings=(D(correlation),))
    assert codes(verdict) == (["CORRELATION_LIMIT"] if denied else [])


def test_what_moves_against_the_book_uses_nothing() -> None:
    assert codes(judge(terms(), CORRELATION, readings=(D(-1),))) == []


@pytest.mark.parametrize(
    ("risk", "denied"), [("2000", False), ("1999.99", False), ("2000.01", True)]
)
def test_the_limit_of_the_value_at_risk(risk: str, denied: bool) -> None:
    verdict = judge(terms(), VAR, readings=(D(risk),))
    assert codes(verdict) == (["VAR_LIMIT"] if denied else [])


def test_one_symbol_is_its_own_book() -> None:
    found = BookReturns(view=seen({}), find=CLOSES.get).of("AAPL")
    assert found is not None
    assert correlated(found, is_buy=True) == 0
    assert loss_at(found, worth=D(0), confidence=D("0.95")) == 0


def test_what_is_kept_of_a_book_is_what_it_would_be_anew() -> None:
    view = seen(HELD)
    kept = BookReturns(view=view, find=CLOSES.get)
    for symbol, worth, confidence in (
        ("AAPL", "5000", "0.95"),
        ("AAPL", "-5000", "0.95"),
        ("AAPL", "5000", "0.99"),
        ("MSFT", "5000", "0.95"),
        ("NONE", "5000", "0.95"),
        ("AAPL", "5000", "0.95"),
    ):
        found = BookReturns(view=view, find=CLOSES.get).of(symbol)
        given: dict[str, Any] = {"worth": D(worth), "confidence": D(confidence)}
        assert kept.loss_at(symbol, **given) == (None if found is None else loss_at(found, **given))
        for is_buy in (True, False):
            assert kept.correlated(symbol, is_buy=is_buy) == (
                None if found is None else correlated(found, is_buy=is_buy)
            )


def test_the_worth_that_rests_is_that_of_each_view() -> None:
    buys = resting(terms(quantity=D(3), limit_price=D(100)), number=7)
    view = view_of(book(orders=(buys,)), instrument=instrument, quote=quote)
    assert view.resting_worth == 300
    sells = resting(terms(side=Side.SELL, quantity=D(2), limit_price=D(101)), number=8)
    both = view.with_order(sells)
    assert (view.resting_worth, both.resting_worth) == (D(300), D(502))
    assert both.without_messages().resting_worth == 502
    unknown = resting(terms(symbol="GONE", quantity=D(1), limit_price=D(1)), number=9)
    gone = view_of(
        book(orders=(buys, unknown)),
        instrument=lambda symbol: instrument(symbol) if symbol != "GONE" else None,
        quote=quote,
    )
    assert gone.resting_worth is None
