"""Offer what can be done with the market to whoever drives the application."""

from collections.abc import Sequence

from application.audit.record import Recorder
from application.market.conditions import Conditions
from application.market.read_market import MarketReader, MarketStatus
from application.market.steer_replay import ReplaySteering, Steerer
from domain.market.instruments import Instrument
from domain.market.prices import Bar, Quote
from ports.market import (
    Calendars,
    Instruments,
    MarketClock,
    MarketView,
    ReplayControl,
    ReplayLaps,
    ReplayState,
)


class MarketUseCases:
    """The market area's facade."""

    def __init__(
        self,
        *,
        instruments: Instruments,
        view: MarketView,
        clock: MarketClock,
        calendars: Calendars,
        conditions: Conditions,
        replay: ReplayControl | None,
        record: Recorder,
        laps: ReplayLaps,
        brokers: Sequence[str],
    ) -> None:
        self._reader = MarketReader(
            instruments=instruments,
            view=view,
            clock=clock,
            calendars=calendars,
            conditions=conditions,
            replay=replay,
        )
        self._steering = ReplaySteering(replay=replay, record=record, laps=laps, brokers=brokers)

    async def list_instruments(self) -> Sequence[Instrument]:
        """Return every instrument, ordered by symbol."""
        return await self._reader.list_instruments()

    async def instrument(self, symbol: str) -> Instrument:
        """Return one instrument; raise UnknownInstrument."""
        return await self._reader.instrument(symbol)

    async def quote(self, symbol: str) -> Quote:
        """Return the latest quote; raise UnknownInstrument, NoQuote."""
        return await self._reader.quote(symbol)

    async def bars(self, symbol: str, *, count: int) -> Sequence[Bar]:
        """Return the latest closed daily bars, oldest first; raise as MarketReader.bars."""
        return await self._reader.bars(symbol, count=count)

    async def status(self) -> MarketStatus:
        """Return the market's time, which calendars are open, and the replay's state."""
        return await self._reader.status()

    async def pause_replay(self, by: Steerer) -> ReplayState:
        """Stop before the next market event; raise NoReplay, storage errors."""
        return await self._steering.pause(by)

    async def resume_replay(self, by: Steerer) -> ReplayState:
        """Go on after a pause; raise NoReplay, ReplayEnded, storage errors."""
        return await self._steering.resume(by)

    async def start_replay_over(self, by: Steerer) -> ReplayState:
        """Begin an ended replay anew; raises as ReplaySteering.start_over."""
        return await self._steering.start_over(by)
