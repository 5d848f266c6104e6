"""A split restates what rests, stops and trails too, or ends it and says what that means."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ports.broker import Acknowledged, Refused, ReportKind, VenueState
from tests import builders
from tests.unit.adapters.brokers.paper.context import ACCOUNT, Context, terms


def _held(units: int = 10) -> Context:
    context = Context()
    context.open()
    context.quote("100", "100")
    context.take("entry", terms("buy", units))
    return context


def _next_day(context: Context, *ratio: int) -> None:
    context.close()
    context.at += timedelta(hours=12)
    context.split(*ratio)
    context.open()


def test_a_stop_still_protects_the_position_after_a_split() -> None:
    context = _held()
    context.take("stop", terms("sell", 10, type="stop", stop="90", tif="gtc", reduce_only=True))
    _next_day(context, 2)
    assert context.order("stop").terms.stop_price == 45
    context.quote("46", "46")
    assert context.state("stop") is VenueState.WORKING
    context.quote("44.99", "44.99")
    assert (context.state("stop"), context.held()) == (VenueState.FILLED, Decimal(0))


def test_a_trailing_stop_goes_on_from_the_best_price_in_new_shares() -> None:
    context = _held()
    context.take(
        "trail",
        terms("sell", 10, type="trailing_stop", trail="10", trail_kind="amount", tif="gtc"),
    )
    context.quote("120", "120")
    _next_day(context, 2)
    context.quote("56", "56")
    assert context.state("trail") is VenueState.WORKING
    context.quote("55", "55")
    assert (context.state("trail"), context.held()) == (VenueState.FILLED, Decimal(0))


def test_what_filled_before_keeps_its_units_and_the_rest_fills_in_new_ones() -> None:
    context = Context(participation=Decimal(1))
    context.open()
    context.quote("100", "100")
    context.take("buy", terms("buy", 10, limit="90", tif="gtc"))
    context.trade("100", "90", volume=4)
    assert context.held() == 4
    _next_day(context, 2)
    order = context.order("buy")
    assert (order.terms.quantity, order.terms.limit_price, context.held()) == builders.decimals(
        16, 45, 8
    )
    context.trade("46", "45", volume=100)
    assert (context.state("buy"), context.held()) == (VenueState.FILLED, Decimal(20))


def test_a_reverse_split_leaves_out_fractions_and_says_so() -> None:
    context = _held(25)
    context.take("out", terms("sell", 25, limit="130.01", tif="gtc"))
    _next_day(context, 1, 10)
    assert context.order("out").terms == terms("sell", 2, limit="1300.1", tif="gtc")
    told = context.reports()[-1]
    assert (told.kind, told.terms) == (ReportKind.REPLACED, context.order("out").terms)
    assert "; 0.5 of a new unit is left out" in told.reason
    assert told.split is not None


def test_one_of_which_nothing_is_left_ends_and_says_what_it_protected() -> None:
    context = _held(9)
    context.take("stop", terms("sell", 9, type="stop", stop="90", tif="gtc"))
    _next_day(context, 1, 10)
    assert context.state("stop") is VenueState.CANCELED
    assert "its position is not protected by it any more" in context.order("stop").reason


@pytest.mark.parametrize("tif", ["day", "cls"])
def test_what_does_not_last_over_the_night_ends(tif: str) -> None:
    context = _held()
    context.close()
    context.take("queued", terms("sell", 10, tif=tif))
    context.at += timedelta(hours=12)
    context.split(2)
    assert context.state("queued") is VenueState.CANCELED


def test_a_replace_in_old_shares_is_refused_until_the_new_ones_are_quoted() -> None:
    context = _held()
    context.take("out", terms("sell", 10, limit="120", tif="gtc"))
    context.close()
    context.at += timedelta(hours=12)
    context.split(2)
    late = terms("sell", 10, limit="110", tif="gtc")
    answer = context.venue.replace(account_id=ACCOUNT, client_order_id="out", terms=late)
    assert answer == Refused("the order was adjusted for a split: ask again once it is quoted")
    context.open()
    context.quote("50", "50")
    fresh = terms("sell", 20, limit="55", tif="gtc")
    answer = context.venue.replace(account_id=ACCOUNT, client_order_id="out", terms=fresh)
    assert isinstance(answer, Acknowledged)


def test_prices_from_before_a_split_fill_nothing_of_it() -> None:
    context = _held()
    context.take("more", terms("buy", 10, limit="90", tif="gtc"))
    before = context.at
    _next_day(context, 1, 10)
    assert context.order("more").terms.limit_price == 900
    context.at = before
    context.quote("100", "100")
    assert context.state("more") is VenueState.WORKING
