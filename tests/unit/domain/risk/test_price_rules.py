"""Rules on prices and hours."""

from datetime import timedelta

import pytest

from domain.orders.terms import OrderType, Side, TimeInForce
from domain.risk.rule import RuleType
from domain.risk.rules import made
from domain.risk.verdict import Approved, Denied
from domain.shared.values import InvalidValue
from tests.unit.domain.risk.context import (
    AT,
    CLOSED,
    SESSION,
    D,
    codes,
    judge,
    quote,
    rule,
    symbol_figures,
    terms,
)

# Bid 99, ask 101, last 100.
WIDE = symbol_figures(position=0, quote=quote(bid=D(99), ask=D(101)))


@pytest.mark.parametrize(
    ("side", "limit", "denied"),
    [
        (Side.BUY, "111.10", False),  # 10 % over the ask of 101 is 10.10
        (Side.BUY, "111.11", True),
        (Side.BUY, "1", False),  # far on the passive side
        (Side.SELL, "89.10", False),  # 10 % under the bid of 99 is 9.90
        (Side.SELL, "89.09", True),
        (Side.SELL, "500", False),
    ],
)
def test_a_limit_reaches_so_far_through_the_quote(side: Side, limit: str, denied: bool) -> None:
    verdict = judge(
        terms(side=side, limit_price=D(limit)), rule(RuleType.PRICE_COLLAR, "10"), symbol=WIDE
    )
    assert codes(verdict) == (["PRICE_COLLAR"] if denied else [])


@pytest.mark.parametrize(("limit", "denied"), [("103.00", False), ("103.01", True)])
def test_dollars_widen_a_narrow_percentage(limit: str, denied: bool) -> None:
    verdict = judge(
        terms(limit_price=D(limit)),
        rule(RuleType.PRICE_COLLAR, "1", parameters={"dollars": "2"}),
        symbol=WIDE,
    )
    assert codes(verdict) == (["PRICE_COLLAR"] if denied else [])


def test_no_dollars_are_allowed_unless_they_are_given() -> None:
    narrow = rule(RuleType.PRICE_COLLAR, "0.5")
    for limit, denied in (("101.50", False), ("101.51", True)):
        verdict = judge(terms(limit_price=D(limit)), narrow, symbol=WIDE)
        assert codes(verdict) == (["PRICE_COLLAR"] if denied else [])


@pytest.mark.parametrize(
    ("side", "stop", "limit", "denied"),
    [
        (Side.BUY, "120", "126", False),  # 5 % over the stop
        (Side.BUY, "120", "126.01", True),
        (Side.BUY, "90", "106.05", False),  # the ask is further than the stop
        (Side.BUY, "90", "106.06", True),
        (Side.SELL, "80", "76", False),
        (Side.SELL, "80", "75.99", True),
    ],
)
def test_a_stop_limit_is_held_to_its_stop_where_that_is_further(
    side: Side, stop: str, limit: str, denied: bool
) -> None:
    asked = terms(side=side, type=OrderType.STOP_LIMIT, stop_price=D(stop), limit_price=D(limit))
    assert codes(judge(asked, rule(RuleType.PRICE_COLLAR, "5"), symbol=WIDE)) == (
        ["PRICE_COLLAR"] if denied else []
    )


def test_a_limit_if_touched_is_held_to_the_quote() -> None:
    asked = terms(type=OrderType.LIMIT_IF_TOUCHED, stop_price=D(150), limit_price=D("106.06"))
    assert codes(judge(asked, rule(RuleType.PRICE_COLLAR, "5"), symbol=WIDE)) == ["PRICE_COLLAR"]


@pytest.mark.parametrize(
    ("side", "bid", "ask", "denied"),
    [
        (Side.BUY, "99", "105", False),
        (Side.BUY, "99", "105.01", True),
        (Side.BUY, "1", "100", False),
        (Side.SELL, "95", "101", False),
        (Side.SELL, "94.99", "101", True),
    ],
)
def test_a_market_order_meets_a_quote_near_the_last_trade(
    side: Side, bid: str, ask: str, denied: bool
) -> None:
    verdict = judge(
        terms(side=side, type=OrderType.MARKET),
        rule(RuleType.PRICE_COLLAR, "50"),
        symbol=symbol_figures(quote=quote(bid=D(bid), ask=D(ask))),
    )
    assert codes(verdict) == (["PRICE_COLLAR"] if denied else [])


