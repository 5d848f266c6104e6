"""How long orders rest, market hours, queues, splits, and what the venue refuses."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.brokers.paper.settings import CommissionPercent, CommissionPerShare
from ports.broker import Acknowledged, Dedup, Refused, ReportKind, VenueState
from tests.unit.adapters.brokers.paper.context import ACCOUNT, OPEN_AT, Context, opened, terms


def test_a_market_order_sent_while_closed_fills_at_the_first_print() -> None:
    context = opened()
    context.close()
    context.take("b", terms("buy", 10))
    assert context.state("b") is VenueState.WORKING
    context.open()
    assert context.fills("b") == []
    context.quote("104", "104.02")
    assert context.fills("b") == [("10", "104.02")]


def test_a_quote_that_came_before_the_opening_at_the_same_time_is_used_at_the_opening() -> None:
    context = Context()
    context.at = OPEN_AT - timedelta(seconds=1)
    context.quote("100", "100.02")
    context.take("b", terms("buy", 10))
    context.open()
    assert context.fills("b") == [("10", "100.02")]


def test_prices_outside_of_hours_are_not_traded() -> None:
    context = opened()
    context.close()
    context.take("b", terms("buy", 10))
    context.quote("90", "90.02")
    context.trade("90", "91")
    assert context.state("b") is VenueState.WORKING


def test_day_orders_expire_at_the_close_and_gtc_rests() -> None:
    context = opened()
    context.take("day", terms("buy", 10, limit="90"))
    context.take("gtc", terms("buy", 10, limit="90", tif="gtc"))
    context.close()
    assert context.state("day") is VenueState.EXPIRED
    assert context.state("gtc") is VenueState.WORKING


def test_a_missed_close_still_ends_the_day() -> None:
    context = opened()
    context.take("day", terms("buy", 10, limit="90"))
    context.day += 1
    context.open()
    assert context.state("day") is VenueState.EXPIRED


def test_gtd_expires_with_the_first_event_at_its_time() -> None:
    context = opened()
    expires_at = context.at + timedelta(seconds=5)
    context.take("b", terms("buy", 10, limit="90", tif="gtd", expires_at=expires_at))
    context.trade("100")
    assert context.state("b") is VenueState.WORKING
    context.at = expires_at
    context.trade("80")
    assert context.state("b") is VenueState.EXPIRED
    reason = context.refusal("c", terms("buy", 1, limit="90", tif="gtd", expires_at=expires_at))
    assert "past" in reason


def test_ioc_takes_what_there_is_and_cancels_the_rest() -> None:
    context = opened(quote_size=Decimal(4))
    context.take("b", terms("buy", 10, limit="100.02", tif="ioc"))
    assert context.fills("b") == [("4", "100.02")]
    assert context.state("b") is VenueState.CANCELED


def test_fok_fills_whole_or_not_at_all() -> None:
    context = opened(quote_size=Decimal(10))
    context.take("too much", terms("buy", 11, tif="fok"))
    context.take("just right", terms("buy", 10, tif="fok"))
    assert context.state("too much") is VenueState.CANCELED
    assert context.fills("too much") == []
    assert context.fills("just right") == [("10", "100.02")]


def test_ioc_and_fok_need_an_open_market() -> None:
    context = Context()
    assert "closed" in context.refusal("a", terms("buy", 1, tif="ioc"))
    assert "closed" in context.refusal("b", terms("buy", 1, tif="fok"))


def test_opg_fills_at_the_first_print_or_expires() -> None:
    context = Context()
    context.take("market", terms("buy", 10, tif="opg"))
    context.take("low", terms("buy", 10, limit="99", tif="opg"))
    context.open()
    context.quote("100", "100.02", "100.01")
    assert context.fills("market") == [("10", "100.01")]
    assert context.state("low") is VenueState.EXPIRED
    assert "opening auction is over" in context.refusal("late", terms("buy", 1, tif="opg"))


def test_cls_fills_at_the_last_price_of_the_session_or_expires() -> None:
    context = opened()
    context.take("market", terms("buy", 10, tif="cls"))
    context.take("low", terms("buy", 10, limit="99", tif="cls"))
    context.trade("100", "98", "101.50")
    assert context.fills("market") == []
    context.close()
    assert context.fills("market") == [("10", "101.5")]
    assert context.state("low") is VenueState.EXPIRED


def test_auction_orders_are_refused_where_nothing_ever_closes() -> None:
    context = Context(always_open=frozenset({"XNYS"}))
    assert "no auctions" in context.refusal("a", terms("buy", 1, tif="cls"))


def test_orders_share_a_part_of_the_volume_in_price_time_priority() -> None:
    context = opened(participation=Decimal("0.1"))
    context.take("second", terms("buy", 60, limit="99"))
    context.take("first", terms("buy", 60, limit="99.50"))
    context.take("third", terms("buy", 60, limit="99"))
    context.trade("98", volume=1009)
    assert context.fills("first") == [("60", "98")]
    assert context.fills("second") == [("40", "98")]
    assert context.fills("third") == []


def test_a_quote_offers_its_size_once() -> None:
    context = opened(quote_size=Decimal(10))
    context.take("a", terms("buy", 8))
    context.take("b", terms("buy", 8))
    assert context.fills("b") == [("2", "100.02")]
    context.quote("100", "100.04")
    assert context.fills("b") == [("2", "100.02"), ("6", "100.04")]


def test_a_replace_keeps_the_place_only_when_the_quantity_shrinks() -> None:
    context = opened(participation=Decimal(1))
    for name in ("a", "b", "c"):
        context.take(name, terms("buy", 10, limit="99"))
    for name, quantity in (("a", 12), ("b", 5)):
        answer = context.venue.replace(
            account_id=ACCOUNT, client_order_id=name, terms=terms("buy", quantity, limit="99")
        )
        assert isinstance(answer, Acknowledged)
    context.trade("99", volume=15)
    assert context.fills("b") == [("5", "99")]
    assert context.fills("c") == [("10", "99")]
    assert context.fills("a") == []
    assert ReportKind.REPLACED in context.kinds("a")


def test_a_replaced_price_trades_at_once_when_it_can() -> None:
    context = opened()
    context.take("a", terms("buy", 10, limit="99"))
    context.venue.replace(
        account_id=ACCOUNT, client_order_id="a", terms=terms("buy", 10, limit="101")
    )
    assert context.fills("a") == [("10", "100.02")]


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (terms("sell", 10, limit="99"), "side"),
        (terms("buy", 10, limit="99", tif="gtc"), "time_in_force"),
        (terms("buy", 4, limit="99"), "must exceed the 4"),
        (terms("buy", 10, limit="99.001"), "tick"),
    ],
)
def test_a_replace_that_cannot_be_is_refused(new: Any, problem: str) -> None:
    context = opened(participation=Decimal(1))
    context.take("a", terms("buy", 10, limit="99"))
    context.trade("99", volume=4)
    answer = context.venue.replace(account_id=ACCOUNT, client_order_id="a", terms=new)
    assert isinstance(answer, Refused)
    assert problem in answer.reason


def test_a_cancel_ends_an_open_order_and_is_refused_for_any_other() -> None:
    context = opened()
    context.take("a", terms("buy", 10, limit="99"))
    assert isinstance(context.venue.cancel(account_id=ACCOUNT, client_order_id="a"), Acknowledged)
    context.trade("98")
    assert context.state("a") is VenueState.CANCELED
    again = context.venue.cancel(account_id=ACCOUNT, client_order_id="a")
    assert again == Refused("the order is canceled already")
    assert context.venue.cancel(account_id=ACCOUNT, client_order_id="x") == Refused("no such order")


def test_a_split_restates_positions_and_open_orders_once() -> None:
    context = opened()
    context.take("b", terms("buy", 10))
    context.take("gtc", terms("sell", 10, limit="120", tif="gtc"))
    context.close()
    context.split(2)
    context.split(2)
    assert context.held() == 20
    assert context.state("gtc") is VenueState.WORKING
    assert context.order("gtc").terms == terms("sell", 20, limit="60", tif="gtc")


@pytest.mark.parametrize(("side", "left"), [("buy", 4), ("sell", -4)])
def test_a_split_leaves_whole_shares(side: str, left: int) -> None:
    context = opened()
    context.take("a", terms(side, 9))
    context.close()
    context.split(1, 2)
    assert context.held() == left


@pytest.mark.parametrize(("earlier", "since", "left"), [(30, 22, 37), (15, -15, -8), (0, 30, 30)])
def test_a_split_that_is_heard_late_leaves_what_was_traded_since(
    earlier: int, since: int, left: int
) -> None:
    context = opened()
    if earlier:
        context.take("before", terms("buy", earlier))
    context.close()
    split_at = context.at
    context.open()
    context.quote("200", "200.02")
    context.take("since", terms("buy" if since > 0 else "sell", abs(since)))
    context.split(1, 2, at=split_at)
    assert context.held() == left


def test_commission_per_share_has_a_minimum_per_order() -> None:
    commission = CommissionPerShare(rate=Decimal("0.01"), minimum=Decimal(1))
    context = opened(commission=commission, quote_size=Decimal(80))
    context.take("b", terms("buy", 150))
    context.quote("100", "100.02")
    assert [fill.commission for fill in context.order("b").fills] == [1, Decimal("0.5")]


def test_commission_percent_is_of_the_notional() -> None:
    context = opened(commission=CommissionPercent(percent=Decimal("0.05")))
    context.take("b", terms("buy", 10))
    assert [fill.commission for fill in context.order("b").fills] == [Decimal("0.5001")]


def test_open_orders_of_an_account_are_bounded() -> None:
    context = opened(open_orders_max=2)
    context.take("a", terms("buy", 1, limit="99"))
    context.take("b", terms("buy", 1, limit="99"))
    assert "too many open orders" in context.refusal("c", terms("buy", 1, limit="99"))


@pytest.mark.parametrize(
    ("dedup", "while_open", "after"),
    [(Dedup.NONE, True, True), (Dedup.OPEN_ONLY, False, True), (Dedup.FULL, False, False)],
)
def test_dedup_is_as_declared(dedup: Dedup, while_open: bool, after: bool) -> None:
    context = opened(dedup=dedup, retained_orders=1)
    order = terms("buy", 1, limit="99")
    context.take("a", order)
    assert isinstance(context.submit("a", order), Acknowledged) is while_open
    context.venue.cancel(account_id=ACCOUNT, client_order_id="a")
    # The closed order is forgotten; its id is not, where the venue promised so.
    context.take("b", terms("buy", 1))
    context.take("c", terms("buy", 1))
    assert isinstance(context.submit("a", order), Acknowledged) is after


def test_a_venue_that_cannot_remember_one_more_id_refuses() -> None:
    context = opened(remembered_ids_max=1)
    context.take("a", terms("buy", 1))
    assert "remember no more" in context.refusal("b", terms("buy", 1))


def test_an_event_from_before_an_order_does_not_fill_it() -> None:
    context = opened()
    context.take("b", terms("buy", 10, limit="99"))
    context.at -= timedelta(seconds=1.5)
    context.trade("98")
    assert context.state("b") is VenueState.WORKING


def test_reports_ascend_and_stay_complete_for_open_orders() -> None:
    context = opened(retained_reports=3)
    context.take("rests", terms("buy", 1, limit="99", tif="gtc"))
    for number in range(20):
        context.take(f"n{number}", terms("buy", 1))
    sequences = [report.sequence for report in context.reports()]
    assert sequences == sorted(set(sequences))
    assert len(sequences) <= 8
    assert context.kinds("rests") == [ReportKind.WORKING]
    assert sequences[-1] == context.venue.sequence


def test_open_orders_are_those_that_can_still_fill() -> None:
    context = opened(open_orders_max=2)
    context.take("filled", terms("buy", 1))
    context.take("rests", terms("buy", 1, limit="99"))
    found = context.venue.open_orders(account_id=ACCOUNT)
    assert [order.client_order_id for order in found] == ["rests"]
    assert context.venue.open_orders(account_id="another") == []
    context.take("second", terms("buy", 1, limit="99"))
