"""One board shows any source: what it needs is what the source declares."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.market_data.board import MarketBoard
from adapters.memory.time import ManualClock
from domain.market.prices import MarketEvent, Quote, TradedVolume
from ports.market import MarketDataCorrupt
from ports.market_source import KnownBefore, Moment, SourceAbilities
from tests.unit.adapters.market_data.replays import Crash, Recorder

AT = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)


class QuoteStream:
    """A live source of nothing but quotes, as an exchange's ticker is."""

    abilities = SourceAbilities(tells=frozenset({Quote}), silence_s=5.0)

    def __init__(self, *moments: Moment) -> None:
        self._left = list(moments)

    def known(self) -> KnownBefore:
        return KnownBefore(at=AT)

    async def moments(self) -> AsyncIterator[Moment]:
        while self._left:
            yield self._left[0]
            del self._left[0]

    def ended(self) -> bool:
        return not self._left


def quote(price: int, *, symbol: str = "QX") -> Quote:
    at = AT + timedelta(seconds=price)
    last = Decimal(price)
    return Quote(symbol=symbol, bid=last, ask=last, last=last, at=at)


def moment(*events: MarketEvent, next_in_s: float | None = 5.0) -> Moment:
    return Moment(at=AT + timedelta(seconds=1), events=events, next_in_s=next_in_s)


def board_of(*moments: Moment) -> MarketBoard:
    board = MarketBoard(source=QuoteStream(*moments), clock=ManualClock(AT))
    board.stand()
    return board


async def test_quotes_alone_make_a_market() -> None:
    board, recorder = board_of(moment(quote(1), quote(2))), Recorder()
    board.subscribe(recorder)
    assert (board.now(), board.quote("QX")) == (AT, None)
    await board.run()
    assert recorder.events == [quote(1), quote(2)]
    assert board.quote("QX") == quote(2)
    assert board.now() == AT + timedelta(seconds=1)
    # What nobody told is not known: whatever needs it denies.
    assert board.average_daily_volume("QX") is None
    assert not board.bars("QX", count=1)
    assert board.splits("QX").since is None


async def test_what_was_not_declared_stops_the_board_before_anybody_sees_it() -> None:
    undeclared = TradedVolume(symbol="QX", at=AT, path=(Decimal(1),), volume=Decimal(1))
    board, recorder = board_of(moment(quote(1), undeclared)), Recorder()
    board.subscribe(recorder)
    with pytest.raises(MarketDataCorrupt, match="tells of TradedVolume, which it did not declare"):
        await board.run()
    assert recorder.events == [quote(1)]
    assert "it failed" in board.problem()


async def test_neither_time_that_goes_back_nor_a_price_of_nothing_is_shown() -> None:
    earlier = Moment(at=AT - timedelta(days=1), events=(quote(2),), next_in_s=5.0)
    for wrong, said in ((earlier, "went back"), (moment(quote(0)), "not above zero")):
        board, recorder = board_of(moment(quote(1)), wrong), Recorder()
        board.subscribe(recorder)
        with pytest.raises(MarketDataCorrupt, match=said):
            await board.run()
        assert (board.quote("QX"), recorder.events) == (quote(1), [quote(1)])
        assert "it failed" in board.problem()


async def test_a_source_that_begins_anew_repeats_nothing_that_everybody_has() -> None:
    board, recorder = board_of(moment(quote(1), quote(2)), moment(quote(3))), Recorder(dies_at=1)
    first = Recorder()
    board.subscribe(first)
    board.subscribe(recorder)
    with pytest.raises(Crash):
        await board.run()
    await board.run()
    assert recorder.events == [quote(1), quote(2), quote(3)]
    # Whoever had the event before the other failed gets that one again.
    assert first.events == [quote(1), quote(2), quote(2), quote(3)]


async def test_two_moments_that_are_alike_are_two() -> None:
    board, recorder = board_of(moment(quote(1)), moment(quote(1))), Recorder(dies_at=1)
    board.subscribe(recorder)
    with pytest.raises(Crash):
        await board.run()
    await board.run()
    assert recorder.events == [quote(1), quote(1)]


@pytest.mark.parametrize("due_s", [5.0, None])
async def test_silence_is_told_where_the_source_says_that_it_means_something(
    due_s: float | None,
) -> None:
    clock, heard = ManualClock(AT), list[str]()

    class Slow(QuoteStream):
        async def moments(self) -> AsyncIterator[Moment]:
            yield moment(quote(1), next_in_s=due_s)
            for _ in range(2):
                clock.advance(6)
                heard.append(board.problem())

    board = MarketBoard(source=Slow(moment(quote(2))), clock=clock)
    board.stand()
    await board.run()
    assert ["silent" in problem for problem in heard] == [False, due_s is not None]
