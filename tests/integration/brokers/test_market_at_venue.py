"""A venue elsewhere gets the market's prices, or says that it goes by its own, and is missed."""

import asyncio
import signal
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.brokers.paper.client import RemotePaperBroker
from adapters.brokers.paper.pushing import MarketPush
from adapters.system.time import SystemClock
from domain.market.prices import Quote, SessionOpened
from domain.orders.terms import OrderTerms, OrderType, Side
from ports.broker import BrokerUnavailable, Dedup, VenueState
from tests.integration.brokers.test_remote_paper import TRAITS
from tests.integration.brokers.venue_process import venue_process
from tests.waiting import eventually

OPENS = datetime(2012, 3, 1, 14, 30, tzinfo=UTC)
BUY = OrderTerms(symbol="IBM", side=Side.BUY, type=OrderType.MARKET, quantity=Decimal(10))


def _quote(price: str) -> Quote:
    last = Decimal(price)
    return Quote(symbol="IBM", bid=last, ask=last, last=last, at=OPENS)


async def _told(push: MarketPush, *, calendar: str = "XNYS") -> None:
    await push.on_market(SessionOpened(calendar=calendar, date=OPENS.date(), at=OPENS))
    await push.on_market(_quote("77"))


@pytest.mark.parametrize(("calendar", "options"), [("XNYS", ()), ("XLON", ("--calendar", "XLON"))])
async def test_a_venue_with_hours_fills_at_the_prices_of_the_market(
    calendar: str, options: tuple[str, ...]
) -> None:
    with venue_process("--hours", "--dedup", Dedup.FULL, *options) as venue:
        push = MarketPush(url=venue.url)
        broker = RemotePaperBroker(url=venue.url, clock=SystemClock())
        await push.start()
        await broker.start()
        await _told(push, calendar=calendar)
        assert push.problem == ""
        await broker.submit(account_id="a", client_order_id="x", terms=BUY, written=lambda: None)
        found = await broker.find(account_id="a", client_order_id="x")
        assert found is not None
        assert found.state is VenueState.FILLED
        assert found.fills[0].price == 77
        venue.kill()
        with pytest.raises(BrokerUnavailable):
            await push.on_market(_quote("78"))
        await broker.stop()
        await push.stop()


async def test_a_venue_with_prices_of_its_own_says_so_and_is_told_nothing() -> None:
    with venue_process() as venue:
        push = MarketPush(url=venue.url)
        await push.start()
        await _told(push)
        assert "prices of its own" in push.problem
        await push.stop()


async def test_a_venue_that_is_gone_or_frozen_is_noticed_and_heard_again() -> None:
    with venue_process() as venue:
        broker = RemotePaperBroker(url=venue.url, clock=SystemClock(), traits=TRAITS)
        assert broker.problem() == "it was not heard of yet"
        await broker.start()
        watching = asyncio.create_task(broker.watch())
        async with asyncio.timeout(30):
            await _until(broker, well=True)
            venue.process.send_signal(signal.SIGSTOP)
            await _until(broker, well=False)
            assert "silent" in broker.problem()
            venue.process.send_signal(signal.SIGCONT)
            await _until(broker, well=True)
            venue.kill()
            await _until(broker, well=False)
        watching.cancel()
        await broker.stop()


async def _until(broker: RemotePaperBroker, *, well: bool) -> None:
    await eventually(lambda: (broker.problem() == "") is well)
