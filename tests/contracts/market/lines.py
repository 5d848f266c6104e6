"""The sample market's quotes as lines of text, and the example source over them."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime

from adapters.market_data.board import MarketBoard
from adapters.memory.time import ManualClock
from domain.market.prices import Quote
from tests import builders
from tests.contracts.market.flaws import events_of
from tests.contracts.market.quotes import QuoteLines
from tests.contracts.market.sample import before_first, history
from tests.contracts.market.source import FLAWED, FLAWED_DAY, Flaw, Make

WRONG = {Flaw.NOT_A_NUMBER: "NaN", Flaw.UNENDING: "Infinity", Flaw.ZERO: "0"}


def sample(flaw: Flaw | None = None) -> list[str]:
    """Return the sample market's quotes as lines, with a flaw if one is asked for."""
    told = [event for event in events_of(history()) if isinstance(event, Quote)]
    of_day = [one for one in told if (one.symbol, one.at.date()) == (FLAWED, FLAWED_DAY)]
    match flaw:
        case None:
            return [line(one) for one in told]
        case Flaw.GAP:
            return [line(one) for one in told if one not in of_day]
        case Flaw.BACKWARDS:
            return [line(one) for one in [*of_day, *(x for x in told if x not in of_day)]]
        case Flaw.NOT_A_NUMBER | Flaw.UNENDING | Flaw.ZERO:
            wrong = WRONG[flaw]
            return [line(one, last=wrong if one in of_day else None) for one in told]


def line(quote: Quote, *, last: str | None = None) -> str:
    """Write a quote down."""
    prices = f"{quote.bid},{quote.ask},{last or quote.last}"
    return f"{quote.symbol},{prices},{quote.at.isoformat()}\n"


async def as_they_come(lines: Iterable[str]) -> AsyncIterator[str]:
    for one in lines:
        yield one


def of_lines(
    lines: Sequence[str],
    *,
    made: type[QuoteLines] = QuoteLines,
    begins: datetime = builders.MARKET_AT,
) -> QuoteLines:
    return made(as_they_come(lines), begins=begins)


def board_over(source: QuoteLines, *, made: type[MarketBoard] = MarketBoard) -> MarketBoard:
    board = made(source=source, clock=ManualClock(builders.AT))
    board.stand()
    return board


def making(made: type[QuoteLines]) -> Make:
    async def make(flaw: Flaw | None = None) -> QuoteLines:
        return of_lines(sample(flaw), made=made, begins=before_first())

    return make