def test_fifty_cents_are_allowed_where_five_percent_are_less() -> None:
    for ask, denied in (("4.50", False), ("4.51", True)):
        cheap = quote(bid=D("3.99"), ask=D(ask), last=D(4))
        verdict = judge(
            terms(type=OrderType.MARKET),
            rule(RuleType.PRICE_COLLAR, "50"),
            symbol=symbol_figures(quote=cheap),
        )
        assert isinstance(verdict, Denied) == denied


@pytest.mark.parametrize(
    ("age_s", "denied"),
    [("0", False), ("60", False), ("60.000001", True), ("-60", False), ("-60.000001", True)],
)
def test_a_price_from_the_past_or_the_future_is_stale(age_s: str, denied: bool) -> None:
    age = timedelta(microseconds=int(D(age_s) * 1_000_000))
    verdict = judge(
        terms(),
        rule(RuleType.STALE_PRICE, "60"),
        symbol=symbol_figures(quote=quote(at=AT - age)),
    )
    assert codes(verdict) == (["STALE_PRICE"] if denied else [])
    if denied:
        assert isinstance(verdict, Denied)
        assert verdict.reasons[0].value == abs(D(age_s))


def test_a_price_may_be_days_old() -> None:
    old = symbol_figures(quote=quote(at=AT - timedelta(days=2, seconds=5)))
    verdict = judge(terms(), rule(RuleType.STALE_PRICE, "60"), symbol=old)
    assert isinstance(verdict, Denied)
    assert verdict.reasons[0].value == D(2 * 86_400 + 5)


@pytest.mark.parametrize(
    ("duration", "when_open", "when_closed"),
    [
        (TimeInForce.DAY, True, False),
        (TimeInForce.IOC, True, False),
        (TimeInForce.FOK, True, False),
        (TimeInForce.CLS, True, False),
        (TimeInForce.OPG, False, True),
        (TimeInForce.GTC, True, True),
    ],
)
def test_outside_the_session_only_orders_that_wait_pass(
    duration: TimeInForce, when_open: bool, when_closed: bool
) -> None:
    hours = rule(RuleType.MARKET_HOURS)
    asked = terms(time_in_force=duration)
    assert isinstance(judge(asked, hours, session=SESSION), Approved) == when_open
    assert isinstance(judge(asked, hours, session=CLOSED), Approved) == when_closed


def test_good_till_date_must_outlive_the_next_opening() -> None:
    hours = rule(RuleType.MARKET_HOURS)
    for later, passes in ((timedelta(0), False), (timedelta(seconds=1), True)):
        asked = terms(time_in_force=TimeInForce.GTD, expires_at=CLOSED.opens_at + later)
        assert isinstance(judge(asked, hours, session=CLOSED), Approved) == passes
        assert isinstance(judge(asked, hours, session=SESSION), Approved)


def test_the_closing_auction_has_a_cutoff() -> None:
    hours = rule(RuleType.MARKET_HOURS, parameters={"close_cutoff_s": "600"})
    asked = terms(time_in_force=TimeInForce.CLS)
    for before_s, passes in ((601, True), (600, False), (10, False)):
        now = SESSION.closes_at - timedelta(seconds=before_s)
        quoted = symbol_figures(quote=quote(at=now))
        verdict = judge(asked, hours, market_now=now, symbol=quoted)
        assert isinstance(verdict, Approved) == passes


@pytest.mark.parametrize(
    ("rule_type", "threshold", "parameters", "field"),
    [
        (RuleType.PRICE_COLLAR, "0", {}, "threshold"),
        (RuleType.PRICE_COLLAR, "100.01", {}, "threshold"),
        (RuleType.PRICE_COLLAR, "5", {"dollars": "-1"}, "parameters.dollars"),
        (RuleType.PRICE_COLLAR, "5", {"market_percent": "101"}, "parameters.market_percent"),
        (RuleType.PRICE_COLLAR, "5", {"market_dollars": "-0.01"}, "parameters.market_dollars"),
        (RuleType.STALE_PRICE, "0", {}, "threshold"),
        (RuleType.STALE_PRICE, "31536001", {}, "threshold"),
        (RuleType.MARKET_HOURS, "2", {}, "threshold"),
        (RuleType.MARKET_HOURS, "0", {"close_cutoff_s": "28801"}, "parameters.close_cutoff_s"),
    ],
)
def test_what_makes_no_sense_is_refused(
    rule_type: RuleType, threshold: str, parameters: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        made(rule(rule_type, threshold, parameters=parameters))
    assert refused.value.field == field
