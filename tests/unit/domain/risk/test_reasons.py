"""Every refusal in full: what it is called, what it says, by which figures and clause."""

from datetime import timedelta
from typing import Any

import pytest

from domain.accounts.account import AccountKind
from domain.market.condition import MarketCondition
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from domain.risk.gate import approve_flatten
from domain.risk.situation import Blocks
from domain.risk.strategies import StrategyGap
from domain.risk.verdict import BUILT_IN, Denied, Reason
from tests.unit.domain.risk.context import (
    AT,
    D,
    account_figures,
    instrument,
    judge,
    order,
    symbol_figures,
    terms,
)

CREDIT = "SEC Rule 15c3-5(c)(1)(i)"
ERRONEOUS = "SEC Rule 15c3-5(c)(1)(ii)"
LOTS = symbol_figures(instrument=instrument(lot=D(5), min_quantity=D(5), max_quantity=D(500)))
CASH = account_figures(kind=AccountKind.CASH, leverage=D(1))


def built_in(code: str, message: str, name: str, **fields: Any) -> Reason:
    """A refusal that no tenant can switch off."""
    given: dict[str, Any] = {"clause": ERRONEOUS, **fields}
    return Reason(code=code, message=message, rule_type=BUILT_IN, rule_name=name, **given)


def missing(code: str, what: str, name: str) -> Reason:
    """A refusal for an input that is not there."""
    return built_in(code, f"cannot decide without {what}", name, clause=CREDIT)


