"""A source or a board that lies fails its suite, where it lies."""

import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from adapters.market_data.board import MarketBoard
from domain.market.prices import Bar, Quote
from ports.market import Listener, MarketDataCorrupt
from ports.market_source import KnownBefore, Moment
from tests.contracts.market.board import BoardContract
from tests.contracts.market.lines import board_over, making, of_lines, sample
from tests.contracts.market.quotes import QuoteLines
from tests.contracts.market.sample import before_first
from tests.contracts.market.source import FLAWED, FLAWED_DAY, SourceContract

ACKNOWLEDGED = "test_asking_for_the_next_moment_acknowledges_the_one_before"
GAP = "test_a_gap_is_refused_or_left_and_never_filled"
BACK = "test_what_goes_back_in_time_ends_it"
KINDS = "test_it_tells_the_kinds_that_it_declares_and_no_others"
KNOWN = "test_what_was_known_before_lies_before_the_next_moment"
LISTENERS = "test_each_event_reaches_all_listeners_before_the_next_in_their_order"
NO_PRICE = "test_what_is_no_price_ends_it_and_nothing_of_it_is_told"
TIMES = "test_times_have_a_zone_and_never_go_back"


class PassesOver(QuoteLines):
    """Leaves out what it cannot read, as if it had never been."""

    async def moments(self) -> AsyncIterator[Moment]:
        while not self.ended():
            try:
                async for moment in super().moments():
                    yield moment
            except MarketDataCorrupt:
                self._line = None


class FillsGaps(QuoteLines):
    """Tells the last price again where there is none."""

    _last: Quote | None = None

    async def moments(self) -> AsyncIterator[Moment]:
        async for moment in super().moments():
            (quote,) = moment.events
            assert isinstance(quote, Quote)
            if quote.symbol == FLAWED:
                before, self._last = self._last, quote
                if before is not None and quote.at.date() > FLAWED_DAY > before.at.date():
                    made_up = datetime.combine(FLAWED_DAY, before.at.timetz())
                    yield Moment(at=made_up, events=(replace(before, at=made_up),))
            yield moment


class GoesBack(QuoteLines):
    """Tells what it gets in whatever order it comes."""

    def __init__(self, lines: AsyncIterator[str], *, begins: datetime) -> None:
        super().__init__(self._forgetful(lines, begins), begins=begins)

    async def _forgetful(self, lines: AsyncIterator[str], begins: datetime) -> AsyncIterator[str]:
        async for line in lines:
            self._latest = begins
            yield line


class TellsLocalTime(QuoteLines):
    """Tells times as the clock on its wall shows them."""

    async def moments(self) -> AsyncIterator[Moment]:
        async for moment in super().moments():
            (quote,) = moment.events
            assert isinstance(quote, Quote)
            wall = quote.at.astimezone(timezone(timedelta(hours=1)))
            yield Moment(at=wall, events=(replace(quote, at=wall),))


class TellsMore(QuoteLines):
    """Makes bars of quotes, and says nothing of it."""

    async def moments(self) -> AsyncIterator[Moment]:
        async for moment in super().moments():
            (quote,) = moment.events
            assert isinstance(quote, Quote)
            at, flat = quote.at, dict.fromkeys(("open", "high", "low", "close"), quote.last)
            bar = Bar(symbol=quote.symbol, opened_at=at, closed_at=at, volume=Decimal(1), **flat)
            yield replace(moment, events=(quote, bar))


class LosesWhatBrokeOff(QuoteLines):
    """Takes a moment for delivered as soon as it is told."""

    async def moments(self) -> AsyncIterator[Moment]:
        async for moment in super().moments():
            self._line = None
            yield moment


class KnowsAhead(QuoteLines):
    """Says that it was later than it is."""

    def known(self) -> KnownBefore:
        return KnownBefore(at=self._latest + timedelta(days=7))


class TellsTheLastFirst(MarketBoard):
    """Turns the order of its listeners round."""

    def subscribe(self, listener: Listener) -> None:
        self._listeners = (listener, *self._listeners)


@pytest.mark.parametrize(
    ("liar", "fails"),
    [
        (QuoteLines, set()),
        (PassesOver, {NO_PRICE, BACK}),
        (FillsGaps, {GAP}),
        (GoesBack, {BACK}),
        (TellsLocalTime, {TIMES}),
        (TellsMore, {KINDS}),
        (LosesWhatBrokeOff, {ACKNOWLEDGED}),
        (KnowsAhead, {KNOWN}),
    ],
)
async def test_a_source_that_lies_fails_where_it_lies(
    liar: type[QuoteLines], fails: set[str]
) -> None:
    assert await failed(SourceContract, lambda: {"make": making(liar)}) == fails


@pytest.mark.parametrize(
    ("liar", "fails"), [(MarketBoard, set()), (TellsTheLastFirst, {LISTENERS})]
)
async def test_a_board_that_lies_fails_where_it_lies(
    liar: type[MarketBoard], fails: set[str]
) -> None:
    def given() -> dict[str, object]:
        source = of_lines(sample(), begins=before_first())
        return {"market": board_over(source, made=liar), "tells": source.abilities.tells}

    assert await failed(BoardContract, given) == fails


async def failed(suite: Any, given: Callable[[], Mapping[str, object]]) -> set[str]:
    """Return the tests of a suite that fail with what it is given."""
    names = [name for name in dir(suite) if name.startswith("test_")]
    return {name for name in names if await _fails(getattr(suite(), name), given())}


async def _fails(test: Any, given: Mapping[str, object]) -> bool:
    try:
        await test(**{name: given[name] for name in inspect.signature(test).parameters})
    # A failed `pytest.raises` is no Exception.
    except (AssertionError, pytest.fail.Exception):
        return True
    return False
