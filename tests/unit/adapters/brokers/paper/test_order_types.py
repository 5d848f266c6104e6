"""Every order type and its price rules."""

from decimal import Decimal

import pytest

from adapters.brokers.paper.settings import SlippagePercent, SlippageTicks
from domain.orders.terms import TrailKind
from ports.broker import ReportKind, VenueState
from tests.unit.adapters.brokers.paper.context import opened, terms


def test_a_market_order_pays_the_ask_and_gets_the_bid() -> None:
    context = opened()
    context.take("b", terms("buy", 10))
    context.take("s", terms("sell", 4))
    assert context.fills("b") == [("10", "100.02")]
    assert context.fills("s") == [("4", "100")]
    assert context.held() == 6
    assert context.kinds("b") == [ReportKind.WORKING, ReportKind.FILL]


def test_a_limit_rests_until_its_price_trades_and_fills_there() -> None:
    context = opened()
    context.take("b", terms("buy", 10, limit="99.50"))
    context.trade("100", "99.60", "101")
    assert context.state("b") is VenueState.WORKING
    context.trade("100", "99", "101")
    assert context.fills("b") == [("10", "99.5")]


def test_a_gap_fills_a_limit_at_the_better_price_and_a_stop_at_the_worse() -> None:
    context = opened()
    context.take("limit", terms("buy", 10, limit="99.50"))
    context.take("stop", terms("sell", 10, type="stop", stop="99"))
    context.trade("98", "97")
    assert context.fills("limit") == [("10", "98")]
    assert context.fills("stop") == [("10", "98")]


def test_a_stop_triggers_on_the_way_and_fills_at_its_price() -> None:
    context = opened()
    context.take("b", terms("buy", 10, type="stop", stop="101"))
    context.trade("100", "102", "99")
    assert context.fills("b") == [("10", "101")]
    assert context.kinds("b") == [ReportKind.WORKING, ReportKind.TRIGGERED, ReportKind.FILL]


def test_a_stop_hit_by_a_quote_pays_no_better_than_its_stop() -> None:
    context = opened()
    context.take("b", terms("buy", 10, type="stop", stop="101"))
    context.quote("100.50", "100.60", "101")
    assert context.fills("b") == [("10", "101")]


def test_a_stop_limit_rests_at_its_limit_once_triggered() -> None:
    context = opened()
    context.take("b", terms("buy", 10, type="stop_limit", stop="101", limit="100.50"))
    context.trade("100", "102")
    assert context.state("b") is VenueState.TRIGGERED
    assert context.fills("b") == []
    context.trade("102", "100")
    assert context.fills("b") == [("10", "100.5")]


def test_a_stop_limit_falls_back_to_its_limit_within_one_path() -> None:
    context = opened()
    context.take("b", terms("buy", 10, type="stop_limit", stop="101", limit="100.50"))
    context.trade("100", "102", "100")
    assert context.fills("b") == [("10", "100.5")]


def test_touched_orders_trigger_on_the_favourable_side() -> None:
    context = opened()
    context.take("mit", terms("buy", 10, type="market_if_touched", stop="99"))
    context.take("lit", terms("sell", 10, type="limit_if_touched", stop="101", limit="101.50"))
    context.trade("100", "98.50", "101.20")
    assert context.fills("mit") == [("10", "99")]
    assert context.state("lit") is VenueState.TRIGGERED
    context.trade("101.20", "103")
    assert context.fills("lit") == [("10", "101.5")]


def test_market_to_limit_rests_at_the_price_of_its_first_fill() -> None:
    context = opened(quote_size=Decimal(4))
    context.take("b", terms("buy", 10, type="market_to_limit"))
    assert context.fills("b") == [("4", "100.02")]
    context.quote("100.50", "100.52")
    assert context.fills("b") == [("4", "100.02")]
    context.quote("99.98", "100.01")
    context.quote("99.98", "100.00")
    assert context.fills("b") == [("4", "100.02"), ("4", "100.01"), ("2", "100")]


