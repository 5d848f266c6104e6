"""What no tenant can switch off."""

from datetime import timedelta
from typing import Any

import pytest

from domain.accounts.account import AccountKind
from domain.market.condition import MarketCondition
from domain.orders.terms import OrderType, Side, TimeInForce
from domain.risk.rule import RuleType
from domain.risk.situation import PeerFigures
from domain.risk.verdict import Approved, Denied
from tests.unit.domain.risk.context import (
    AT,
    D,
    account_figures,
    codes,
    instrument,
    judge,
    quote,
    rule,
    symbol_figures,
    terms,
)


def test_an_unknown_instrument_is_the_only_reason_given() -> None:
    nothing = symbol_figures(instrument=None, quote=None)
    verdict = judge(terms(), rule(RuleType.MAX_ORDER_VALUE, "1"), symbol=nothing)
    assert codes(verdict) == ["INSTRUMENT_UNKNOWN"]
    assert isinstance(verdict, Denied)
    assert verdict.reasons[0].message == "unknown symbol AAPL"


_DOWN = MarketCondition(down="market_feed: it is silent")
_ENDED = MarketCondition(ended=True)


def test_a_market_that_is_down_opens_nothing_and_lets_everybody_leave() -> None:
    verdict = judge(terms(), condition=_DOWN)
    assert codes(verdict) == ["MARKET_DOWN"]
    assert isinstance(verdict, Denied)
    assert "market_feed: it is silent" in verdict.reasons[0].message
    assert codes(judge(terms(limit_price=D(90)), condition=_DOWN)) == ["MARKET_DOWN"]
    held = symbol_figures(position=100)
    leaving = judge(terms(side=Side.SELL, quantity=D(100)), symbol=held, condition=_DOWN)
    assert isinstance(leaving, Approved)
    turning = judge(terms(side=Side.SELL, quantity=D(101)), symbol=held, condition=_DOWN)
    assert codes(turning) == ["MARKET_DOWN"]


def test_without_any_price_nobody_leaves_a_market_that_is_down_either() -> None:
    blind = symbol_figures(position=100, quote=None)
    verdict = judge(terms(side=Side.SELL), symbol=blind, condition=_DOWN)
    assert codes(verdict) == ["QUOTE_MISSING"]


@pytest.mark.parametrize("side", list(Side))
def test_a_replay_that_has_ended_takes_no_market_orders(side: Side) -> None:
    held = symbol_figures(position=100)
    at_market = terms(side=side, type=OrderType.MARKET, limit_price=None)
    assert codes(judge(at_market, symbol=held, condition=_ENDED)) == ["MARKET_ENDED"]
    assert isinstance(judge(terms(side=side), symbol=held, condition=_ENDED), Approved)


@pytest.mark.parametrize(
    ("price", "off"), [("50000.03", True), ("50000.05", False), ("50000", False)]
)
def test_a_price_keeps_to_the_tick(price: str, off: bool) -> None:
    coarse = symbol_figures(
        instrument=instrument(tick=D("0.05")),
        quote=quote(bid=D(50_000), ask=D(50_001), last=D(50_000)),
    )
    verdict = judge(terms(quantity=D(1), limit_price=D(price)), symbol=coarse)
    assert codes(verdict) == (["PRICE_INCREMENT"] if off else [])
    stop = judge(terms(quantity=D(1), type=OrderType.STOP, stop_price=D(price)), symbol=coarse)
    assert codes(stop) == (["PRICE_INCREMENT"] if off else [])


@pytest.mark.parametrize(
    ("quantity", "off"),
    [
        ("4", True),
        ("5", False),
        ("5.5", True),
        ("10", False),
        ("12", True),
        ("500", False),
        ("505", True),
        ("501", True),
    ],
)
def test_a_quantity_keeps_to_lot_and_bounds(quantity: str, off: bool) -> None:
    lots = symbol_figures(instrument=instrument(lot=D(5), min_quantity=D(5), max_quantity=D(500)))
    verdict = judge(terms(quantity=D(quantity)), symbol=lots)
    assert codes(verdict) == (["QUANTITY_INCREMENT"] if off else [])


def test_the_shown_part_of_an_iceberg_keeps_to_the_lot() -> None:
    lots = symbol_figures(instrument=instrument(lot=D(5), min_quantity=D(5)))
    for shown, off in ((5, False), (7, True)):
        verdict = judge(terms(display_quantity=D(shown)), symbol=lots)
        assert codes(verdict) == (["QUANTITY_INCREMENT"] if off else [])


def test_no_quote_denies_every_order() -> None:
    blind = {"quote": None}
    assert codes(judge(terms(), symbol=symbol_figures(**blind)))[0] == "QUOTE_MISSING"
    reducing = symbol_figures(position=100, **blind)
    assert codes(judge(terms(side=Side.SELL), symbol=reducing)) == ["QUOTE_MISSING"]


def test_a_price_of_zero_is_no_price() -> None:
    free = symbol_figures(quote=quote(bid=D(0), ask=D(0), last=D(0)))
    assert "VALUE_UNKNOWN" in codes(judge(terms(type=OrderType.MARKET), symbol=free))


def test_another_currency_has_no_rate_here() -> None:
    euro = symbol_figures(instrument=instrument(currency="EUR"))
    assert "VALUE_UNKNOWN" in codes(judge(terms(), symbol=euro))


@pytest.mark.parametrize(("later_s", "expired"), [(1, False), (0, True), (-1, True)])
def test_good_till_date_lies_ahead_in_market_time(later_s: int, expired: bool) -> None:
    asked = terms(time_in_force=TimeInForce.GTD, expires_at=AT + timedelta(seconds=later_s))
    assert codes(judge(asked, now=AT + timedelta(days=900))) == (["EXPIRED"] if expired else [])


