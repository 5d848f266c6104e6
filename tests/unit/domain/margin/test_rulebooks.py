"""Rulebooks are dated; what there is no table for is said, never guessed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.margin.assess import assess
from domain.margin.assessment import Assessment, Strategy
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.distance import distance_of
from domain.margin.rulebook import RULEBOOKS, House, NoTable, Rulebook, RulebookName, rulebook_of
from domain.market.instruments import AssetClass
from domain.shared.values import InvalidValue
from tests.unit.domain.margin.sample import ON, D, margin, option, share

CHANGED = date(2026, 6, 4)
FUTURE = MarginPosition(
    symbol="ESU6", quantity=D(1), price=D(6_000), asset_class=AssetClass.FUTURE, multiplier=D(50)
)


def book(*positions: MarginPosition, cash: str = "0") -> MarginBook:
    return MarginBook(cash=D(cash), positions=positions)


def held(name: str, *, on: date = ON) -> Rulebook:
    found = rulebook_of(name, on=on)
    assert isinstance(found, Rulebook)
    return found


@pytest.mark.parametrize("name", ["reg_t", "finra_4210"])
def test_day_trading_gives_way_to_the_intraday_rule_by_date(name: str) -> None:
    old, new = held(name, on=CHANGED - timedelta(days=1)), held(name, on=CHANGED)
    assert old.intraday is not None
    assert new.intraday is not None
    assert old.intraday.pattern_minimum == 25_000
    assert new.intraday.pattern_minimum is None
    assert new.intraday.until == date(2027, 10, 20)
    # The rates did not change.
    assert old.maintenance == new.maintenance


@pytest.mark.parametrize("name", list(RulebookName))
def test_before_the_first_version_there_is_no_table(name: str) -> None:
    first = min(one.since for one in RULEBOOKS if one.name == name)
    assert held(name, on=first).since == first
    early = first - timedelta(days=1)
    assert isinstance(rulebook_of(name, on=early), NoTable)
    assert isinstance(assess(book(), rulebook=name, on=early), NoTable)
    # Nor is a version used before it holds.
    assert isinstance(assess(book(), rulebook=held(name, on=first), on=early), NoTable)


def test_a_name_that_there_is_none_of_is_no_table() -> None:
    found = rulebook_of("span", on=ON)
    assert isinstance(found, NoTable)
    assert "reg_t" in found.problem


@pytest.mark.parametrize("name", list(RulebookName))
def test_a_future_is_refused_by_the_table_that_is_missing(name: str) -> None:
    found = assess(book(FUTURE), rulebook=name, on=ON)
    assert isinstance(found, NoTable)
    assert (found.symbol, found.field) == ("ESU6", "asset_class")
    assert found.table.endswith("/future")
    assert "scanning ranges" in found.problem


def test_an_option_needs_the_price_of_its_underlying_and_one_only() -> None:
    lone = option(1, "1", "call", "100", spot=None)
    assert isinstance(assess(book(lone), rulebook="reg_t", on=ON), NoTable)
    assert margin(lone, share("IBM", 1, "97.73")).initial > 0
    two = (option(1, "1", "call", "100"), option(1, "1", "call", "105", spot="98"))
    found = assess(book(*two), rulebook="reg_t", on=ON)
    assert isinstance(found, NoTable)
    assert "97.73, 98" in found.problem


def test_an_option_is_margined_up_to_its_last_day() -> None:
    last = option(-1, "1", "call", "100", expiry=ON)
    assert margin(last).maintenance > 0
    found = assess(book(last), rulebook="reg_t", on=ON + timedelta(days=1))
    assert isinstance(found, NoTable)
    assert found.field == "expiry"


def test_a_cash_account_pays_in_full_and_is_never_called() -> None:
    found = margin(
        share("IBM", 100, "97.73"),
        option(-1, "1.68", "call", "100"),
        option(-1, "3.18", "put", "95"),
        option(2, "1.02", "put", "90"),
        cash="20000",
        by="cash",
    )
    # Shares and longs at cost, the put's exercise price in cash, the call covered.
    assert found.initial == D("9773") + 9_500 + 204
    assert found.deposit == found.initial - 168 - 318
    assert found.maintenance == 9_500 - 318
    assert {one.strategy for one in found.pairings} == {
        Strategy.COVERED_CALL,
        Strategy.CASH_SECURED_PUT,
    }
    assert {one.call_price for one in found.positions} == {None}


@pytest.mark.parametrize(
    ("short", "said"),
    [
        (share("IBM", -1, "97.73"), "IBM is short"),
        (option(-2, "1.68", "call", "100"), "not covered"),
    ],
)
def test_a_cash_account_sells_nothing_that_it_does_not_hold(
    short: MarginPosition, said: str
) -> None:
    stock = () if short.option is None else (share("IBM", 199, "97.73"),)
    found = assess(book(short, *stock), rulebook="cash", on=ON)
    assert isinstance(found, NoTable)
    assert said in found.problem


def test_a_leveraged_fund_needs_its_factor_and_never_more_than_it_is_worth() -> None:
    """FINRA Regulatory Notice 09-53."""
    for factor, maintenance in ((2, 50), (3, 75), (5, 100)):
        fund = replace(share("TQQQ", 1, "100"), leverage=D(factor))
        found = margin(fund)
        assert found.maintenance == maintenance
        assert found.deposit == max(50, maintenance)


_share = st.builds(
    share,
    symbol=st.sampled_from("ABCDEFGH"),
    quantity=st.integers(-500, 500),
    price=st.decimals("0.01", "900", places=2).map(str),
)
_shares = st.lists(_share, max_size=6, unique_by=lambda one: one.symbol)


@given(_shares, st.integers(-50_000, 50_000), st.sampled_from(["reg_t", "portfolio"]))
def test_at_the_call_price_equity_is_maintenance(
    positions: list[MarginPosition], cash: int, by: str
) -> None:
    found = margin(*positions, cash=str(cash), by=by)
    assert found.maintenance >= 0
    for name in ("initial", "maintenance"):
        assert sum(getattr(one, name) for one in found.positions) == getattr(found, name)
    for at, one in enumerate(found.positions):
        if one.call_price is None or one.call_price < D("1e-12"):
            continue
        moved = [*positions]
        moved[at] = replace(one.position, price=round(one.call_price, 18))
        there = margin(*moved, cash=str(cash), by=by)
        assert abs(there.excess) < D("1e-9")


@given(_shares, st.integers(-50_000, 50_000), st.integers(1, 50))
def test_a_book_and_its_loan_so_many_times_over_is_margined_so_many_times(
    positions: list[MarginPosition], cash: int, times: int
) -> None:
    once = margin(*positions, cash=str(cash))
    often = margin(
        *(replace(one, quantity=one.quantity * times) for one in positions), cash=str(cash * times)
    )
    for name in ("equity", "initial", "maintenance", "deposit"):
        assert getattr(often, name) == getattr(once, name) * times
    assert [one.call_price for one in often.positions] == pytest.approx(
        [one.call_price for one in once.positions]
    )


@given(_shares, st.decimals("1", "4", places=2), st.sampled_from(["reg_t", "portfolio"]))
def test_a_house_asks_more_and_never_less(
    positions: list[MarginPosition], multiple: Decimal, by: str
) -> None:
    plain = held(by)
    own = plain.with_house(House(maintenance=multiple, symbols={"A": D(2)}))
    asked = [assess(book(*positions), rulebook=one, on=ON) for one in (plain, own)]
    least, more = asked
    assert isinstance(least, Assessment)
    assert isinstance(more, Assessment)
    assert more.maintenance >= least.maintenance
    assert more.deposit >= least.deposit


def test_a_house_may_not_ask_less_than_the_rules() -> None:
    with pytest.raises(InvalidValue, match=r"house\.A"):
        House(symbols={"A": D("0.99")})


def test_the_special_memorandum_account_keeps_what_it_had() -> None:
    positions = (share("A", 100, "100"),)
    rich = margin(*positions, cash="0")
    # Equity of 10,000 beside an initial margin of 5,000.
    assert rich.sma == 5_000
    fallen = assess(
        MarginBook(cash=D("-6000"), positions=positions, sma=D(5_000)), rulebook="reg_t", on=ON
    )
    assert isinstance(fallen, Assessment)
    assert fallen.sma == 5_000


@pytest.mark.parametrize(
    ("positions", "least"),
    [
        ([share("A", 1, "500")], 500),
        ([share("A", 100, "500")], 2_000),
        ([share("A", -1, "500")], 2_000),
        ([], 0),
    ],
)
def test_the_least_equity_is_the_rules_or_the_full_cost(
    positions: list[MarginPosition], least: int
) -> None:
    assert margin(*positions).minimum_equity == least


def test_a_distance_is_told_in_sigmas_and_days() -> None:
    found = distance_of(D(100), level=D("66.67"), volatility=0.02)
    assert found is not None
    assert round(found.percent, 2) == D("33.33")
    assert found.sigmas == pytest.approx(20.2708, abs=1e-4)
    assert found.days == pytest.approx(106.97, abs=5e-3)
    bare = distance_of(D(100), level=D(120), volatility=None)
    assert bare is not None
    assert bare.percent == 20
    assert (bare.sigmas, bare.days) == (None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", "NaN"), ("price", "0"), ("leverage", "0.5"), ("multiplier", "0")],
)
def test_what_no_position_can_be_is_refused_by_field(field: str, value: str) -> None:
    changed: dict[str, Any] = {field: D(value)}
    with pytest.raises(InvalidValue) as refused:
        replace(share("A", 1, "1"), **changed)
    assert refused.value.field == field


def test_a_symbol_stands_in_a_book_once() -> None:
    with pytest.raises(InvalidValue) as refused:
        book(share("A", 1, "1"), share("B", 1, "1"), share("A", 2, "1"))
    assert refused.value.field == "positions.2.symbol"
