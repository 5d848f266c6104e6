"""A buy without a limit is counted, and capped, beyond the quote by its collar."""

from decimal import Decimal
from typing import Any

import pytest

from domain.accounts.account import AccountKind
from domain.orders.terms import OrderType, Side, TimeInForce
from domain.risk.collar import Collars, collared
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import decide
from domain.risk.rule import RuleType
from domain.risk.verdict import Approved
from tests.unit.domain.risk.context import (
    SESSION,
    D,
    account_figures,
    codes,
    judge,
    order,
    rule,
    situation,
    symbol_figures,
    terms,
)

TEN = D(10)
AT_MARKET: dict[str, Any] = {"type": OrderType.MARKET, "limit_price": None}


def _reserved(**fields: Any) -> tuple[Decimal, Decimal | None]:
    asked = {name: fields.pop(name) for name in list(fields) if name in _TERMS}
    verdict = judge(terms(**asked), collar=TEN, **fields)
    assert isinstance(verdict, Approved)
    return verdict.reserved_price, verdict.protective_limit


_TERMS = frozenset({"type", "limit_price", "stop_price", "side", "quantity"})


def test_a_market_buy_is_reserved_and_capped_at_the_collar_over_the_ask() -> None:
    ask = symbol_figures().quote.ask  # type: ignore[union-attr]  # it has one
    expected = collared(ask, percent=TEN, tick=D("0.01"))
    assert expected > ask
    assert _reserved(**AT_MARKET) == (expected, expected)


def test_a_stop_to_buy_is_capped_over_its_trigger() -> None:
    reserved = _reserved(type=OrderType.STOP, limit_price=None, stop_price=D(110))
    assert reserved == (D(121), D(121))


def test_what_names_a_limit_sells_or_only_leaves_has_no_collar() -> None:
    assert _reserved(limit_price=D(100)) == (D(100), None)
    assert _reserved(side=Side.SELL, **AT_MARKET)[1] is None
    short = symbol_figures(position=-100)
    ask = short.quote.ask  # type: ignore[union-attr]  # it has one
    assert _reserved(symbol=short, quantity=D(100), **AT_MARKET) == (ask, None)


def test_the_gap_that_the_collar_allows_must_fit_the_cash_and_the_order_value() -> None:
    cash = account_figures(kind=AccountKind.CASH, leverage=D(1), cash=D(10_500), gross=D(0))
    hundred = terms(quantity=D(100), **AT_MARKET)
    assert isinstance(judge(hundred, account=cash), Approved)
    assert codes(judge(hundred, account=cash, collar=TEN)) == ["BUYING_POWER"]
    limits = compile_rules([rule(RuleType.MAX_ORDER_VALUE, "10500")], version=1)
    asked = order(hundred)
    assert isinstance(decide(asked, rules=limits, situation=situation()), Approved)
    assert codes(decide(asked, rules=limits, situation=situation(collar=TEN))) == [
        "MAX_ORDER_VALUE"
    ]


@pytest.mark.parametrize(
    ("price", "tick", "highest"),
    [("100", "0.01", "110"), ("100.02", "0.01", "110.02"), ("3", "5", "3"), ("-10", "0.01", "-9")],
)
def test_the_cap_lies_on_the_tick_and_never_below_the_price(
    price: str, tick: str, highest: str
) -> None:
    assert collared(D(price), percent=TEN, tick=D(tick)) == D(highest)


def test_more_is_set_aside_over_a_close() -> None:
    collars = Collars(market_percent=D(10), opening_percent=D(20))
    at_market = terms(**AT_MARKET)
    assert collars.of(at_market, session=SESSION) == 10
    assert collars.of(at_market, session=None) == 20
    auction = terms(time_in_force=TimeInForce.OPG, **AT_MARKET)
    assert collars.of(auction, session=SESSION) == 20
    assert collars.of(terms(), session=None) == 0
    assert collars.of(terms(side=Side.SELL, **AT_MARKET), session=SESSION) == 0
