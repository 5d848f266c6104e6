"""A venue that does not take the market's events is told them later, and holds up nobody."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.memory.time import ManualClock, ManualSleeper
from application.market import tell_apart
from application.market.tell_apart import AGAIN_S, TellApart
from domain.market.prices import MarketEvent, Quote, SessionOpened, TradedVolume
from tests import builders


def quoted(cents: int, *, symbol: str = "IBM") -> Quote:
    price = Decimal(cents) / 100
    at = builders.MARKET_AT + timedelta(seconds=cents)
    return Quote(symbol=symbol, bid=price, ask=price, last=price, at=at)


def traded(cents: int) -> TradedVolume:
    at = builders.MARKET_AT + timedelta(seconds=cents)
    return TradedVolume(symbol="IBM", path=(Decimal(cents) / 100,), volume=Decimal(1), at=at)


class Venue:
    def __init__(self) -> None:
        self.heard: list[MarketEvent] = []
        self.failures: list[str] = []
        self.is_away = False
        self.clock = ManualClock(builders.AT)
        self.apart = TellApart(
            tell=self.take,
            sleeper=ManualSleeper(self.clock),
            on_failure=lambda problem: self.failures.append(str(problem)),
        )

    async def take(self, event: MarketEvent) -> None:
        if self.is_away:
            raise ConnectionError("it is away")
        self.heard.append(event)

    async def pass_time(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        self.clock.advance(AGAIN_S)
        for _ in range(5):
            await asyncio.sleep(0)


async def test_what_was_missed_is_told_in_order_once_it_is_back() -> None:
    venue = Venue()
    running = asyncio.create_task(venue.apart.run())
    await venue.apart(quoted(100))
    assert (venue.heard, venue.apart.problem()) == ([quoted(100)], "")
    venue.is_away = True
    for cents in (101, 102):
        await venue.apart(quoted(cents))
    assert venue.apart.problem() == "it is behind the market: it is away"
    await venue.pass_time()
    # Told of once, however often it is tried.
    assert venue.failures == ["it is away"]
    venue.is_away = False
    # An event of now waits behind those that were missed.
    await venue.apart(quoted(103))
    assert venue.heard == [quoted(100)]
    await venue.pass_time()
    assert venue.heard == [quoted(cents) for cents in (100, 101, 102, 103)]
    assert venue.apart.problem() == ""
    await venue.apart(quoted(104))
    assert venue.heard[-1] == quoted(104)
    running.cancel()


async def test_of_too_much_only_what_must_not_be_missed_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tell_apart, "WAITING_MAX", 5)
    venue = Venue()
    venue.is_away = True
    opened = SessionOpened(calendar="XNYS", date=builders.MARKET_AT.date(), at=builders.MARKET_AT)
    for event in (quoted(1), opened, traded(2), quoted(3), quoted(4, symbol="MSFT"), quoted(5)):
        await venue.apart(event)
    venue.is_away = False
    running = asyncio.create_task(venue.apart.run())
    await venue.pass_time()
    assert venue.heard == [opened, quoted(4, symbol="MSFT"), quoted(5)]
    running.cancel()