WORTH = "a quote of the symbol and its price in the account's currency"
Case = tuple[OrderTerms, dict[str, Any], list[Reason]]
CASES: dict[str, Case] = {
    "no instrument": (
        terms(),
        {"symbol": symbol_figures(instrument=None)},
        [built_in("INSTRUMENT_UNKNOWN", "unknown symbol AAPL", "Known instrument", clause=CREDIT)],
    ),
    "no quote": (
        terms(side=Side.SELL),
        {"symbol": symbol_figures(position=100, quote=None)},
        [missing("QUOTE_MISSING", "a quote of the symbol", "Known price")],
    ),
    "full venue": (
        terms(),
        {"blocks": Blocks(venue_full=True, open_orders=3, open_orders_max=4)},
        [
            built_in(
                "VENUE_ORDERS_FULL",
                "the venue holds at most 4 open orders of an account, and 3 are open:"
                " cancel some first",
                "The venue's open orders",
                clause="",
            )
        ],
    ),
    "paused agent": (
        terms(),
        {"blocks": Blocks(paused_agent="ema")},
        [
            built_in(
                "AGENT_PAUSED",
                "agent ema is paused: resume it first",
                "Paused agent",
                clause="MiFID II RTS 6 article 12",
            )
        ],
    ),
    "kill switch": (
        terms(),
        {"blocks": Blocks(halted=True)},
        [
            built_in(
                "KILL_SWITCH",
                "the kill switch is on for this account or its tenant",
                "Kill switch",
                clause="MiFID II RTS 6 article 12",
            )
        ],
    ),
    "kill switch at reducing": (
        terms(),
        {"blocks": Blocks(reducing=True)},
        [
            built_in(
                "KILL_SWITCH_REDUCING",
                "the kill switch lets through only what reduces a position",
                "Kill switch reducing",
                clause="MiFID II RTS 6 article 12",
            )
        ],
    ),
    "exit astray": (
        terms(),
        {"blocks": Blocks(exit_astray="a stop-loss lies elsewhere")},
        [built_in("EXIT_ASTRAY", "a stop-loss lies elsewhere", "Exit astray")],
    ),
    "odd quantity": (
        terms(quantity=D(12)),
        {"symbol": LOTS},
        [
            built_in(
                "QUANTITY_INCREMENT",
                "quantity: must be a multiple of the lot 5, not 12",
                "Quantity increment",
                value=D(12),
            )
        ],
    ),
    "odd part shown": (
        terms(display_quantity=D(7)),
        {"symbol": LOTS},
        [
            built_in(
                "QUANTITY_INCREMENT",
                "display_quantity: must be a multiple of the lot 5",
                "Quantity increment",
                value=D(7),
            )
        ],
    ),
    "filled already": (
        terms(quantity=D(10)),
        {"order_fields": {"filled_quantity": D(10)}, "symbol": symbol_figures(position=-1)},
        [
            built_in(
                "QUANTITY_FILLED",
                "quantity: must be above the 10 filled already",
                "Quantity filled",
                value=D(10),
                limit=D(10),
            )
        ],
    ),
    "odd limit": (
        terms(limit_price=D("100.001")),
        {},
        [
            built_in(
                "PRICE_INCREMENT",
                "limit_price: must be a multiple of the tick 0.01, not 100.001",
                "Price increment",
                value=D("100.001"),
            )
        ],
    ),
    "odd stop": (
        terms(type=OrderType.STOP, stop_price=D("100.001")),
        {},
        [
            built_in(
                "PRICE_INCREMENT",
                "stop_price: must be a multiple of the tick 0.01, not 100.001",
                "Price increment",
                value=D("100.001"),
            )
        ],
    ),
    "expired": (
        terms(time_in_force=TimeInForce.GTD, expires_at=AT),
        {},
        [built_in("EXPIRED", "expires_at: must lie after the market's current time", "Expired")],
    ),
    "not reducing": (
        terms(side=Side.SELL, reduce_only=True),
        {"symbol": symbol_figures(position=9)},
        [
            built_in(
                "NOT_REDUCING",
                "reduce_only: the order could open or turn a position, resting orders counted",
                "Not reducing",
                value=D(-1),
                limit=D(9),
            )
        ],
    ),
    "ended": (
        terms(type=OrderType.MARKET),
        {"condition": MarketCondition(ended=True)},
        [
            built_in(
                "MARKET_ENDED",
                "the replay has ended: no price follows at which a market order could fill",
                "Market ended",
            )
        ],
    ),
    "no broker": (
        terms(),
        {"condition": MarketCondition(no_broker="second")},
        [
            built_in(
                "BROKER_UNKNOWN",
                "no broker called second is set here: nothing can be sent",
                "Broker unknown",
            )
        ],
    ),
    "down": (
        terms(),
        {"condition": MarketCondition(down="market_feed: it is silent")},
        [
            built_in(
                "MARKET_DOWN",
                "nothing is opened while it is down: market_feed: it is silent",
                "Market down",
            )
        ],
    ),
    "unknown strategy": (
        terms(),
        {"order_fields": {"strategy_id": "ema"}, "strategy": StrategyGap.UNKNOWN},
        [
            built_in(
                "STRATEGY_UNKNOWN",
                "no agent, rule or setting names the strategy ema: register it, or name one"
                " that is known",
                "Strategy unknown",
            )
        ],
    ),
    "no strategy": (
        terms(),
        {"strategy": StrategyGap.MISSING},
        [
            built_in(
                "STRATEGY_REQUIRED",
                "every order that opens has to name its strategy",
                "Strategy required",
            )
        ],
    ),
    "debt": (
        terms(),
        {"account": CASH, "debt": D("5.50")},
        [
            built_in(
                "CASH_BELOW_ZERO",
                "the cash account owes 5.5: nothing is opened until a deposit or a sale has paid"
                " for it",
                "Cash below zero",
                value=D("-5.50"),
                limit=D(0),
                clause="12 CFR 220.8(a)",
            )
        ],
    ),
    "parked": (
        terms(),
        {"symbol": symbol_figures(position=100, parked=2)},
        [
            built_in(
                "SYMBOL_PARKED",
                "2 order(s) in AAPL are parked: their fate at the broker must be settled before"
                " more risk is taken there",
                "Symbol parked",
                value=D(2),
                limit=D(0),
            )
        ],
    ),
    "unknown": (
        terms(),
        {"symbol": symbol_figures(unknown_since=AT - timedelta(seconds=61))},
        [
            built_in(
                "SYMBOL_UNKNOWN",
                "the fate of an order in AAPL is unknown since 2026-03-02T15:58:59+00:00",
                "Symbol unknown",
            )
        ],
    ),
    "no day": (
        terms(),
        {"account": account_figures(opening_equity=None)},
        [
            missing(
                "DAY_UNKNOWN",
                "the equity at the start of the current trading day",
                "Known trading day",
            )
        ],
    ),
    "no worth": (
        terms(),
        {"account": CASH, "symbol": symbol_figures(instrument=instrument(currency="EUR"))},
        [
            missing("VALUE_UNKNOWN", WORTH, "Known worth"),
            missing("VALUE_UNKNOWN", WORTH, "Buying power"),
        ],
    ),
    "no equity": (
        terms(),
        {"account": account_figures(equity=None)},
        [
            missing(
                "EQUITY_UNKNOWN",
                "the price of every position, in the account's currency",
                "Buying power",
            )
        ],
    ),
    "no exposure": (
        terms(),
        {"account": account_figures(gross=None)},
        [
            missing(
                "EXPOSURE_UNKNOWN",
                "the price of every symbol that is held or rests",
                "Buying power",
            )
        ],
    ),
    "no reserve": (
        terms(),
        {"account": account_figures(kind=AccountKind.CASH, leverage=D(1), reserved_cash=None)},
        [missing("RESERVE_UNKNOWN", "the price of every resting buy", "Buying power")],
    ),
    "too little cash": (
        terms(),
        {
            "account": account_figures(
                kind=AccountKind.CASH, leverage=D(1), cash=D(1_200), reserved_cash=D(500)
            )
        },
        [
            built_in(
                "BUYING_POWER",
                "cash with this order would be 1500 of 1200 allowed",
                "Buying power",
                value=D(1_500),
                limit=D(1_200),
                clause=CREDIT,
            )
        ],
    ),
    "too little equity": (
        terms(),
        {"account": account_figures(equity=D(400), gross=D(100))},
        [
            built_in(
                "BUYING_POWER",
                "gross exposure with this order would be 1100 of 800 allowed",
                "Buying power",
                value=D(1_100),
                limit=D(800),
                clause=CREDIT,
            )
        ],
    ),
    "short sale": (
        terms(side=Side.SELL),
        {"account": CASH, "symbol": symbol_figures(position=9)},
        [
            built_in(
                "SHORT_SALE",
                "a cash account sells only what it holds: 9 held, 10 on sale with this order",
                "Short sale",
                value=D(10),
                limit=D(9),
                clause="12 CFR 220.8(a)",
            )
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_no_tenant_can_switch_off_says_why(name: str) -> None:
    asked, fields, reasons = CASES[name]
    verdict = judge(asked, **fields)
    assert isinstance(verdict, Denied)
    assert list(verdict.reasons) == reasons
    assert (verdict.order.terms, verdict.terms, verdict.halt) == (asked, asked, None)


def test_a_flattening_order_that_would_turn_says_what_is_held() -> None:
    asked = order(terms(type=OrderType.MARKET, side=Side.SELL, quantity=D(11)))
    refused = approve_flatten(asked, venue_quantity=D("10.50"))
    assert isinstance(refused, Denied)
    assert (refused.order, refused.terms) == (asked, asked.terms)
    assert refused.reasons == (
        Reason(
            code="NOT_REDUCING",
            message="a flattening order is a market order that closes at most the 10.5 units"
            " held at the broker",
            rule_type=BUILT_IN,
            rule_name="Flattening",
            value=D(-11),
            limit=D("-10.50"),
        ),
    )
