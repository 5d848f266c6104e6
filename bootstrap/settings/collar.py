"""List the settings of how far buys without a limit may run away from the quote."""

from dataclasses import dataclass
from decimal import Decimal

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class CollarSettings:
    """How far beyond the quote a buy without a limit is reserved, and capped at the venue."""

    market_percent: Decimal = setting(
        Decimal(10), "Percent above the ask, or the trigger, in an open market.", low=0, high=100
    )
    opening_percent: Decimal = setting(
        Decimal(20),
        "The same for what was taken while the market is closed, `opg` too: over the close.",
        low=0,
        high=100,
    )
