"""Say whether the market can be relied on: the feed for all, each venue for its accounts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.market.condition import WELL, MarketCondition

# Says why something cannot be relied on, empty while it can: in memory, and at once.
Problem = Callable[[], str]
_DETAIL_MAX = 300
_ENDED = MarketCondition(ended=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How the feed is, and each broker by its name."""

    feed: Problem
    has_ended: Callable[[], bool]
    brokers: Mapping[str, Problem]

    def __call__(self, broker: str) -> MarketCondition:
        """Return the condition for a broker's accounts."""
        venue = self.brokers.get(broker)
        if venue is None:
            return MarketCondition(no_broker=broker)
        feed, at_venue = self.feed(), venue()
        if feed or at_venue:
            down = _told({"market_feed": feed, self.named(broker): at_venue})
            return MarketCondition(down=down)
        return _ENDED if self.has_ended() else WELL

    def of_all(self) -> str:
        """Say what keeps every account from opening."""
        told = {self.named(broker): problem() for broker, problem in self.brokers.items()}
        feed = self.feed()
        return _told({"market_feed": feed, **told}) if feed or all(told.values()) else ""

    def of_some(self) -> str:
        """Say what is wrong with which broker."""
        return _told({self.named(name): problem() for name, problem in self.brokers.items()})

    def named(self, broker: str) -> str:
        """Name a broker as health does: the first one, or the only, without its name."""
        return "broker" if broker == next(iter(self.brokers), broker) else f"broker_{broker}"


def _told(problems: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {one}" for name, one in problems.items() if one)[:_DETAIL_MAX]