@pytest.mark.parametrize(
    ("held", "sells", "passes"), [(10, 0, True), (9, 0, False), (19, 10, False), (20, 10, True)]
)
def test_reduce_only_is_honoured(held: int, sells: int, passes: bool) -> None:
    verdict = judge(
        terms(side=Side.SELL, reduce_only=True), symbol=symbol_figures(position=held, sells=sells)
    )
    assert isinstance(verdict, Approved) == passes
    assert ("NOT_REDUCING" in codes(verdict)) != passes


def test_parked_orders_block_more_risk_and_nothing_else() -> None:
    parked = symbol_figures(position=100, parked=1)
    assert codes(judge(terms(), symbol=parked)) == ["SYMBOL_PARKED"]
    assert isinstance(judge(terms(side=Side.SELL), symbol=parked), Approved)


@pytest.mark.parametrize(("age_s", "blocks"), [(60, False), (61, True)])
def test_an_order_unknown_for_long_blocks_like_a_parked_one(age_s: int, blocks: bool) -> None:
    unknown = symbol_figures(position=100, unknown_since=AT - timedelta(seconds=age_s))
    assert codes(judge(terms(), symbol=unknown)) == (["SYMBOL_UNKNOWN"] if blocks else [])
    assert isinstance(judge(terms(side=Side.SELL), symbol=unknown), Approved)


def test_without_a_trading_day_only_reducing_orders_pass() -> None:
    dayless = account_figures(opening_equity=None)
    held = symbol_figures(position=100)
    assert codes(judge(terms(), account=dayless, symbol=held)) == ["DAY_UNKNOWN"]
    assert isinstance(judge(terms(side=Side.SELL), account=dayless, symbol=held), Approved)


@pytest.mark.parametrize(("gross", "passes"), [("199000", True), ("199000.01", False), ("0", True)])
def test_a_margin_account_holds_its_leverage(gross: str, passes: bool) -> None:
    verdict = judge(terms(), account=account_figures(gross=D(gross)))
    assert codes(verdict) == ([] if passes else ["BUYING_POWER"])


def _cash(**fields: Any) -> Any:
    return account_figures(kind=AccountKind.CASH, leverage=D(1), **fields)


@pytest.mark.parametrize(
    ("cash", "reserved", "passes"),
    [("1000", "0", True), ("999.99", "0", False), ("1500", "500", True), ("1500", "500.01", False)],
)
def test_a_cash_account_buys_with_the_cash_that_is_left(
    cash: str, reserved: str, passes: bool
) -> None:
    verdict = judge(terms(), account=_cash(cash=D(cash), reserved_cash=D(reserved)))
    assert codes(verdict) == ([] if passes else ["BUYING_POWER"])


def test_a_cash_account_sells_only_what_it_holds() -> None:
    sell = terms(side=Side.SELL)
    assert isinstance(judge(sell, account=_cash(), symbol=symbol_figures(position=10)), Approved)
    short = judge(sell, account=_cash(), symbol=symbol_figures(position=19, sells=10))
    assert isinstance(short, Denied)
    assert codes(short) == ["SHORT_SALE"]
    assert (short.reasons[0].value, short.reasons[0].limit) == (D(20), D(19))


def test_reducing_asks_for_no_buying_power() -> None:
    poor = account_figures(equity=D(-5_000), gross=D(900_000))
    held = symbol_figures(position=-50)
    assert isinstance(judge(terms(), account=poor, symbol=held), Approved)
    assert codes(judge(terms(quantity=D(51)), account=poor, symbol=held)) == ["BUYING_POWER"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"account": account_figures(equity=None)}, "EQUITY_UNKNOWN"),
        ({"account": account_figures(gross=None)}, "EXPOSURE_UNKNOWN"),
        ({"account": _cash(reserved_cash=None)}, "RESERVE_UNKNOWN"),
        (
            {"account": _cash(), "symbol": symbol_figures(instrument=instrument(currency="EUR"))},
            "VALUE_UNKNOWN",
        ),
    ],
)
def test_buying_power_that_cannot_be_known_denies(fields: dict[str, Any], code: str) -> None:
    assert code in codes(judge(terms(), **fields))


def test_a_margin_account_may_sell_short() -> None:
    assert isinstance(judge(terms(side=Side.SELL)), Approved)


def test_what_uses_the_buying_power_up_is_not_refused_for_it() -> None:
    """Nor when something else is: parked orders, here."""
    parked = symbol_figures(position=100, parked=1)
    verdict = judge(terms(), account=account_figures(gross=D(199_000)), symbol=parked)
    assert codes(verdict) == ["SYMBOL_PARKED"]


@pytest.mark.parametrize(
    ("cash", "counted", "passes"),
    [("1500", "1000", True), ("1500", "400", False), ("1000", "1000", True), ("999", "0", False)],
)
def test_a_cash_account_pays_for_one_of_two_peers(cash: str, counted: str, passes: bool) -> None:
    """The other one rests, and its 1,000 are set aside already: only one of them fills."""
    peers = PeerFigures(quantity=D(10), value=D(counted))
    verdict = judge(terms(), account=_cash(cash=D(cash), reserved_cash=D(1_000)), peers=peers)
    assert isinstance(verdict, Approved) == passes


def test_a_limit_of_nothing_is_no_price_even_for_what_reduces() -> None:
    held = symbol_figures(position=100)
    for limit in ("0", "-1"):
        verdict = judge(terms(side=Side.SELL, limit_price=D(limit)), symbol=held)
        assert codes(verdict) == ["PRICE_INCREMENT"]
