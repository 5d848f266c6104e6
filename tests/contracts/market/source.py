"""What every source of market events promises, whatever kinds of them it tells."""

import itertools
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, auto

import pytest

from domain.market.prices import (
    MarketEvent,
    Quote,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    Traded,
    event_time,
)
from domain.shared.values import InvalidValue
from ports.market import MarketDataCorrupt, MarketFeed
from tests.contracts.contract import Contract
from tests.contracts.market.playing import played
from tests.contracts.market.sample import SPLIT, weekdays

# The day that flaws are of, and what is flawed on it.
FLAWED_DAY = weekdays()[4]
FLAWED = "AAA"
UNFIT = (MarketDataCorrupt, InvalidValue)


class Flaw(Enum):
    """What is wrong with the data of FLAWED on FLAWED_DAY."""

    GAP = auto()  # there are none
    NOT_A_NUMBER = auto()
    UNENDING = auto()  # a price without bounds
    ZERO = auto()  # a price that is none
    BACKWARDS = auto()  # they stand before those of the day before


Flawed = Callable[[Flaw], Awaitable[MarketFeed]]


class SourceContract(Contract):
    """Subclasses give `source`, which plays the sample market, `flawed` and `kinds`.

    flawed returns one whose data has a flaw, or raises as its run would. kinds are the types
    of events that it tells; what they say is held to, and that it tells no others.
    """

    @pytest.fixture
    @abstractmethod
    def source(self) -> MarketFeed: ...

    @pytest.fixture
    @abstractmethod
    def flawed(self) -> Flawed: ...

    @pytest.fixture
    @abstractmethod
    def kinds(self) -> frozenset[type]: ...

    async def test_it_tells_the_kinds_that_it_declares_and_no_others(
        self, source: MarketFeed, kinds: frozenset[type]
    ) -> None:
        assert {type(event) for event in await played(source)} == kinds

    async def test_times_have_a_zone_and_never_go_back(self, source: MarketFeed) -> None:
        times = [event_time(event) for event in await played(source)]
        assert times
        assert all(at.utcoffset() == timedelta(0) for at in times)
        assert times == sorted(times)

    async def test_every_figure_is_a_finite_number(self, source: MarketFeed) -> None:
        for event in await played(source):
            assert all(figure.is_finite() for figure in _figures(event))

    async def test_each_event_reaches_all_listeners_before_the_next_in_their_order(
        self, source: MarketFeed
    ) -> None:
        heard: list[tuple[str, MarketEvent]] = []

        async def first(event: MarketEvent) -> None:
            heard.append(("first", event))

        async def second(event: MarketEvent) -> None:
            heard.append(("second", event))

        source.subscribe(first)
        source.subscribe(second)
        await source.run()
        assert heard
        assert [name for name, _ in heard] == ["first", "second"] * (len(heard) // 2)
        assert all(heard[i][1] is heard[i + 1][1] for i in range(0, len(heard), 2))

    async def test_what_is_no_price_ends_it_and_nothing_of_it_is_told(self, flawed: Flawed) -> None:
        for flaw in (Flaw.NOT_A_NUMBER, Flaw.UNENDING, Flaw.ZERO):
            await _is_refused(flawed, flaw)

    async def test_what_goes_back_in_time_ends_it(self, flawed: Flawed) -> None:
        await _is_refused(flawed, Flaw.BACKWARDS)

    async def test_a_gap_is_refused_or_left_and_never_filled(self, flawed: Flawed) -> None:
        try:
            events = await played(await flawed(Flaw.GAP))
        except UNFIT:
            return
        told = [event for event in events if _symbol(event) == FLAWED]
        assert told
        assert [event for event in told if _day(event) == FLAWED_DAY] == []

    async def test_a_day_opens_trades_closes_in_order(
        self, source: MarketFeed, kinds: frozenset[type]
    ) -> None:
        events = await played(source)
        if SessionOpened not in kinds:
            return
        inside = False
        for event in events:
            match event:
                case SessionOpened():
                    assert not inside
                    inside = True
                case SessionClosed():
                    assert inside
                    inside = False
                case SplitEffective():
                    assert not inside
                case _:
                    assert inside
        assert not inside

    async def test_a_quote_follows_the_trade_it_tells_of(
        self, source: MarketFeed, kinds: frozenset[type]
    ) -> None:
        events = await played(source)
        if Traded not in kinds:
            return
        for before, after in itertools.pairwise(events):
            if isinstance(after, Quote):
                assert isinstance(before, Traded)
                assert (before.symbol, before.at) == (after.symbol, after.at)
                assert before.path[-1] == after.last

    async def test_a_split_is_told_once_between_the_prices_of_old_and_new_shares(
        self, source: MarketFeed, kinds: frozenset[type]
    ) -> None:
        events = await played(source)
        if SplitEffective not in kinds:
            return
        (at,) = (i for i, event in enumerate(events) if isinstance(event, SplitEffective))
        told = events[at]
        assert isinstance(told, SplitEffective)
        assert told.split == SPLIT
        of_it = [i for i, event in enumerate(events) if _symbol(event) == SPLIT.symbol]
        old = [i for i in of_it if _day(events[i]) < SPLIT.ex_date]
        new = [i for i in of_it if _day(events[i]) >= SPLIT.ex_date and i != at]
        assert old
        assert new
        assert max(old) < at < min(new)


async def _is_refused(flawed: Flawed, flaw: Flaw) -> None:
    events: list[MarketEvent] = []

    async def listen(event: MarketEvent) -> None:
        events.append(event)

    async def play() -> None:
        source = await flawed(flaw)
        source.subscribe(listen)
        await source.run()

    with pytest.raises(UNFIT):
        await play()
    times = [event_time(event) for event in events]
    assert times == sorted(times)
    figures = [figure for event in events for figure in _figures(event)]
    assert all(figure.is_finite() and figure > 0 for figure in figures)


def _figures(event: MarketEvent) -> list[Decimal]:
    values = [getattr(event, field.name) for field in fields(event)]
    told = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    return [one for one in told if isinstance(one, Decimal)]


def _symbol(event: MarketEvent) -> str:
    if isinstance(event, SplitEffective):
        return event.split.symbol
    return getattr(event, "symbol", "")


def _day(event: MarketEvent) -> date:
    return event_time(event).date()
