"""How long orders rest, market hours, queues, splits, and what the venue refuses."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.brokers.paper.settings import CommissionPercent, CommissionPerShare
from ports.broker import Acknowledged, Dedup, Refused, ReportKind, VenueState
from tests.unit.adapters.brokers.paper.desk import ACCOUNT, OPEN_AT, Desk, opened, terms


def test_a_market_order_sent_while_closed_fills_at_the_first_print() -> None:
    desk = opened()
    desk.close()
    desk.take("b", terms("buy", 10))
    assert desk.state("b") is VenueState.WORKING
    desk.open()
    assert desk.fills("b") == []
    desk.quote("104", "104.02")
    assert desk.fills("b") == [("10", "104.02")]


def test_a_quote_that_came_before_the_opening_at_the_same_time_is_used_at_the_opening() -> None:
    desk = Desk()
    desk.at = OPEN_AT - timedelta(seconds=1)
    desk.quote("100", "100.02")
    desk.take("b", terms("buy", 10))
    desk.open()
    assert desk.fills("b") == [("10", "100.02")]


def test_prices_outside_of_hours_are_not_traded() -> None:
    desk = opened()
    desk.close()
    desk.take("b", terms("buy", 10))
    desk.quote("90", "90.02")
    desk.trade("90", "91")
    assert desk.state("b") is VenueState.WORKING


def test_day_orders_expire_at_the_close_and_gtc_rests() -> None:
    desk = opened()
    desk.take("day", terms("buy", 10, limit="90"))
    desk.take("gtc", terms("buy", 10, limit="90", tif="gtc"))
    desk.close()
    assert desk.state("day") is VenueState.EXPIRED
    assert desk.state("gtc") is VenueState.WORKING


def test_a_missed_close_still_ends_the_day() -> None:
    desk = opened()
    desk.take("day", terms("buy", 10, limit="90"))
    desk.day += 1
    desk.open()
    assert desk.state("day") is VenueState.EXPIRED


def test_gtd_expires_with_the_first_event_at_its_time() -> None:
    desk = opened()
    expires_at = desk.at + timedelta(seconds=5)
    desk.take("b", terms("buy", 10, limit="90", tif="gtd", expires_at=expires_at))
    desk.trade("100")
    assert desk.state("b") is VenueState.WORKING
    desk.at = expires_at
    desk.trade("80")
    assert desk.state("b") is VenueState.EXPIRED
    reason = desk.refusal("c", terms("buy", 1, limit="90", tif="gtd", expires_at=expires_at))
    assert "past" in reason


def test_ioc_takes_what_there_is_and_cancels_the_rest() -> None:
    desk = opened(quote_size=Decimal(4))
    desk.take("b", terms("buy", 10, limit="100.02", tif="ioc"))
    assert desk.fills("b") == [("4", "100.02")]
    assert desk.state("b") is VenueState.CANCELED


def test_fok_fills_whole_or_not_at_all() -> None:
    desk = opened(quote_size=Decimal(10))
    desk.take("too much", terms("buy", 11, tif="fok"))
    desk.take("just right", terms("buy", 10, tif="fok"))
    assert desk.state("too much") is VenueState.CANCELED
    assert desk.fills("too much") == []
    assert desk.fills("just right") == [("10", "100.02")]


def test_ioc_and_fok_need_an_open_market() -> None:
    desk = Desk()
    assert "closed" in desk.refusal("a", terms("buy", 1, tif="ioc"))
    assert "closed" in desk.refusal("b", terms("buy", 1, tif="fok"))


def test_opg_fills_at_the_first_print_or_expires() -> None:
    desk = Desk()
    desk.take("market", terms("buy", 10, tif="opg"))
    desk.take("low", terms("buy", 10, limit="99", tif="opg"))
    desk.open()
    desk.quote("100", "100.02", "100.01")
    assert desk.fills("market") == [("10", "100.01")]
    assert desk.state("low") is VenueState.EXPIRED
    assert "opening auction is over" in desk.refusal("late", terms("buy", 1, tif="opg"))


def test_cls_fills_at_the_last_price_of_the_session_or_expires() -> None:
    desk = opened()
    desk.take("market", terms("buy", 10, tif="cls"))
    desk.take("low", terms("buy", 10, limit="99", tif="cls"))
    desk.trade("100", "98", "101.50")
    assert desk.fills("market") == []
    desk.close()
    assert desk.fills("market") == [("10", "101.5")]
    assert desk.state("low") is VenueState.EXPIRED


def test_auction_orders_are_refused_where_nothing_ever_closes() -> None:
    desk = Desk(always_open=frozenset({"XNYS"}))
    assert "no auctions" in desk.refusal("a", terms("buy", 1, tif="cls"))


def test_orders_share_a_part_of_the_volume_in_price_time_priority() -> None:
    desk = opened(participation=Decimal("0.1"))
    desk.take("second", terms("buy", 60, limit="99"))
    desk.take("first", terms("buy", 60, limit="99.50"))
    desk.take("third", terms("buy", 60, limit="99"))
    desk.trade("98", volume=1009)
    assert desk.fills("first") == [("60", "98")]
    assert desk.fills("second") == [("40", "98")]
    assert desk.fills("third") == []


def test_a_quote_offers_its_size_once() -> None:
    desk = opened(quote_size=Decimal(10))
    desk.take("a", terms("buy", 8))
    desk.take("b", terms("buy", 8))
    assert desk.fills("b") == [("2", "100.02")]
    desk.quote("100", "100.04")
    assert desk.fills("b") == [("2", "100.02"), ("6", "100.04")]


def test_a_replace_keeps_the_place_only_when_the_quantity_shrinks() -> None:
    desk = opened(participation=Decimal(1))
    for name in ("a", "b", "c"):
        desk.take(name, terms("buy", 10, limit="99"))
    for name, quantity in (("a", 12), ("b", 5)):
        answer = desk.venue.replace(
            account_id=ACCOUNT, client_order_id=name, terms=terms("buy", quantity, limit="99")
        )
        assert isinstance(answer, Acknowledged)
    desk.trade("99", volume=15)
    assert desk.fills("b") == [("5", "99")]
    assert desk.fills("c") == [("10", "99")]
    assert desk.fills("a") == []
    assert ReportKind.REPLACED in desk.kinds("a")


def test_a_replaced_price_trades_at_once_when_it_can() -> None:
    desk = opened()
    desk.take("a", terms("buy", 10, limit="99"))
    desk.venue.replace(account_id=ACCOUNT, client_order_id="a", terms=terms("buy", 10, limit="101"))
    assert desk.fills("a") == [("10", "100.02")]


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
    desk = opened(participation=Decimal(1))
    desk.take("a", terms("buy", 10, limit="99"))
    desk.trade("99", volume=4)
    answer = desk.venue.replace(account_id=ACCOUNT, client_order_id="a", terms=new)
    assert isinstance(answer, Refused)
    assert problem in answer.reason


def test_a_cancel_ends_an_open_order_and_is_refused_for_any_other() -> None:
    desk = opened()
    desk.take("a", terms("buy", 10, limit="99"))
    assert isinstance(desk.venue.cancel(account_id=ACCOUNT, client_order_id="a"), Acknowledged)
    desk.trade("98")
    assert desk.state("a") is VenueState.CANCELED
    again = desk.venue.cancel(account_id=ACCOUNT, client_order_id="a")
    assert again == Refused("the order is canceled already")
    assert desk.venue.cancel(account_id=ACCOUNT, client_order_id="x") == Refused("no such order")


def test_a_split_restates_positions_and_open_orders_once() -> None:
    desk = opened()
    desk.take("b", terms("buy", 10))
    desk.take("gtc", terms("sell", 10, limit="120", tif="gtc"))
    desk.close()
    desk.split(2)
    desk.split(2)
    assert desk.held() == 20
    assert desk.state("gtc") is VenueState.WORKING
    assert desk.order("gtc").terms == terms("sell", 20, limit="60", tif="gtc")


@pytest.mark.parametrize(("side", "left"), [("buy", 4), ("sell", -4)])
def test_a_split_leaves_whole_shares(side: str, left: int) -> None:
    desk = opened()
    desk.take("a", terms(side, 9))
    desk.close()
    desk.split(1, 2)
    assert desk.held() == left


@pytest.mark.parametrize(("earlier", "since", "left"), [(30, 22, 37), (15, -15, -8), (0, 30, 30)])
def test_a_split_that_is_heard_late_leaves_what_was_traded_since(
    earlier: int, since: int, left: int
) -> None:
    desk = opened()
    if earlier:
        desk.take("before", terms("buy", earlier))
    desk.close()
    split_at = desk.at
    desk.open()
    desk.quote("200", "200.02")
    desk.take("since", terms("buy" if since > 0 else "sell", abs(since)))
    desk.split(1, 2, at=split_at)
    assert desk.held() == left


def test_commission_per_share_has_a_minimum_per_order() -> None:
    commission = CommissionPerShare(rate=Decimal("0.01"), minimum=Decimal(1))
    desk = opened(commission=commission, quote_size=Decimal(80))
    desk.take("b", terms("buy", 150))
    desk.quote("100", "100.02")
    assert [fill.commission for fill in desk.order("b").fills] == [1, Decimal("0.5")]


def test_commission_percent_is_of_the_notional() -> None:
    desk = opened(commission=CommissionPercent(percent=Decimal("0.05")))
    desk.take("b", terms("buy", 10))
    assert [fill.commission for fill in desk.order("b").fills] == [Decimal("0.5001")]


def test_open_orders_of_an_account_are_bounded() -> None:
    desk = opened(open_orders_max=2)
    desk.take("a", terms("buy", 1, limit="99"))
    desk.take("b", terms("buy", 1, limit="99"))
    assert "too many open orders" in desk.refusal("c", terms("buy", 1, limit="99"))


@pytest.mark.parametrize(
    ("dedup", "while_open", "after"),
    [(Dedup.NONE, True, True), (Dedup.OPEN_ONLY, False, True), (Dedup.FULL, False, False)],
)
def test_dedup_is_as_declared(dedup: Dedup, while_open: bool, after: bool) -> None:
    desk = opened(dedup=dedup, retained_orders=1)
    order = terms("buy", 1, limit="99")
    desk.take("a", order)
    assert isinstance(desk.submit("a", order), Acknowledged) is while_open
    desk.venue.cancel(account_id=ACCOUNT, client_order_id="a")
    # The closed order is forgotten; its id is not, where the venue promised so.
    desk.take("b", terms("buy", 1))
    desk.take("c", terms("buy", 1))
    assert isinstance(desk.submit("a", order), Acknowledged) is after


def test_a_venue_that_cannot_remember_one_more_id_refuses() -> None:
    desk = opened(remembered_ids_max=1)
    desk.take("a", terms("buy", 1))
    assert "remember no more" in desk.refusal("b", terms("buy", 1))


def test_an_event_from_before_an_order_does_not_fill_it() -> None:
    desk = opened()
    desk.take("b", terms("buy", 10, limit="99"))
    desk.at -= timedelta(seconds=1.5)
    desk.trade("98")
    assert desk.state("b") is VenueState.WORKING


def test_reports_ascend_and_stay_complete_for_open_orders() -> None:
    desk = opened(retained_reports=3)
    desk.take("rests", terms("buy", 1, limit="99", tif="gtc"))
    for number in range(20):
        desk.take(f"n{number}", terms("buy", 1))
    sequences = [report.sequence for report in desk.reports()]
    assert sequences == sorted(set(sequences))
    assert len(sequences) <= 8
    assert desk.kinds("rests") == [ReportKind.WORKING]
    assert sequences[-1] == desk.venue.sequence


def test_open_orders_are_those_that_can_still_fill() -> None:
    desk = opened(open_orders_max=2)
    desk.take("filled", terms("buy", 1))
    desk.take("rests", terms("buy", 1, limit="99"))
    found = desk.venue.open_orders(account_id=ACCOUNT)
    assert [order.client_order_id for order in found] == ["rests"]
    assert desk.venue.open_orders(account_id="another") == []
    desk.take("second", terms("buy", 1, limit="99"))
