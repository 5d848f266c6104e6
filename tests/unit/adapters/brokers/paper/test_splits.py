"""A split restates what rests, stops and trails too, or ends it and says what that means."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ports.broker import Acknowledged, Refused, ReportKind, VenueState
from tests import builders
from tests.unit.adapters.brokers.paper.desk import ACCOUNT, Desk, terms


def _held(units: int = 10) -> Desk:
    desk = Desk()
    desk.open()
    desk.quote("100", "100")
    desk.take("entry", terms("buy", units))
    return desk


def _next_day(desk: Desk, *ratio: int) -> None:
    desk.close()
    desk.at += timedelta(hours=12)
    desk.split(*ratio)
    desk.open()


def test_a_stop_still_protects_the_position_after_a_split() -> None:
    desk = _held()
    desk.take("stop", terms("sell", 10, type="stop", stop="90", tif="gtc", reduce_only=True))
    _next_day(desk, 2)
    assert desk.order("stop").terms.stop_price == 45
    desk.quote("46", "46")
    assert desk.state("stop") is VenueState.WORKING
    desk.quote("44.99", "44.99")
    assert (desk.state("stop"), desk.held()) == (VenueState.FILLED, Decimal(0))


def test_a_trailing_stop_goes_on_from_the_best_price_in_new_shares() -> None:
    desk = _held()
    desk.take(
        "trail",
        terms("sell", 10, type="trailing_stop", trail="10", trail_kind="amount", tif="gtc"),
    )
    desk.quote("120", "120")
    _next_day(desk, 2)
    desk.quote("56", "56")
    assert desk.state("trail") is VenueState.WORKING
    desk.quote("55", "55")
    assert (desk.state("trail"), desk.held()) == (VenueState.FILLED, Decimal(0))


def test_what_filled_before_keeps_its_units_and_the_rest_fills_in_new_ones() -> None:
    desk = Desk(participation=Decimal(1))
    desk.open()
    desk.quote("100", "100")
    desk.take("buy", terms("buy", 10, limit="90", tif="gtc"))
    desk.trade("100", "90", volume=4)
    assert desk.held() == 4
    _next_day(desk, 2)
    order = desk.order("buy")
    assert (order.terms.quantity, order.terms.limit_price, desk.held()) == builders.decimals(
        16, 45, 8
    )
    desk.trade("46", "45", volume=100)
    assert (desk.state("buy"), desk.held()) == (VenueState.FILLED, Decimal(20))


def test_a_reverse_split_leaves_out_fractions_and_says_so() -> None:
    desk = _held(25)
    desk.take("out", terms("sell", 25, limit="130.01", tif="gtc"))
    _next_day(desk, 1, 10)
    assert desk.order("out").terms == terms("sell", 2, limit="1300.1", tif="gtc")
    told = desk.reports()[-1]
    assert (told.kind, told.terms) == (ReportKind.REPLACED, desk.order("out").terms)
    assert "; 0.5 of a new unit is left out" in told.reason
    assert told.split is not None


def test_one_of_which_nothing_is_left_ends_and_says_what_it_protected() -> None:
    desk = _held(9)
    desk.take("stop", terms("sell", 9, type="stop", stop="90", tif="gtc"))
    _next_day(desk, 1, 10)
    assert desk.state("stop") is VenueState.CANCELED
    assert "its position is not protected by it any more" in desk.order("stop").reason


@pytest.mark.parametrize("tif", ["day", "cls"])
def test_what_does_not_last_over_the_night_ends(tif: str) -> None:
    desk = _held()
    desk.close()
    desk.take("queued", terms("sell", 10, tif=tif))
    desk.at += timedelta(hours=12)
    desk.split(2)
    assert desk.state("queued") is VenueState.CANCELED


def test_a_replace_in_old_shares_is_refused_until_the_new_ones_are_quoted() -> None:
    desk = _held()
    desk.take("out", terms("sell", 10, limit="120", tif="gtc"))
    desk.close()
    desk.at += timedelta(hours=12)
    desk.split(2)
    late = terms("sell", 10, limit="110", tif="gtc")
    answer = desk.venue.replace(account_id=ACCOUNT, client_order_id="out", terms=late)
    assert answer == Refused("the order was adjusted for a split: ask again once it is quoted")
    desk.open()
    desk.quote("50", "50")
    fresh = terms("sell", 20, limit="55", tif="gtc")
    answer = desk.venue.replace(account_id=ACCOUNT, client_order_id="out", terms=fresh)
    assert isinstance(answer, Acknowledged)


def test_prices_from_before_a_split_fill_nothing_of_it() -> None:
    desk = _held()
    desk.take("more", terms("buy", 10, limit="90", tif="gtc"))
    before = desk.at
    _next_day(desk, 1, 10)
    assert desk.order("more").terms.limit_price == 900
    desk.at = before
    desk.quote("100", "100")
    assert desk.state("more") is VenueState.WORKING
