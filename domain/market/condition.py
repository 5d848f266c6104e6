"""Hold whether the market's word can be relied on at a moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketCondition:
    """How feed and venue are at the time of a decision, whatever the market's clock says.

    down names what is down or silent beyond its own beat, and why; empty when nothing is.
    ended: the data has ended, and no price will follow. no_broker: the account's broker, where
    none of that name is set.
    """

    down: str = ""
    ended: bool = False
    no_broker: str = ""


WELL = MarketCondition()
