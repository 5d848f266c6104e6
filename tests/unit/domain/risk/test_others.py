"""Rules that count all accounts of the tenant: what adds up, and what is missing."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.market.instruments import Instrument
from domain.orders.terms import Side
from domain.risk.book_view import BookView, view_of
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import decide
from domain.risk.others import sums_of
from domain.risk.record import encode, replay
from domain.risk.rule import Action, Rule, RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.situation import AccountSums
from domain.risk.verdict import Approved, Denied
from tests.unit.domain.risk.context import (
    AT,
    TENANT,
    D,
    account_figures,
    book,
    codes,
    instrument,
    judge,
    order,
    quote,
    resting,
    rule,
    situation,
    symbol_figures,
    terms,
)

INSTRUMENTS = {
    "AAPL": instrument("AAPL"),
    "MSFT": instrument("MSFT"),
    "SAP": instrument("SAP", currency="EUR"),
}
SELL = terms(side=Side.SELL)


def sums(**fields: Any) -> AccountSums:
    """Two more accounts like the order's own, flat."""
    given: dict[str, Any] = {
        "equity": D(200_000),
        "opening_equity": D(200_000),
        "gross": D(0),
        "open_positions": 0,
        "units": D(0),
        "value": D(0),
        "sector_gross": D(0),
        **fields,
    }
    return AccountSums(**given)


def whole(rule_type: RuleType, threshold: str, **parameters: str) -> Rule:
    """A rule over all accounts."""
    return rule(rule_type, threshold, parameters={"per": "tenant", **parameters})


