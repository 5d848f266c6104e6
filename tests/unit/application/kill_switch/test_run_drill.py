"""A drill says what became of each venue's orders, and its record is signed as it was measured."""

import asyncio
import json
from dataclasses import dataclass, field, replace

import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.stops import MemoryDrills, MemoryPeer, MemoryStopChannel, MemoryStopFiles
from adapters.memory.streams import MemoryWakeup
from adapters.memory.time import ManualClock, ManualSleeper
from application.kill_switch.cancel_resting import CancelResting
from application.kill_switch.keep_drills import KeepDrills
from application.kill_switch.run_drill import ACCOUNTS_AT_EACH, DrillSite, DrillUnfit, RunDrill
from application.kill_switch.stop_away import StopAway
from domain.kill_switch.drill import DrillFigures, DrillVenue, Spread
from domain.kill_switch.latch import Latch
from ports.broker import BrokerUnavailable, VenueState
from tests import builders
from tests.scripted_broker import Answer, ScriptedBroker

WITHIN_S = 3.0


@dataclass(slots=True)
class Field:
    """A drill on a virtual clock: a venue that is steady, and one that goes away."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(builders.AT))
    steady: ScriptedBroker = field(default_factory=lambda: ScriptedBroker(name="steady"))
    away: ScriptedBroker = field(default_factory=lambda: ScriptedBroker(name="away"))
    heard: list[Latch] = field(default_factory=list)
    begin: asyncio.Event = field(default_factory=asyncio.Event)
    hears: bool = True
    resting: dict[str, int] = field(default_factory=dict)

    async def run(self, *, orders: int) -> DrillFigures:
        """Run the drill, the clock beside it."""
        brokers = {"steady": self.steady, "away": self.away}
        ids, sleeper = SeededIds(clock=self.clock, seed=3), ManualSleeper(self.clock)
        channel = MemoryStopChannel({"dispatch-1": MemoryPeer(take=self._take)})
        channel.peers["dispatch-1"].answers = self.hears
        drill = RunDrill(
            sites={
                name: DrillSite(broker=broker, misbehave=self._goes_away)
                for name, broker in brokers.items()
            },
            cancel=CancelResting(venues=brokers, memory={}, sleeper=sleeper),
            stop=StopAway(
                files=MemoryStopFiles(),
                channel=channel,
                here=None,
                wakeup=MemoryWakeup(),
                clock=self.clock,
                ids=ids,
            ),
            clock=self.clock,
            ids=ids,
            sleeper=sleeper,
            symbol="AAPL",
            within_s=WITHIN_S,
        )
        running = asyncio.ensure_future(drill(orders=orders, begin=self.begin))
        while not running.done():
            for _ in range(20):
                await asyncio.sleep(0)
            self.clock.advance(0.005)
        return running.result()

    async def _take(self, latch: Latch) -> None:
        self.heard.append(latch)
        self.clock.advance(0.02)
        self.begin.set()

    async def _goes_away(self) -> None:
        for name, broker in (("steady", self.steady), ("away", self.away)):
            self.resting[name] = len(broker.held)
        self.away.reads_fail = BrokerUnavailable("connection refused")


async def test_each_venue_is_told_by_its_own_word() -> None:
    of = Field()
    figures = await of.run(orders=15)
    assert of.resting == {"steady": 8, "away": 7}
    # As even as can be over the accounts.
    accounts = [one.account_id for one in of.steady.held.values()]
    assert sorted(accounts.count(one) for one in set(accounts)) == [1, 1, 2, 2, 2]
    assert len(set(accounts)) == ACCOUNTS_AT_EACH
    assert {one.state for one in of.steady.held.values()} == {VenueState.CANCELED}
    assert figures.broadcast_ms == pytest.approx(20.0)
    steady, away = figures.venues
    assert (steady.name, steady.orders, steady.confirmed, steady.escalated) == (
        "steady",
        8,
        True,
        False,
    )
    assert steady.confirmed_ms is not None
    assert 20.0 <= steady.confirmed_ms < WITHIN_S * 1000
    assert replace(away, problem="") == DrillVenue(
        name="away", orders=7, confirmed=False, escalated=True, confirmed_ms=None
    )
    assert "connection refused" in away.problem
    # Of the orders at venues that confirmed, and no others.
    spread = figures.confirmation_ms
    assert spread is not None
    assert 20.0 <= spread.p50 <= spread.p99 <= spread.max <= steady.confirmed_ms
    (latch,) = of.heard
    assert (latch.actor, latch.reason) == ("drill", "drill")


async def test_without_an_order_there_is_no_spread() -> None:
    figures = await Field().run(orders=0)
    assert figures.confirmation_ms is None
    assert [one.orders for one in figures.venues] == [0, 0]


async def test_a_venue_that_takes_no_order_is_no_site_of_a_drill() -> None:
    of = Field()
    of.away.script.append(Answer.REFUSE)
    with pytest.raises(DrillUnfit, match="the venue away did not take an order"):
        await of.run(orders=2)


async def test_a_process_that_does_not_hear_the_stop_fails_the_drill() -> None:
    of = Field(hears=False)
    of.begin.set()
    with pytest.raises(DrillUnfit, match="did not hear the stop: dispatch-1"):
        await of.run(orders=2)


class Signs:
    """Signs by what it is told, so that a test sees what was signed (port Statements)."""

    def sign(self, text: str) -> str:
        """Sign a text."""
        return f"signed {text}"

    def is_ours(self, text: str, *, signature: str) -> bool:
        """Tell whether this signed it."""
        return signature == self.sign(text)


async def test_a_drill_is_kept_as_it_was_signed_and_one_that_was_edited_is_told() -> None:
    clock = ManualClock(builders.AT)
    log = MemoryDrills()
    keep = KeepDrills(log=log, statements=Signs(), clock=clock, ids=SeededIds(clock=clock, seed=1))
    venue = DrillVenue(name="b", orders=2, confirmed=True, escalated=False, confirmed_ms=4.5)
    figures = DrillFigures(
        broadcast_ms=1.5, confirmation_ms=Spread(p50=2.0, p99=3.0, max=4.0), venues=(venue,)
    )
    kept = await keep.keep(figures, orders=2)
    assert kept.text == (
        '{"at":"' + builders.AT.isoformat() + '","broadcast_ms":1.5,'
        '"confirmation_ms":{"max":4.0,"p50":2.0,"p99":3.0},'
        f'"id":"{kept.id}","orders":2,"venues":[{{"confirmed":true,"confirmed_ms":4.5,'
        '"escalated":false,"name":"b","orders":2,"problem":""}]}'
    )
    assert json.loads(kept.text)["id"] == str(kept.id)
    edited = replace(kept, text=kept.text.replace("4.5", "0.5"))
    await log.keep(edited)
    assert await keep.latest(9) == [(edited, False), (kept, True)]
    assert await keep.latest(1) == [(edited, False)]
