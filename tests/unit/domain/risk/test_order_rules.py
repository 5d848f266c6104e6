"""Rules on how orders are sent: their size, repetition, rate and symbols."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.orders.terms import Side
from domain.risk.rule import Action, RuleScope, RuleType
from domain.risk.rules import made
from domain.risk.situation import TradedFigures
from domain.risk.verdict import Approved, Denied
from domain.shared.values import InvalidValue
from tests.unit.domain.risk.context import D, codes, judge, rule, symbol_figures, terms


@pytest.mark.parametrize(("limit", "denied"), [("1000", False), ("999.99", True)])
def test_an_order_is_worth_quantity_times_price(limit: str, denied: bool) -> None:
    verdict = judge(terms(), rule(RuleType.MAX_ORDER_VALUE, limit))
    assert codes(verdict) == (["MAX_ORDER_VALUE"] if denied else [])


@pytest.mark.parametrize("rule_type", [RuleType.MAX_ORDER_VALUE, RuleType.MAX_ADV_PERCENT])
def test_no_size_holds_back_what_only_reduces(rule_type: RuleType) -> None:
    small = rule(rule_type, "0.0001")
    held = symbol_figures(position=1_000)
    exit_of_all = terms(side=Side.SELL, quantity=D(1_000))
    assert isinstance(judge(exit_of_all, small, symbol=held), Approved)
    assert codes(judge(replace(exit_of_all, quantity=D(1_001)), small, symbol=held)) == [rule_type]


def test_a_replace_is_measured_with_what_is_filled() -> None:
    worth = rule(RuleType.MAX_ORDER_VALUE, "1500")
    units = rule(RuleType.MAX_ADV_PERCENT, "1", id=UUID(int=101))
    traded = TradedFigures(quantity=D(5), value=D("500.01"))
    fields = {"filled_quantity": D(5)}
    for volume, filled, denied in (
        (D(1_500), replace(traded, value=D(500)), []),
        (D(1_500), traded, ["MAX_ORDER_VALUE"]),
        (D(1_499), replace(traded, value=D(500)), ["MAX_ADV_PERCENT"]),
    ):
        verdict = judge(
            terms(quantity=D(15)),
            worth,
            units,
            order_fields=fields,
            traded=filled,
            average_daily_volume=volume,
        )
        assert codes(verdict) == denied


def test_reduce_only_lets_a_reducing_order_break_any_rule() -> None:
    lenient = rule(RuleType.MAX_ORDER_VALUE, "999", action=Action.REDUCE_ONLY)
    sell = terms(side=Side.SELL)
    held = symbol_figures(position=1_000)
    assert isinstance(judge(sell, lenient, symbol=held), Approved)
    assert codes(judge(terms(), lenient, symbol=held)) == ["MAX_ORDER_VALUE"]


@pytest.mark.parametrize(("volume", "denied"), [("1000", False), ("999", True)])
def test_an_order_takes_its_share_of_the_daily_volume(volume: str, denied: bool) -> None:
    verdict = judge(terms(), rule(RuleType.MAX_ADV_PERCENT, "1"), average_daily_volume=D(volume))
    assert codes(verdict) == (["MAX_ADV_PERCENT"] if denied else [])


def test_only_what_can_still_fill_counts_against_the_volume() -> None:
    verdict = judge(
        terms(),
        rule(RuleType.MAX_ADV_PERCENT, "1"),
        average_daily_volume=D(600),
        order_fields={"filled_quantity": D(4)},
    )
    assert isinstance(verdict, Approved)


@pytest.mark.parametrize(
    ("listed", "scope", "denied"),
    [
        (("AAPL", "GME"), RuleScope(), True),
        (("GME",), RuleScope(), False),
        ((), RuleScope(symbol="AAPL"), True),
        (("GME",), RuleScope(symbol="AAPL"), False),
    ],
)
def test_restricted_symbols_are_listed_or_scoped(
    listed: tuple[str, ...], scope: RuleScope, denied: bool
) -> None:
    parameters = {"symbols": listed} if listed else {}
    verdict = judge(
        terms(), rule(RuleType.RESTRICTED_SYMBOL, "0", parameters=parameters, scope=scope)
    )
    assert codes(verdict) == (["RESTRICTED_SYMBOL"] if denied else [])


def test_a_restriction_without_symbols_would_ban_all_trading() -> None:
    with pytest.raises(InvalidValue) as refused:
        made(rule(RuleType.RESTRICTED_SYMBOL, "0"))
    assert refused.value.field == "parameters.symbols"


@pytest.mark.parametrize(
    ("rule_type", "count", "denied"),
    [
        (RuleType.ORDER_RATE, 4, False),
        (RuleType.ORDER_RATE, 5, True),
        (RuleType.ORDER_RATE, 6, True),
        (RuleType.DUPLICATE_ORDER, 4, False),
        (RuleType.DUPLICATE_ORDER, 5, True),
    ],
)
def test_as_many_messages_as_the_threshold_may_be_sent(
    rule_type: RuleType, count: int, denied: bool
) -> None:
    verdict = judge(terms(), rule(rule_type, "5"), counts=(count,))
    assert codes(verdict) == ([rule_type.value] if denied else [])
    if denied:
        assert isinstance(verdict, Denied)
        assert (verdict.reasons[0].value, verdict.reasons[0].limit) == (D(count), D(5))


def test_a_first_order_is_no_duplicate_under_the_smallest_threshold() -> None:
    once = rule(RuleType.DUPLICATE_ORDER, "1")
    assert isinstance(judge(terms(), once, counts=(0,)), Approved)
    assert codes(judge(terms(), once, counts=(1,))) == ["DUPLICATE_ORDER"]


def test_a_history_that_is_cut_off_denies() -> None:
    verdict = judge(terms(), rule(RuleType.ORDER_RATE, "5"), counts=(None,))
    assert codes(verdict) == ["HISTORY_TOO_SHORT"]


@pytest.mark.parametrize("rule_type", [RuleType.ORDER_RATE, RuleType.DUPLICATE_ORDER])
@pytest.mark.parametrize(
    ("threshold", "parameters", "field"),
    [
        ("0", {}, "threshold"),
        ("1001", {}, "threshold"),
        ("1.5", {}, "threshold"),
        ("5", {"window_s": "3600.001"}, "parameters.window_s"),
        ("5", {"window_s": "0"}, "parameters.window_s"),
        ("5", {"window_s": "ten"}, "parameters.window_s"),
        ("5", {"window_s": "NaN"}, "parameters.window_s"),
        ("5", {"window_s": ("1",)}, "parameters.window_s"),
    ],
)
def test_counts_and_windows_that_the_book_cannot_answer_are_refused(
    rule_type: RuleType, threshold: str, parameters: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        made(rule(rule_type, threshold, parameters=parameters))
    assert refused.value.field == field


def test_the_largest_counts_and_windows_are_taken() -> None:
    for rule_type in (RuleType.ORDER_RATE, RuleType.DUPLICATE_ORDER):
        made(rule(rule_type, "1000", parameters={"window_s": "3600"}))
        made(rule(rule_type, "1", parameters={"window_s": "0.001"}))


def test_the_rate_is_per_account_or_per_symbol() -> None:
    with pytest.raises(InvalidValue) as refused:
        made(rule(RuleType.ORDER_RATE, "5", parameters={"per": "strategy"}))
    assert refused.value.field == "parameters.per"


@pytest.mark.parametrize(
    ("rule_type", "threshold"),
    [
        (RuleType.MAX_ORDER_VALUE, "0"),
        (RuleType.MAX_ADV_PERCENT, "0"),
        (RuleType.MAX_ADV_PERCENT, "100.01"),
        (RuleType.RESTRICTED_SYMBOL, "1.01"),
    ],
)
def test_thresholds_out_of_bounds_are_refused(rule_type: RuleType, threshold: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        made(rule(rule_type, threshold, parameters={}))
    assert refused.value.field == "threshold"


def test_a_list_of_symbols_is_a_list_of_symbols() -> None:
    for listed in ("GME", ("gme",), tuple(f"S{n}" for n in range(1_001))):
        with pytest.raises(InvalidValue) as refused:
            made(rule(RuleType.RESTRICTED_SYMBOL, "0", parameters={"symbols": listed}))
        assert refused.value.field == "parameters.symbols"
    made(
        rule(
            RuleType.RESTRICTED_SYMBOL,
            "1",
            parameters={"symbols": tuple(f"S{n}" for n in range(1_000))},
        )
    )


@pytest.mark.parametrize(
    "rule_type",
    [
        RuleType.MAX_ADV_PERCENT,
        RuleType.PRICE_COLLAR,
        RuleType.STALE_PRICE,
        RuleType.MAX_DRAWDOWN,
        RuleType.MAX_LEVERAGE,
        RuleType.SECTOR_CONCENTRATION,
        RuleType.MAX_ORDER_VALUE,
        RuleType.MAX_POSITION_SIZE,
        RuleType.MAX_DAILY_LOSS,
    ],
)
def test_thresholds_below_one_are_taken_where_they_make_sense(rule_type: RuleType) -> None:
    assert made(rule(rule_type, "0.01")).TYPE is rule_type
    percent = {"unit": "percent"}
    assert made(rule(RuleType.MAX_DAILY_LOSS, "0.01", parameters=percent)).PARAMETERS
