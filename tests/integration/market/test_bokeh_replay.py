"""The whole shipped price history lines up with the NYSE calendar and replays the same twice."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest

from adapters.market_data.bokeh.facts import DIVIDENDS
from adapters.market_data.bokeh.source import read_bokeh
from adapters.market_data.calendars import ExchangeCalendars
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.history import trading_days
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryReplayCursor
from adapters.system.time import SystemClock
from domain.market.prices import Bar, MarketEvent, SessionOpened, SplitEffective, TradedVolume
from tests.contracts.market.sample import YieldingSleeper


@pytest.fixture
async def calendars() -> ExchangeCalendars:
    loaded = ExchangeCalendars(names=["XNYS"])
    await loaded.start()
    return loaded


async def feed_of(calendars: ExchangeCalendars, settings: ReplaySettings) -> ReplayFeed:
    feed = ReplayFeed(
        read=read_bokeh,
        calendars=calendars,
        cursor=MemoryReplayCursor(),
        clock=SystemClock(),
        sleeper=YieldingSleeper(),
        settings=settings,
    )
    await feed.start()
    return feed


async def test_all_thirteen_years_agree_with_the_calendar(calendars: ExchangeCalendars) -> None:
    days = trading_days(read_bokeh(), calendars=calendars)
    assert len(days) == 3270
    assert (days[0].date, days[-1].date) == (date(2000, 3, 1), date(2013, 3, 1))
    short = [day for day in days if day.closes_at - day.opens_at < timedelta(hours=6.5)]
    # The days after Thanksgiving and before Independence Day and Christmas.
    assert date(2012, 11, 23) in {day.date for day in short}
    assert len(short) > 13


async def test_two_replays_of_everything_are_the_same_to_the_byte(
    calendars: ExchangeCalendars,
) -> None:
    digests = []
    for _ in range(2):
        feed = await feed_of(calendars, ReplaySettings(seconds_per_day=0))
        digest = hashlib.sha256()
        counts: dict[str, int] = {}
        volumes = {TradedVolume: Decimal(0), Bar: Decimal(0)}

        async def listen(
            event: MarketEvent,
            digest: "hashlib._Hash" = digest,
            counts: dict[str, int] = counts,
            volumes: dict[type[TradedVolume] | type[Bar], Decimal] = volumes,
        ) -> None:
            digest.update(repr(event).encode())
            name = type(event).__name__
            counts[name] = counts.get(name, 0) + 1
            if isinstance(event, TradedVolume | Bar):
                volumes[type(event)] += event.volume

        feed.subscribe(listen)
        await feed.run()
        assert counts == {
            "SessionOpened": 3270,
            "SplitEffective": 3,
            "DividendEffective": len(DIVIDENDS),
            "TradedVolume": 5 * 12_154,
            "Quote": 5 * 12_154,
            "Bar": 12_154,
            "SessionClosed": 3270,
        }
        assert volumes[TradedVolume] == volumes[Bar]
        digests.append(digest.hexdigest())
    assert digests[0] == digests[1]


async def test_apples_first_split_is_felt_by_no_holder(calendars: ExchangeCalendars) -> None:
    """2:1 on 2000-06-21: 101.25 at the close before, 50.50 at the open."""
    day = date(2000, 6, 21)
    feed = await feed_of(calendars, ReplaySettings(seconds_per_day=0, start=day, end=day))
    before = feed.quote("AAPL")
    assert before is not None
    assert before.last == Decimal("101.25")
    volume = feed.average_daily_volume("AAPL")
    assert volume is not None
    seen: list[str] = []

    async def listen(event: MarketEvent) -> None:
        seen.append(type(event).__name__)
        if isinstance(event, SplitEffective):
            quote = feed.quote("AAPL")
            assert quote is not None
            assert quote.last == Decimal("50.625")
            assert feed.average_daily_volume("AAPL") == volume * 2
            assert not calendars.session("XNYS", at=feed.now()).is_open
        if isinstance(event, SessionOpened):
            assert calendars.session("XNYS", at=feed.now()).is_open
        if isinstance(event, TradedVolume) and event.symbol == "AAPL" and len(event.path) == 1:
            seen.append(str(event.path[0]))

    feed.subscribe(listen)
    await feed.run()
    assert seen[:4] == ["SplitEffective", "SessionOpened", "TradedVolume", "50.5"]
