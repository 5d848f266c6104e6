"""What every source of market events promises, whatever kinds of them it tells."""

import itertools
import math
from abc import abstractmethod
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Protocol

import pytest

from domain.market.prices import (
    DividendEffective,
    MarketEvent,
    Quote,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    TradedVolume,
    event_time,
)
from domain.shared.values import InvalidValue
from ports.market import MarketDataCorrupt
from ports.market_source import MarketSource, Moment
from tests.contracts.contract import Contract
from tests.contracts.market.playing import taken, told
from tests.contracts.market.sample import DIVIDEND, SPLIT, weekdays

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


class Make(Protocol):
    """Make a source of the sample market, with a flaw if one is asked for."""

    async def __call__(self, flaw: Flaw | None = None, /) -> MarketSource:
        """Return it, started; with a flaw it may raise as its moments would."""
        ...


class SourceContract(Contract):
    """Subclasses give `make`, which makes sources of the sample market.

    What a source says is held to the kinds of events that it declares, no more and no fewer.
    """

    @pytest.fixture
    @abstractmethod
    def make(self) -> Make: ...

    async def test_it_tells_the_kinds_that_it_declares_and_no_others(self, make: Make) -> None:
        source = await make()
        assert {type(event) for event in await told(source)} == source.abilities.tells

    async def test_times_have_a_zone_and_never_go_back(self, make: Make) -> None:
        moments = await taken(await make())
        times = [moment.at for moment in moments]
        assert times
        assert all(at.utcoffset() == timedelta(0) for at in times)
        assert times == sorted(times)
        for moment in moments:
            assert {event_time(event) for event in moment.events} == {moment.at}

    async def test_every_figure_is_a_finite_number(self, make: Make) -> None:
        source = await make()
        dues = [source.abilities.silence_s]
        for moment in await taken(source):
            dues.append(moment.next_in_s)
            for event in moment.events:
                assert all(figure.is_finite() for figure in _figures(event))
        assert all(due is None or 0 <= due < math.inf for due in dues)

    async def test_asking_for_the_next_moment_acknowledges_the_one_before(self, make: Make) -> None:
        whole = await taken(await make())
        source = await make()
        heard: list[Moment] = []
        # Each time it is broken off at the second moment, of which nobody says anything.
        for _ in whole:
            assert not source.ended()
            begun = await taken(source, most=2)
            if heard:
                assert begun[:1] == heard[-1:]
            heard += begun[1:] if heard else begun
        assert heard == whole
        assert source.ended()
        assert await taken(source) == []

    async def test_what_was_known_before_lies_before_the_next_moment(self, make: Make) -> None:
        source = await make()
        for _ in range(20):
            known = source.known()
            assert known.at.utcoffset() == timedelta(0)
            assert known.since is None or known.since <= known.at
            events = list(known.events)
            assert {type(event) for event in events} <= source.abilities.tells
            assert all(event_time(event) <= known.at for event in events)
            begun = await taken(source, most=2)
            assert known.at <= begun[0].at
            assert not set(events) & set(begun[0].events)

    async def test_what_is_no_price_ends_it_and_nothing_of_it_is_told(self, make: Make) -> None:
        for flaw in (Flaw.NOT_A_NUMBER, Flaw.UNENDING, Flaw.ZERO):
            await _is_refused(make, flaw)

    async def test_what_goes_back_in_time_ends_it(self, make: Make) -> None:
        await _is_refused(make, Flaw.BACKWARDS)

    async def test_a_gap_is_refused_or_left_and_never_filled(self, make: Make) -> None:
        try:
            events = await told(await make(Flaw.GAP))
        except UNFIT:
            return
        of_it = [event for event in events if _symbol(event) == FLAWED]
        assert of_it
        assert [event for event in of_it if _day(event) == FLAWED_DAY] == []

    async def test_a_day_opens_trades_closes_in_order(self, make: Make) -> None:
        source = await make()
        events = await told(source)
        if SessionOpened not in source.abilities.tells:
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

    async def test_a_quote_follows_the_trade_it_tells_of(self, make: Make) -> None:
        source = await make()
        events = await told(source)
        if TradedVolume not in source.abilities.tells:
            return
        for before, after in itertools.pairwise(events):
            if isinstance(after, Quote):
                assert isinstance(before, TradedVolume)
                assert (before.symbol, before.at) == (after.symbol, after.at)
                assert before.path[-1] == after.last

    async def test_a_split_is_told_once_between_the_prices_of_old_and_new_shares(
        self, make: Make
    ) -> None:
        source = await make()
        events = await told(source)
        if SplitEffective not in source.abilities.tells:
            return
        (at,) = (i for i, event in enumerate(events) if isinstance(event, SplitEffective))
        split = events[at]
        assert isinstance(split, SplitEffective)
        assert split.split == SPLIT
        of_it = [i for i, event in enumerate(events) if _symbol(event) == SPLIT.symbol]
        old = [i for i in of_it if _day(events[i]) < SPLIT.ex_date]
        new = [i for i in of_it if _day(events[i]) >= SPLIT.ex_date and i != at]
        assert old
        assert new
        assert max(old) < at < min(new)

    async def test_a_dividend_is_told_once_before_the_first_price_without_it(
        self, make: Make
    ) -> None:
        source = await make()
        events = await told(source)
        if DividendEffective not in source.abilities.tells:
            return
        (at,) = (i for i, event in enumerate(events) if isinstance(event, DividendEffective))
        dividend = events[at]
        assert isinstance(dividend, DividendEffective)
        assert dividend.dividend == DIVIDEND
        of_it = [i for i, event in enumerate(events) if _symbol(event) == DIVIDEND.symbol]
        assert max(i for i in of_it if _day(events[i]) < DIVIDEND.ex_date) < at
        assert at < min(i for i in of_it if _day(events[i]) >= DIVIDEND.ex_date)


async def _is_refused(make: Make, flaw: Flaw) -> None:
    try:
        source = await make(flaw)
    except UNFIT:
        return
    events = await _until_refused(source)
    times = [event_time(event) for event in events]
    assert times == sorted(times)
    figures = [figure for event in events for figure in _figures(event)]
    assert all(figure.is_finite() and figure > 0 for figure in figures)
    # Whoever runs it anew is not led past what is unfit.
    assert await _until_refused(source) == []


async def _until_refused(source: MarketSource) -> list[MarketEvent]:
    events: list[MarketEvent] = []

    async def tell() -> None:
        async for moment in source.moments():
            events.extend(moment.events)

    with pytest.raises(UNFIT):
        await tell()
    return events


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
