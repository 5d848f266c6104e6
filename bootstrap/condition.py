"""Tell the gate how the market is: what is of this process is asked, the rest was heard."""

from functools import partial

from bootstrap.areas.market import MarketParts
from bootstrap.areas.orders import BrokerParts
from bootstrap.health import HealthBoard
from bootstrap.others import SILENT_S
from bootstrap.roles import Plan, Role
from domain.market.condition import WELL, MarketCondition
from ports.market import ReadCondition, ReplayState

_ENDED = MarketCondition(ended=True)
_DETAIL_MAX = 300


def build_condition(
    *, parts: MarketParts, broker: BrokerParts, health: HealthBoard, plan: Plan
) -> ReadCondition:
    """Return what is asked with every decision: both are named by their components."""
    feed = parts.feed
    venue = broker.problem
    if Role.DISPATCH not in plan.roles:
        venue = partial(health.problem, "broker", silent_s=SILENT_S)

    def condition() -> MarketCondition:
        of_feed, of_venue = feed.problem(), venue()
        if of_feed or of_venue:
            named = (("market_feed", of_feed), ("broker", of_venue))
            return MarketCondition(
                down="; ".join(f"{name}: {problem}" for name, problem in named if problem)[
                    :_DETAIL_MAX
                ]
            )
        return _ENDED if feed.state() is ReplayState.FINISHED else WELL

    return condition
