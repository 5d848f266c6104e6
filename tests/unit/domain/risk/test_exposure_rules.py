"""Rules on what is held: at, under and over each limit, and what they miss."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.terms import Side
from domain.risk.rule import Action, RuleType
from domain.risk.verdict import Approved, Denied
from domain.shared.values import InvalidValue
from tests.unit.domain.risk.context import (
    D,
    account_figures,
    codes,
    judge,
    rule,
    symbol_figures,
    terms,
)

CENT = D("0.01")
MONEY = st.integers(min_value=100, max_value=9_000_000).map(lambda cents: D(cents).scaleb(-2))


@given(limit=MONEY)
def test_position_size_in_money_allows_the_limit_and_nothing_more(limit: Decimal) -> None:
    """A buy of 10 at 100 on a line of 10 held and 5 resting comes to 2,500."""
    worth = D(2_500)
    verdict = judge(
        terms(),
        rule(RuleType.MAX_POSITION_SIZE, str(limit)),
        symbol=symbol_figures(position=10, buys=5),
    )
    assert isinstance(verdict, Denied) == (worth > limit)
    assert not isinstance(
        judge(
            terms(),
            rule(RuleType.MAX_POSITION_SIZE, str(worth)),
            symbol=symbol_figures(position=10, buys=5),
        ),
        Denied,
    )
    assert codes(
        judge(
            terms(),
            rule(RuleType.MAX_POSITION_SIZE, str(worth - CENT)),
            symbol=symbol_figures(position=10, buys=5),
        )
    ) == ["MAX_POSITION_SIZE"]


@pytest.mark.parametrize(("limit", "denied"), [("24", True), ("25", False), ("26", False)])
def test_position_size_in_units_counts_what_is_held_and_rests(limit: str, denied: bool) -> None:
    units = rule(RuleType.MAX_POSITION_SIZE, limit, parameters={"unit": "units"})
    verdict = judge(terms(), units, symbol=symbol_figures(position=10, buys=5))
    assert isinstance(verdict, Denied) == denied
    short = symbol_figures(position=-10, sells=5)
    assert isinstance(judge(terms(side=Side.SELL), units, symbol=short), Denied) == denied


def test_a_short_position_counts_like_a_long_one() -> None:
    verdict = judge(
        terms(side=Side.SELL),
        rule(RuleType.MAX_POSITION_SIZE, "2499.99"),
        symbol=symbol_figures(position=-10, sells=5),
    )
    assert isinstance(verdict, Denied)
    assert verdict.reasons[0].value == D(2_500)
    assert verdict.reasons[0].limit == D("2499.99")


@pytest.mark.parametrize(
    ("equity", "denied"),
    [
        ("99500.01", False),
        ("99500", True),
        ("99499.99", True),
        ("100000", False),
        ("120000", False),
    ],
)
def test_a_daily_loss_at_the_limit_stops(equity: str, denied: bool) -> None:
    verdict = judge(
        terms(), rule(RuleType.MAX_DAILY_LOSS, "500.00"), account=account_figures(equity=D(equity))
    )
    assert codes(verdict) == (["MAX_DAILY_LOSS"] if denied else [])


@pytest.mark.parametrize(("equity", "denied"), [("95000.01", False), ("95000", True)])
def test_a_daily_loss_may_be_a_share_of_the_opening(equity: str, denied: bool) -> None:
    verdict = judge(
        terms(),
        rule(RuleType.MAX_DAILY_LOSS, "5", parameters={"unit": "percent"}),
        account=account_figures(equity=D(equity), peak_equity=D(200_000)),
    )
    assert isinstance(verdict, Denied) == denied


@pytest.mark.parametrize(("equity", "denied"), [("90000.01", False), ("90000", True)])
def test_a_drawdown_is_counted_from_the_peak(equity: str, denied: bool) -> None:
    figures = account_figures(equity=D(equity), peak_equity=D(120_000), opening_equity=D(1))
    verdict = judge(terms(), rule(RuleType.MAX_DRAWDOWN, "25"), account=figures)
    assert codes(verdict) == (["MAX_DRAWDOWN"] if denied else [])


def test_equity_above_the_stored_peak_is_the_peak() -> None:
    figures = account_figures(equity=D(150_000), peak_equity=D(1))
    assert isinstance(judge(terms(), rule(RuleType.MAX_DRAWDOWN, "1"), account=figures), Approved)


def test_a_peak_of_nothing_is_no_peak() -> None:
    figures = account_figures(equity=D(-5), peak_equity=D(0), kind=account_figures().kind)
    assert "PEAK_UNKNOWN" in codes(
        judge(terms(), rule(RuleType.MAX_DRAWDOWN, "1"), account=figures)
    )


@pytest.mark.parametrize(
    ("open_positions", "is_open", "denied"),
    [(2, False, False), (3, False, True), (3, True, False), (4, True, True)],
)
def test_open_positions_count_the_new_one(open_positions: int, is_open: bool, denied: bool) -> None:
    verdict = judge(
        terms(),
        rule(RuleType.POSITION_LIMIT, "3"),
        account=account_figures(open_positions=open_positions),
        symbol=replace(symbol_figures(), is_open=is_open),
    )
    assert codes(verdict) == (["POSITION_LIMIT"] if denied else [])


@pytest.mark.parametrize(("gross", "denied"), [("149000", False), ("149000.01", True)])
def test_leverage_is_gross_exposure_to_equity(gross: str, denied: bool) -> None:
    verdict = judge(
        terms(), rule(RuleType.MAX_LEVERAGE, "1.5"), account=account_figures(gross=D(gross))
    )
    assert codes(verdict) == (["MAX_LEVERAGE"] if denied else [])


@pytest.mark.parametrize(("sector", "denied"), [("24000", False), ("24000.01", True)])
def test_a_sector_may_take_its_share_of_equity(sector: str, denied: bool) -> None:
    verdict = judge(terms(), rule(RuleType.SECTOR_CONCENTRATION, "25"), sector_gross=D(sector))
    assert codes(verdict) == (["SECTOR_CONCENTRATION"] if denied else [])


def test_an_order_against_what_rests_adds_no_exposure() -> None:
    """2,000 of resting sells on 0 held are counted; a buy of 1,000 stays under them."""
    verdict = judge(
        terms(),
        rule(RuleType.MAX_LEVERAGE, "0.02"),
        account=account_figures(gross=D(2_000)),
        symbol=symbol_figures(sells=20),
    )
    assert isinstance(verdict, Approved)
    assert verdict.warnings[0].value == D(2_000)


@pytest.mark.parametrize(
    ("rule_type", "threshold"),
    [
        (RuleType.MAX_POSITION_SIZE, "1"),
        (RuleType.MAX_DAILY_LOSS, "1"),
        (RuleType.MAX_DRAWDOWN, "1"),
        (RuleType.POSITION_LIMIT, "1"),
        (RuleType.MAX_LEVERAGE, "0.01"),
        (RuleType.SECTOR_CONCENTRATION, "0.01"),
    ],
)
@pytest.mark.parametrize("action", list(Action))
def test_no_exposure_rule_holds_back_an_order_that_only_reduces(
    rule_type: RuleType, threshold: str, action: Action
) -> None:
    verdict = judge(
        terms(side=Side.SELL),
        rule(rule_type, threshold, action=action),
        account=account_figures(
            equity=D(10), gross=D(900_000), open_positions=90, opening_equity=None
        ),
        symbol=symbol_figures(position=5_000),
        sector_gross=None,
    )
    assert isinstance(verdict, Approved)
    assert verdict.warnings == ()


@pytest.mark.parametrize(
    ("rule_type", "low", "high"),
    [
        (RuleType.MAX_POSITION_SIZE, "0", None),
        (RuleType.MAX_DAILY_LOSS, "0", None),
        (RuleType.MAX_DRAWDOWN, "0", "100.01"),
        (RuleType.POSITION_LIMIT, "0", "100001"),
        (RuleType.POSITION_LIMIT, "1.5", None),
        (RuleType.MAX_LEVERAGE, "0", "100.01"),
        (RuleType.SECTOR_CONCENTRATION, "0", "10000.01"),
    ],
)
def test_thresholds_out_of_bounds_are_refused(
    rule_type: RuleType, low: str, high: str | None
) -> None:
    for threshold in filter(None, (low, high)):
        with pytest.raises(InvalidValue) as refused:
            judge(terms(), rule(rule_type, threshold))
        assert refused.value.field == "threshold"


def test_a_percentage_of_loss_stays_under_a_hundred() -> None:
    percent = {"unit": "percent"}
    judge(terms(), rule(RuleType.MAX_DAILY_LOSS, "100", parameters=percent))
    with pytest.raises(InvalidValue):
        judge(terms(), rule(RuleType.MAX_DAILY_LOSS, "100.5", parameters=percent))
    judge(terms(), rule(RuleType.MAX_DAILY_LOSS, "100.5"))


@pytest.mark.parametrize("rule_type", list(RuleType))
def test_unknown_parameters_are_refused_by_name(rule_type: RuleType) -> None:
    fields = {"parameters": {"windows": "5"}}
    with pytest.raises(InvalidValue) as refused:
        judge(terms(), rule(rule_type, "1", **fields))
    assert refused.value.field == "parameters.windows"
    assert "known are" in refused.value.problem
