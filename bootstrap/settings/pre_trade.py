"""List the settings of the analysis of orders before they are sent."""

from dataclasses import dataclass
from decimal import Decimal

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PreTradeSettings:
    """At what value each part of a rating is full, so that the rating is DANGER."""

    sector_percent: Decimal = setting(
        Decimal(25), "Exposure of a traded sector, in percent of the equity.", low=1, high=1_000
    )
    name_percent: Decimal = setting(
        Decimal(10), "Worth of a traded position, in percent of the equity.", low=1, high=1_000
    )
    cost_percent: Decimal = setting(
        Decimal(1),
        "Half the spread and the impact on the price, in percent of what is traded.",
        low=0.01,
        high=100,
    )
    marginal_var_percent: Decimal = setting(
        Decimal(2),
        "What is added to the day's value at risk at 99 %, in percent of the equity.",
        low=0.01,
        high=100,
    )
    margin_buffer_percent: Decimal = setting(
        Decimal(15),
        "The least share of the equity that must lie above the margin required.",
        low=0,
        high=99,
    )
