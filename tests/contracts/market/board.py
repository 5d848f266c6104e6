"""What every board of prices promises: the clock and the view that the gate reads."""

from abc import abstractmethod
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

import pytest

from domain.market.latest import AVERAGE_VOLUME_DAYS, BARS_KEPT
from domain.market.prices import (
    Bar,
    MarketEvent,
    Quote,
    SplitEffective,
    event_time,
)
from domain.shared.values import InvalidValue
from ports.market import MarketClock, MarketFeed, MarketView
from tests.contracts.contract import Contract
from tests.contracts.market.playing import watched
from tests.contracts.market.sample import DAYS, SPLIT


class Market(MarketFeed, MarketClock, MarketView, Protocol):
    """A board with the feed that fills it."""


class BoardContract(Contract):
    """Subclasses give `market`, whose run() delivers the sample market, and what fills it.

    tells are the kinds of events that come: what no event told is not known.
    """

    @pytest.fixture
    @abstractmethod
    def market(self) -> Market: ...

    @pytest.fixture
    @abstractmethod
    def tells(self) -> frozenset[type[MarketEvent]]: ...

    async def test_nothing_is_known_before_the_first_event(self, market: Market) -> None:
        assert market.quote("AAA") is None
        assert market.average_daily_volume("AAA") is None
        assert market.bars("AAA", count=5) == ()

    async def test_the_clock_shows_the_time_of_the_event_being_delivered(
        self, market: Market
    ) -> None:
        times: list[tuple[datetime, datetime]] = []
        async with watched(market, lambda event: times.append((market.now(), event_time(event)))):
            pass
        assert times
        assert all(now == at for now, at in times)
        assert [now for now, _ in times] == sorted(now for now, _ in times)

    async def test_each_event_reaches_all_listeners_before_the_next_in_their_order(
        self, market: Market
    ) -> None:
        heard: list[tuple[str, MarketEvent]] = []

        async def first(event: MarketEvent) -> None:
            heard.append(("first", event))

        async def second(event: MarketEvent) -> None:
            heard.append(("second", event))

        market.subscribe(first)
        market.subscribe(second)
        await market.run()
        assert heard
        assert [name for name, _ in heard] == ["first", "second"] * (len(heard) // 2)
        assert all(heard[i][1] is heard[i + 1][1] for i in range(0, len(heard), 2))

    async def test_the_view_knows_an_event_before_its_listeners(
        self, market: Market, tells: frozenset[type[MarketEvent]]
    ) -> None:
        def look(event: MarketEvent) -> None:
            match event:
                case Quote():
                    assert market.quote(event.symbol) == event
                case Bar():
                    assert market.bars(event.symbol, count=1) == (event,)
                case _:
                    pass

        async with watched(market, look) as events:
            pass
        assert {type(event) for event in events} == tells
        bars = sum(isinstance(event, Bar) for event in events)
        assert bars == (2 * DAYS - 2 if Bar in tells else 0)

    async def test_the_average_volume_needs_twenty_days_in_units_of_today(
        self, market: Market, tells: frozenset[type[MarketEvent]]
    ) -> None:
        volumes: dict[str, list[Decimal]] = {"AAA": [], "BBB": []}

        def look(event: MarketEvent) -> None:
            if isinstance(event, SplitEffective):
                symbol = event.split.symbol
                volumes[symbol] = [each * event.split.ratio for each in volumes[symbol]]
            if isinstance(event, Bar):
                volumes[event.symbol].append(event.volume)
                recent = volumes[event.symbol][-AVERAGE_VOLUME_DAYS:]
                known = len(recent) == AVERAGE_VOLUME_DAYS
                expected = sum(recent, Decimal(0)) / AVERAGE_VOLUME_DAYS if known else None
                assert market.average_daily_volume(event.symbol) == expected

        async with watched(market, look):
            pass
        assert len(volumes["BBB"]) == (DAYS - 2 if Bar in tells else 0)
        assert (market.average_daily_volume("BBB") is None) is (Bar not in tells)

    async def test_a_split_restates_quote_and_bars_before_its_listeners(
        self, market: Market, tells: frozenset[type[MarketEvent]]
    ) -> None:
        quoted: dict[str, Quote] = {}
        closed: dict[str, Bar] = {}
        splits: list[MarketEvent] = []

        def look(event: MarketEvent) -> None:
            match event:
                case Quote():
                    quoted[event.symbol] = event
                case Bar():
                    closed[event.symbol] = event
                case SplitEffective():
                    splits.append(event)
                    quote = market.quote(SPLIT.symbol)
                    assert quote is not None
                    assert quote.last * SPLIT.ratio == quoted[SPLIT.symbol].last
                    assert quote.at == quoted[SPLIT.symbol].at
                    bar = market.bars(SPLIT.symbol, count=1)[0]
                    assert bar.close * SPLIT.ratio == closed[SPLIT.symbol].close
                    assert bar.volume == closed[SPLIT.symbol].volume * SPLIT.ratio
                    assert market.quote("AAA") == quoted["AAA"]
                case _:
                    pass

        async with watched(market, look):
            pass
        assert len(splits) == (SplitEffective in tells)

    async def test_a_split_is_remembered_before_its_listeners_hear_of_it(
        self, market: Market, tells: frozenset[type[MarketEvent]]
    ) -> None:
        seen = []

        def look(event: MarketEvent) -> None:
            known = market.splits(SPLIT.symbol)
            if isinstance(event, SplitEffective):
                seen.append(event)
                assert known.splits == (event,)
                assert known.after(event.at) == ()
                assert known.since is not None
                assert known.after(known.since) == (event,)
                assert known.after(known.since - timedelta(microseconds=1)) is None
            assert (known.splits == ()) is (seen == [])

        async with watched(market, look):
            pass
        assert len(seen) == (SplitEffective in tells)

    async def test_bars_come_oldest_first_and_no_more_than_asked(
        self, market: Market, tells: frozenset[type[MarketEvent]]
    ) -> None:
        await market.run()
        bars = market.bars("AAA", count=BARS_KEPT)
        assert len(bars) == (DAYS if Bar in tells else 0)
        assert [each.closed_at for each in bars] == sorted(each.closed_at for each in bars)
        assert market.bars("AAA", count=7) == tuple(bars)[-7:]
        with pytest.raises(InvalidValue):
            market.bars("AAA", count=0)