# A rule that an order to buy 10 at 100 just keeps; the figure of the other accounts that it
# counts, and how much more of it breaks the rule.
KEPT: dict[str, tuple[Rule, dict[str, Any], dict[str, Any]]] = {
    "money": (
        whole(RuleType.MAX_POSITION_SIZE, "3000"),
        {"value": D(2000)},
        {"value": D("2000.01")},
    ),
    "units": (
        whole(RuleType.MAX_POSITION_SIZE, "30", unit="units"),
        {"units": D(20)},
        {"units": D(21)},
    ),
    "symbols": (
        whole(RuleType.POSITION_LIMIT, "3"),
        {"open_positions": 2},
        {"open_positions": 3},
    ),
    "leverage": (
        whole(RuleType.MAX_LEVERAGE, "0.5"),
        {"gross": D(149_000)},
        {"gross": D("149000.01")},
    ),
    "equity of others": (
        whole(RuleType.MAX_LEVERAGE, "0.5"),
        {"gross": D(49_000), "equity": D(0)},
        {"gross": D(49_000), "equity": D(-1)},
    ),
    "sector": (
        whole(RuleType.SECTOR_CONCENTRATION, "10"),
        {"sector_gross": D(29_000)},
        {"sector_gross": D("29000.01")},
    ),
    "loss": (
        whole(RuleType.MAX_DAILY_LOSS, "1000"),
        {"equity": D("199000.01")},
        {"equity": D(199_000)},
    ),
    "loss in percent": (
        whole(RuleType.MAX_DAILY_LOSS, "1", unit="percent"),
        {"equity": D("197000.01")},
        {"equity": D(197_000)},
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_the_limit_holds_over_the_sum_and_not_a_cent_more(case: str) -> None:
    limit, kept, broken = KEPT[case]
    assert isinstance(judge(terms(), limit, others=sums(**kept)), Approved)
    assert codes(judge(terms(), limit, others=sums(**broken))) == [limit.rule_type.value]


@pytest.mark.parametrize("case", KEPT)
def test_per_account_is_the_default_and_counts_no_other(case: str) -> None:
    limit, _, broken = KEPT[case]
    parameters = {name: word for name, word in limit.parameters.items() if name != "per"}
    for alone in (parameters, {**parameters, "per": "account"}):
        verdict = judge(terms(), replace(limit, parameters=alone), others=sums(**broken))
        assert isinstance(verdict, Approved)


@pytest.mark.parametrize("case", KEPT)
def test_what_only_reduces_passes_whatever_the_other_accounts(case: str) -> None:
    limit, _, broken = KEPT[case]
    held = symbol_figures(position=10)
    for others in (sums(**broken), None):
        assert isinstance(judge(SELL, limit, symbol=held, others=others), Approved)


def test_positions_of_opposite_sides_do_not_offset_each_other() -> None:
    """What is sold short here takes nothing off what others hold."""
    limit = whole(RuleType.MAX_POSITION_SIZE, "999")
    held = symbol_figures(position=5)
    assert codes(judge(SELL, limit, symbol=held, others=sums(value=D(500)))) == [
        "MAX_POSITION_SIZE"
    ]


@pytest.mark.parametrize(
    ("limit", "missing", "code"),
    [
        (KEPT["money"][0], {"value": None}, "EXPOSURE_UNKNOWN"),
        (KEPT["leverage"][0], {"gross": None}, "EXPOSURE_UNKNOWN"),
        (KEPT["leverage"][0], {"equity": None}, "EQUITY_UNKNOWN"),
        (KEPT["sector"][0], {"sector_gross": None}, "SECTOR_UNKNOWN"),
        (KEPT["sector"][0], {"equity": None}, "EQUITY_UNKNOWN"),
        (KEPT["loss"][0], {"opening_equity": None}, "DAY_UNKNOWN"),
    ],
)
def test_what_the_other_accounts_miss_denies(
    limit: Rule, missing: dict[str, Any], code: str
) -> None:
    denied = judge(terms(), limit, others=sums(**missing))
    assert codes(denied) == [code]
    assert isinstance(denied, Denied)
    assert denied.reasons[0].message.endswith(", in every account of the tenant")
    named = sums(**missing, foreign="account 7 in EUR")
    denied = judge(terms(), limit, others=named)
    assert codes(denied) == ["RATE_UNKNOWN"]
    assert isinstance(denied, Denied)
    assert denied.reasons[0].message.endswith("an exchange rate for account 7 in EUR")


def test_what_the_orders_own_account_misses_is_told_as_ever() -> None:
    limit = whole(RuleType.MAX_LEVERAGE, "2")
    without = account_figures(equity=None)
    for others in (sums(), sums(equity=None, foreign="account 7 in EUR")):
        denied = judge(terms(), limit, account=without, others=others)
        assert isinstance(denied, Denied)
        (reason,) = [one for one in denied.reasons if one.rule_id == limit.id]
        assert reason.code == "EQUITY_UNKNOWN"
        assert not reason.message.endswith("of the tenant")


def test_without_the_other_books_nothing_opens() -> None:
    for limit, _, _ in KEPT.values():
        assert codes(judge(terms(), limit)) == ["OTHERS_UNKNOWN"]


@pytest.mark.parametrize(
    "others", [None, sums(value=D("2000.5")), sums(value=None, foreign='account "7" in EUR')]
)
def test_a_decision_beside_other_accounts_is_taken_again_to_the_byte(
    others: AccountSums | None,
) -> None:
    rules = compile_rules([KEPT["money"][0], whole(RuleType.MAX_LEVERAGE, "2")], version=1)
    decided = situation(others=others)
    verdict = decide(order(), rules=rules, situation=decided)
    record = encode(order(), rules=rules, situation=decided, verdict=verdict)
    assert replay(record) == record
    assert (b'"others"' in record) is (others is not None)


def test_only_an_active_rule_asks_for_the_other_books() -> None:
    limit = whole(RuleType.MAX_LEVERAGE, "2")
    for rules, asks in (
        ((), False),
        ((rule(RuleType.MAX_LEVERAGE, "2"),), False),
        ((replace(limit, is_active=False),), False),
        ((rule(RuleType.ORDER_RATE, "2", parameters={"per": "symbol"}), limit), True),
    ):
        assert RuleSet(tenant_id=TENANT, version=1, rules=rules).counts_all_accounts is asks


def test_a_warning_over_all_accounts_lets_the_order_pass() -> None:
    limit = replace(KEPT["money"][0], action=Action.WARN)
    verdict = judge(terms(), limit, others=sums(value=D(9_000)))
    assert isinstance(verdict, Approved)
    assert [one.value for one in verdict.warnings] == [D(10_000)]


def seen(*, currency: str = "USD", number: int = 7, **fields: Any) -> BookView:
    """See the book of another account at 100 a share."""
    kept = book(**fields)
    account = replace(kept.account, id=UUID(int=number), currency=currency)
    quotes = {symbol: quote(symbol) for symbol in INSTRUMENTS}
    return view_of(replace(kept, account=account), instrument=_instruments().get, quote=quotes.get)


def _instruments() -> dict[str, Instrument]:
    return INSTRUMENTS


def summed(*views: BookView, since: date | None = None, currency: str = "USD") -> AccountSums:
    """Sum the views for an order in AAPL."""
    return sums_of(views, currency=currency, symbol="AAPL", sector="Technology", since=since)


def test_each_account_counts_at_its_worst() -> None:
    buy, sell = resting(terms(quantity=D(5))), resting(SELL, number=51)
    held = seen(positions={"AAPL": 10, "MSFT": -2}, orders=[buy])
    short = seen(positions={"AAPL": -3}, orders=[sell])
    both = summed(held, short)
    assert both.units == D(15) + D(13)
    assert both.value == D(1_500) + D(1_300)
    assert both.gross == D(1_500) + D(200) + D(1_300)
    assert both.sector_gross == both.gross
    assert both.open_positions == 3
    assert both.equity == D(200_000) + D(1_000) - D(200) - D(300)
    assert both.opening_equity == D(200_000)
    assert summed() == sums(equity=D(0), opening_equity=D(0))


def test_a_missing_price_is_missing_in_the_sum() -> None:
    other = seen(positions={"GONE": 1})
    told = summed(seen(), other)
    assert (told.equity, told.gross, told.sector_gross) == (None, None, None)
    assert (told.value, told.opening_equity, told.foreign) == (D(0), D(200_000), "")


@pytest.mark.parametrize(("days", "known"), [(0, True), (1, False)])
def test_an_opening_from_before_the_session_says_nothing(days: int, known: bool) -> None:
    since = AT.date() + timedelta(days=days)
    assert (summed(seen(), since=since).opening_equity is not None) is known
    assert summed(seen(day=None)).opening_equity is None


def test_money_in_another_currency_is_missing_and_nothing_is_nothing() -> None:
    told = summed(seen(), seen(currency="EUR", number=8, cash={"EUR": D(5)}))
    assert told.foreign == f"account {UUID(int=8)} in EUR"
    assert (told.equity, told.opening_equity) == (None, None)
    assert (told.gross, told.value, told.sector_gross) == (D(0), D(0), D(0))
    holding = seen(currency="EUR", number=8, positions={"SAP": 2})
    assert (summed(holding).gross, summed(holding).open_positions) == (None, 1)
    empty = seen(currency="EUR", cash={"EUR": Decimal(0)}, day=None)
    assert (summed(empty).equity, summed(empty).foreign) == (D(0), "")
