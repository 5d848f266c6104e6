"""Build the analysis of orders before they are sent, and the adviser that it may ask."""

from dataclasses import replace
from decimal import Decimal

from application.risk.analyze_orders import AnalyzeOrders
from application.risk.read_returns import ReadReturns
from application.risk.take_advice import TakeAdvice
from application.shared.change import Changes
from bootstrap.areas.market import Market
from bootstrap.areas.orders import OrderParts
from bootstrap.settings.sections import Settings
from domain.risk.rating_parts import PreTradeLimits
from ports.adviser import Adviser


def build_adviser(settings: Settings) -> Adviser | None:
    """Build the way to the models that are asked about ratings, None where none is set."""
    own = settings.adviser
    if own.url is None:
        return None
    # Only who asks models pays for the client.
    from adapters.advice.chat import ChatAddress, ChatAdviser

    address = ChatAddress(url=own.url, models=own.models, key=own.key)
    return ChatAdviser(address, timeout_s=own.timeout_s)


def build_pre_trade(
    *,
    settings: Settings,
    market: Market,
    orders: OrderParts,
    adviser: Adviser | None,
    changes: Changes,
) -> AnalyzeOrders:
    """Build the analysis of orders before they are sent."""
    own, asked = settings.pre_trade, settings.adviser
    advice = None
    if adviser is not None:
        advice = TakeAdvice(
            adviser=adviser,
            changes=replace(changes, market_now=market.clock.now),
            timeout_s=asked.timeout_s,
            requests_per_day=asked.requests_per_day,
        )
    return AnalyzeOrders(
        preview=orders.facade.previewing,
        market=market.view,
        history=ReadReturns(market=market.view),
        market_clock=market.clock,
        instruments=market.instruments,
        limits=PreTradeLimits(
            sector=_fraction(own.sector_percent),
            name=_fraction(own.name_percent),
            cost=_fraction(own.cost_percent),
            marginal_var=_fraction(own.marginal_var_percent),
            margin_buffer=_fraction(own.margin_buffer_percent),
        ),
        advice=advice,
    )


def _fraction(percent: Decimal) -> Decimal:
    return percent / 100
