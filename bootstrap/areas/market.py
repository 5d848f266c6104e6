"""Build the market: replayed prices, calendars, instruments."""

from dataclasses import dataclass
from datetime import date

from adapters.market_data.bokeh.source import BokehInstruments, read_bokeh
from adapters.market_data.calendars import ExchangeCalendars
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.settings import ReplaySettings as FeedSettings
from application.market.use_cases import MarketUseCases
from bootstrap.settings.sections import ReplaySettings
from bootstrap.system import System
from ports.market import Calendars, Instruments, MarketClock, MarketView, ReplayCursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What other areas see of the market, whatever feeds it."""

    instruments: Instruments
    calendars: Calendars
    view: MarketView
    clock: MarketClock
    # The calendar whose days are the accounts' trading days.
    calendar: str

    def today(self) -> date:
        """Return the date of the current session, or of the next one when it is closed."""
        return self.calendars.session(self.calendar, at=self.clock.now()).date


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketParts:
    """The market and what keeps it going."""

    market: Market
    facade: MarketUseCases
    calendars: ExchangeCalendars
    feed: ReplayFeed
    starts_paused: bool

    async def start(self) -> None:
        """Read prices and the cursor, the calendars being read; raises MarketDataCorrupt."""
        await self.feed.start()
        if self.starts_paused:
            self.feed.pause()


def build(*, settings: ReplaySettings, system: System, cursor: ReplayCursor) -> MarketParts:
    """Replay the shipped daily prices."""
    instruments = BokehInstruments()
    names = sorted({each.calendar for each in instruments.all()})
    calendars = ExchangeCalendars(names=names)
    feed = ReplayFeed(
        read=read_bokeh,
        calendars=calendars,
        cursor=cursor,
        sleeper=system.sleeper,
        settings=FeedSettings(
            seconds_per_day=settings.seconds_per_day, start=settings.start, end=settings.end
        ),
    )
    return MarketParts(
        market=Market(
            instruments=instruments,
            calendars=calendars,
            view=feed,
            clock=feed,
            calendar=names[0],
        ),
        facade=MarketUseCases(
            instruments=instruments, view=feed, clock=feed, calendars=calendars, replay=feed
        ),
        calendars=calendars,
        feed=feed,
        starts_paused=settings.paused,
    )
