"""The sample market with what can be wrong about it, for sources that play a price history."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from adapters.market_data.replay.history import DailyPrice, PriceHistory, trading_days
from adapters.market_data.replay.intraday import Step, day_steps
from domain.market.prices import MarketEvent
from tests.contracts.market.sample import CALENDAR, calendars, history
from tests.contracts.market.source import FLAWED, FLAWED_DAY, Flaw


def flawed_history(flaw: Flaw | None) -> PriceHistory:
    """Return the sample prices, with a flaw if one is asked for."""
    sound = history()
    if flaw is None:
        return sound
    rows = _flawed(sound.prices[FLAWED], flaw)
    return replace(sound, prices={**sound.prices, FLAWED: rows})


def events_of(prices: PriceHistory) -> Sequence[MarketEvent]:
    """Return the market events of a history."""
    steps: list[Step] = []
    for day in trading_days(prices, calendars=calendars()):
        steps += day_steps(day, calendar=CALENDAR, half_spread_ticks=1)
    return [event for step in steps for event in step.events]


def _flawed(rows: Sequence[DailyPrice], flaw: Flaw) -> Sequence[DailyPrice]:
    (at,) = (index for index, row in enumerate(rows) if row.date == FLAWED_DAY)
    day = rows[at]
    match flaw:
        case Flaw.GAP:
            return [*rows[:at], *rows[at + 1 :]]
        case Flaw.NOT_A_NUMBER:
            return [*rows[:at], replace(day, close=Decimal("NaN")), *rows[at + 1 :]]
        case Flaw.UNENDING:
            return [*rows[:at], replace(day, high=Decimal("Infinity")), *rows[at + 1 :]]
        case Flaw.ZERO:
            return [*rows[:at], replace(day, low=Decimal(0)), *rows[at + 1 :]]
        case Flaw.BACKWARDS:
            return [*rows[: at - 1], day, rows[at - 1], *rows[at + 1 :]]
