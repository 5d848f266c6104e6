"""An order without a limit of its own never fills beyond the protective one sent with it."""

from decimal import Decimal

import msgspec
import pytest

from adapters.brokers.paper.change import Change
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.settings import PaperSettings, SlippageTicks
from domain.orders.terms import OrderTerms
from ports.broker import Acknowledged, VenueState
from tests.unit.adapters.brokers.paper.context import ACCOUNT, Context, opened, terms


def send(context: Context, order: OrderTerms, *, cap: str | None) -> None:
    answer = context.venue.submit(
        account_id=ACCOUNT,
        client_order_id="a",
        terms=order,
        protective_limit=None if cap is None else Decimal(cap),
    )
    assert isinstance(answer, Acknowledged), answer


def test_a_gap_beyond_it_leaves_the_order_waiting_and_the_way_back_fills_it() -> None:
    context = Context()
    send(context, terms("buy", 10, tif="gtc"), cap="110")
    context.open()
    context.quote("120", "120.02")
    context.trade("121", "115")
    assert (context.state("a"), context.fills("a")) == (VenueState.WORKING, [])
    context.trade("115", "105")
    assert context.fills("a") == [("10", "110")]


def test_a_gap_within_it_fills_at_the_market() -> None:
    context = Context()
    send(context, terms("buy", 10, tif="gtc"), cap="110")
    context.open()
    context.quote("105", "105.02")
    assert context.fills("a") == [("10", "105.02")]


@pytest.mark.parametrize(("price", "filled"), [("110", [("10", "110")]), ("110.01", [])])
def test_the_opening_auction_keeps_to_it(price: str, filled: list[tuple[str, str]]) -> None:
    context = Context()
    send(context, terms("buy", 10, tif="opg"), cap="110")
    context.open()
    context.trade(price)
    assert context.fills("a") == filled
    assert context.state("a") is (VenueState.FILLED if filled else VenueState.EXPIRED)


def test_slippage_stops_at_it() -> None:
    context = opened(slippage=SlippageTicks(ticks=Decimal(50)))
    send(context, terms("buy", 10), cap="100.30")
    assert context.fills("a") == [("10", "100.3")]


def test_a_stop_that_jumps_beyond_it_waits() -> None:
    context = opened()
    send(context, terms("buy", 10, type="stop", stop="105", tif="gtc"), cap="115.50")
    context.quote("120", "120.02")
    assert (context.state("a"), context.fills("a")) == (VenueState.TRIGGERED, [])
    context.quote("115", "115.02")
    assert context.fills("a") == [("10", "115.02")]


def test_a_sale_never_fills_below_it() -> None:
    context = opened()
    send(context, terms("sell", 10), cap="100.01")
    assert context.fills("a") == []
    context.quote("100.05", "100.07")
    assert context.fills("a") == [("10", "100.05")]


def test_a_replace_brings_its_own() -> None:
    context = opened()
    send(context, terms("buy", 10, type="stop", stop="105", tif="gtc"), cap="106")
    answer = context.venue.replace(
        account_id=ACCOUNT,
        client_order_id="a",
        terms=terms("buy", 10, type="stop", stop="107", tif="gtc"),
        protective_limit=Decimal(112),
    )
    assert isinstance(answer, Acknowledged)
    context.quote("111", "111.02")
    assert context.fills("a") == [("10", "111.02")]


def test_the_journal_keeps_it() -> None:
    context = Context()
    context.venue = PaperVenue(settings=PaperSettings(), journaled=True)
    send(context, terms("buy", 10, tif="gtc"), cap="110")
    change = context.venue.take_change()
    context.venue = PaperVenue(settings=PaperSettings(), journaled=True)
    context.venue.restore(msgspec.json.decode(msgspec.json.encode(change), type=Change))
    context.open()
    context.quote("120", "120.02")
    assert context.fills("a") == []
