"""The memory market refuses to go back in time; its calendars open on weekdays only."""

import asyncio
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.memory.market import (
    MemoryCalendars,
    MemoryInstruments,
    MemoryMarket,
    weekday_calendar,
)
from domain.market.instruments import Instrument
from domain.market.prices import MarketEvent, Quote
from ports.market import MarketDataCorrupt

AT = datetime.fromisoformat("2024-01-02T17:00:00Z")


def quote(at: datetime) -> Quote:
    return Quote(symbol="AAA", bid=Decimal(1), ask=Decimal(3), last=Decimal(2), at=at)


async def test_an_event_from_the_past_is_refused_and_changes_nothing() -> None:
    market = MemoryMarket(at=AT)
    with pytest.raises(MarketDataCorrupt, match="cannot go to"):
        await market.publish(quote(AT - timedelta(microseconds=1)))
    assert market.quote("AAA") is None
    assert market.now() == AT


async def test_what_is_recorded_is_known_but_not_delivered() -> None:
    market = MemoryMarket(at=AT)
    heard: list[MarketEvent] = []

    async def listen(event: MarketEvent) -> None:
        heard.append(event)

    market.subscribe(listen)
    market.record(quote(AT))
    assert market.quote("AAA") == quote(AT)
    assert heard == []
    await market.publish(quote(AT))
    assert heard == [quote(AT)]


async def test_a_run_lasts_until_the_market_is_ended() -> None:
    market = MemoryMarket(at=AT)
    running = asyncio.create_task(market.run())
    await asyncio.sleep(0)
    assert not running.done()
    market.end()
    await running


def test_an_instrument_added_replaces_the_one_of_its_symbol() -> None:
    instruments = MemoryInstruments([Instrument(symbol="AAA", name="old")])
    instruments.add(Instrument(symbol="AAA", name="new"))
    assert [each.name for each in instruments.all()] == ["new"]


def test_weekends_and_holidays_are_closed() -> None:
    friday, monday, tuesday = date(2024, 1, 5), date(2024, 1, 8), date(2024, 1, 9)
    calendars = MemoryCalendars(
        [weekday_calendar("X", first=friday, last=tuesday, holidays=frozenset({monday}))]
    )
    session = calendars.session("X", at=datetime.fromisoformat("2024-01-06T16:00:00Z"))
    assert (session.is_open, session.date) == (False, tuesday)