def test_a_trailing_stop_follows_up_and_never_down() -> None:
    context = opened()
    order = terms("sell", 10, type="trailing_stop", trail="2", trail_kind=TrailKind.AMOUNT)
    context.take("s", order)
    context.trade("100", "105", "103.50")
    assert context.state("s") is VenueState.WORKING
    context.trade("103.50", "102")
    assert context.fills("s") == [("10", "103")]


def test_a_trailing_stop_follows_and_triggers_within_one_path() -> None:
    context = opened()
    order = terms("sell", 10, type="trailing_stop", trail="10", trail_kind=TrailKind.PERCENT)
    context.take("s", order)
    context.trade("100", "110", "90")
    assert context.fills("s") == [("10", "99")]


def test_a_trailing_stop_to_buy_follows_down_from_its_first_trigger() -> None:
    context = opened()
    order = terms(
        "buy", 10, type="trailing_stop", trail="2", trail_kind=TrailKind.AMOUNT, stop="101.50"
    )
    context.take("b", order)
    context.trade("100", "99.80", "101.40")
    assert context.state("b") is VenueState.WORKING
    context.trade("101.40", "101.60")
    assert context.fills("b") == [("10", "101.5")]


@pytest.mark.parametrize(
    ("slippage", "price"),
    [
        (SlippageTicks(ticks=Decimal(3)), "100.05"),
        (SlippagePercent(percent=Decimal("0.1")), "100.13"),
    ],
)
def test_slippage_moves_a_takers_price(
    slippage: SlippageTicks | SlippagePercent, price: str
) -> None:
    context = opened(slippage=slippage)
    context.take("b", terms("buy", 10))
    assert context.fills("b") == [("10", price)]


def test_slippage_stops_at_the_limit_and_spares_resting_orders() -> None:
    context = opened(slippage=SlippageTicks(ticks=Decimal(3)))
    context.take("taker", terms("buy", 10, limit="100.03"))
    context.take("maker", terms("buy", 10, limit="99"))
    context.trade("100", "98")
    assert context.fills("taker") == [("10", "100.03")]
    assert context.fills("maker") == [("10", "99")]


def test_post_only_is_refused_when_it_would_take() -> None:
    context = opened()
    reason = context.refusal("b", terms("buy", 10, limit="100.02", post_only=True))
    assert "post-only" in reason
    assert context.state("b") is VenueState.REJECTED
    context.take("c", terms("buy", 10, limit="100.01", post_only=True))


def test_post_only_is_cancelled_when_its_trigger_makes_it_take() -> None:
    context = opened()
    order = terms("buy", 10, type="stop_limit", stop="101", limit="102", post_only=True)
    context.take("b", order)
    context.trade("100", "103")
    assert context.state("b") is VenueState.CANCELED
    assert "post-only" in context.order("b").reason


def test_reduce_only_is_clipped_to_the_position_and_then_ends() -> None:
    context = opened()
    assert "nothing to reduce" in context.refusal("no", terms("sell", 5, reduce_only=True))
    context.take("b", terms("buy", 10))
    context.take("s", terms("sell", 25, reduce_only=True))
    assert context.fills("s") == [("10", "100")]
    assert context.state("s") is VenueState.CANCELED
    assert context.held() == 0


def test_reduce_only_orders_end_when_another_order_closes_the_position() -> None:
    context = opened()
    context.take("b", terms("buy", 10))
    context.take("exit", terms("sell", 10, limit="110", reduce_only=True, tif="gtc"))
    context.take("s", terms("sell", 10))
    assert context.state("exit") is VenueState.CANCELED


def test_an_iceberg_slice_goes_behind_the_others_of_its_price() -> None:
    context = opened(participation=Decimal(1))
    context.take("ice", terms("buy", 30, limit="99", shown=10))
    context.take("plain", terms("buy", 15, limit="99"))
    context.trade("100", "99", volume=35)
    fills = [
        (report.client_order_id, str(report.fill.quantity))
        for report in context.reports()
        if report.fill is not None
    ]
    assert fills == [("ice", "10"), ("plain", "15"), ("ice", "10")]


def test_an_iceberg_must_show_a_hundredth() -> None:
    context = opened()
    assert "display_quantity" in context.refusal("ice", terms("buy", 1000, limit="99", shown=9))
