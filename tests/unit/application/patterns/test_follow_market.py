"""Patterns follow the market: the same signals live and replayed, none twice, through any crash."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.market import MemoryInstruments
from adapters.memory.patterns import MemoryPatternStates
from adapters.memory.signals import MemorySignalArchive
from adapters.memory.time import ManualClock
from adapters.memory.work import MemoryWorks
from application.patterns.follow_market import FollowMarket
from application.patterns.read_pattern import PatternNotFound, ReadPattern
from application.shared.change import Changes
from application.signals.publish import PublishSignal, SignalLimits
from domain.market.instruments import Instrument
from domain.market.prices import (
    Bar,
    MarketEvent,
    ReplayBegan,
    Split,
    SplitEffective,
    TradedVolume,
)
from domain.shared.values import InvalidValue
from domain.signals.signal import PATTERNS, PublishedSignal, SignalFilter
from ports.patterns import PatternRecord
from ports.storage import StorageUnavailable
from tests import builders

SYMBOLS = ("AAPL", "IBM")
TENANTS = (UUID(int=1), UUID(int=2))
START = datetime(2025, 1, 2, 21, tzinfo=UTC)
DAYS = 160


class Killed(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class DyingStates(MemoryPatternStates):
    """States whose process dies, or whose database fails, at given savings."""

    kept: dict[str, PatternRecord] = field(default_factory=dict)
    dies: frozenset[int] = frozenset()
    fails: frozenset[int] = frozenset()
    saves: int = 0

    def __post_init__(self) -> None:
        MemoryPatternStates.__init__(self)

    async def save(self, kept: PatternRecord) -> None:
        self.saves += 1
        if self.saves in self.dies:
            raise Killed
        if self.saves in self.fails:
            raise StorageUnavailable("away")
        await MemoryPatternStates.save(self, kept)


@dataclass(slots=True, kw_only=True)
class World:
    """What outlives a process: the kept states and signals."""

    link: MemoryLink = field(default_factory=lambda: MemoryLink(MemoryDatabase()))
    states: MemoryPatternStates = field(default_factory=MemoryPatternStates)
    clock: ManualClock = field(default_factory=lambda: ManualClock(builders.AT))
    unfit: list[str] = field(default_factory=list)
    lap: int = 1

    def follow(self, *, reads_ticks: bool = False) -> FollowMarket:
        """Begin a life."""
        works = MemoryWorks(self.link)
        ids = SeededIds(clock=self.clock, seed=3)
        publish = PublishSignal(
            changes=Changes(works=works, clock=self.clock, ids=ids),
            instruments=self.instruments,
            limits=SignalLimits(),
        )

        async def tenants() -> Sequence[UUID]:
            return TENANTS

        def unfit(symbol: str, problem: InvalidValue) -> None:
            self.unfit.append(f"{symbol} {problem.field}")

        return FollowMarket(
            states=self.states,
            lap=lambda: self.lap,
            clock=self.clock,
            reads_ticks=reads_ticks,
            publish=publish,
            tenants=tenants,
            on_unfit=unfit,
        )

    @property
    def instruments(self) -> MemoryInstruments:
        return MemoryInstruments([Instrument(symbol=one, name=one) for one in SYMBOLS])

    async def signals(self, tenant_id: UUID = TENANTS[0]) -> list[PublishedSignal]:
        archive = MemorySignalArchive(self.link)
        found = await archive.page(SignalFilter(), tenant_id=tenant_id, limit=10_000)
        return list(reversed(found))


def told(signals: Sequence[PublishedSignal]) -> list[tuple[object, ...]]:
    """Return what signals say, to the last digit."""
    return [
        (one.id, one.symbol, one.score, one.timestamp, dict(one.meta), one.source)
        for one in signals
    ]


def bar(symbol: str, day: int, price: float, volume: int) -> Bar:
    at = START + timedelta(days=day)
    close = Decimal(f"{price:.6f}")
    return Bar(
        symbol=symbol,
        opened_at=at - timedelta(hours=6),
        closed_at=at,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=Decimal(volume),
    )


def days(seed: int) -> list[list[MarketEvent]]:
    """Make days of events of two symbols that wander, the second split in the middle."""
    random, made = Random(seed), []
    prices, split = dict.fromkeys(SYMBOLS, 100.0), 1
    for day in range(DAYS):
        events: list[MarketEvent] = []
        if day == DAYS // 2:
            split = 4
            at = START + timedelta(days=day, hours=-8)
            of = Split(
                symbol="IBM", ex_date=at.date(), numerator=Decimal(4), denominator=Decimal(1)
            )
            events.append(SplitEffective(split=of, at=at))
        for symbol in SYMBOLS:
            prices[symbol] *= math.exp(random.gauss(0.004 * math.sin(day / 9), 0.01))
            ratio = split if symbol == "IBM" else 1
            events.append(bar(symbol, day, prices[symbol] / ratio, random.randint(1, 999) * ratio))
        made.append(events)
    return made


async def straight(seed: int) -> World:
    """Play all of it to one life."""
    world = World()
    follow = world.follow()
    for events in days(seed):
        for event in events:
            await follow(event)
    return world


async def test_what_fires_is_every_tenants_signal_with_its_figures() -> None:
    world = await straight(1)
    signals = await world.signals()
    assert len(signals) > 10
    assert {one.symbol for one in signals} == set(SYMBOLS)
    assert {one.source for one in signals} == {PATTERNS}
    assert all(abs(one.score) > Decimal("0.3") for one in signals)
    assert all(float(one.meta["sigma"]) > 0 for one in signals)
    other = await world.signals(TENANTS[1])
    assert [one.score for one in other] == [one.score for one in signals]
    assert not {one.id for one in other} & {one.id for one in signals}


@pytest.mark.parametrize("seed", range(20))
async def test_killed_and_refused_anywhere_the_same_signals_come_and_none_twice(
    seed: int,
) -> None:
    expected = await straight(seed)
    random = Random(seed)
    saves = 2 * DAYS
    states = DyingStates(
        dies=frozenset(random.sample(range(1, saves), 10)),
        fails=frozenset(random.sample(range(1, saves), 20)),
    )
    world = World(states=states)
    follow, deaths = world.follow(), 0
    for events in days(seed):
        number = 0
        while number < len(events):
            try:
                await follow(events[number])
            except StorageUnavailable:
                # The same event comes again, or the day from its beginning.
                number = random.choice((0, number))
                continue
            except Killed:
                follow, number, deaths = world.follow(), 0, deaths + 1
                continue
            number += 1
        if random.random() < 0.2:
            # Dead between the day's end and the note that it is over.
            follow = world.follow()
            for event in events:
                await follow(event)
    assert deaths >= 5
    assert told(await world.signals()) == told(await expected.signals())
    for symbol in SYMBOLS:
        kept, wanted = [await one.states.get(symbol, lap=1) for one in (world, expected)]
        assert kept == wanted


async def test_a_split_fires_nothing_and_changes_no_score() -> None:
    world = World()
    follow = world.follow()
    plain = World()
    unsplit = plain.follow()
    for events in days(2):
        for event in events:
            await follow(event)
            if isinstance(event, Bar):
                ratio = 4 if event.symbol == "IBM" and event.closed_at >= _ex_date() else 1
                await unsplit(_times(event, ratio))
    found, wanted = await world.signals(), await plain.signals()
    assert [one.timestamp for one in found] == [one.timestamp for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert float(one.score) == pytest.approx(float(other.score), abs=1e-4)


def _ex_date() -> datetime:
    return START + timedelta(days=DAYS // 2)


def _times(event: Bar, ratio: int) -> Bar:
    return bar(
        event.symbol,
        (event.closed_at - START).days,
        float(event.close) * ratio,
        int(event.volume) // ratio,
    )


async def test_ticks_are_steps_and_equal_ones_told_again_are_one() -> None:
    world = World()
    follow, random, at = world.follow(reads_ticks=True), Random(4), START
    price, ticks = 100.0, []
    for number in range(300):
        at += timedelta(seconds=number % 2)
        price *= math.exp(random.gauss(0.002 * math.sin(number / 30), 0.002))
        path = (Decimal(f"{price:.4f}"),)
        ticks.append(TradedVolume(symbol="AAPL", at=at, path=path, volume=Decimal(1 + number)))
    for tick in ticks:
        await follow(tick)
        await follow(tick)
    once = await world.signals()
    assert once
    # The day is not over: all of it comes again, to another life.
    follow = world.follow(reads_ticks=True)
    for tick in ticks:
        await follow(tick)
    await follow(bar("AAPL", 0, price, 1))
    assert told(await world.signals()) == told(once)
    kept = await world.states.get("AAPL", lap=1)
    assert kept is not None
    assert (kept.at, kept.volume) == (at, 300.0)


async def test_a_replay_that_starts_over_tells_anew() -> None:
    world = await straight(5)
    first = await world.signals()
    world.lap = 2
    follow = world.follow()
    await follow(ReplayBegan(lap=2, at=START))
    for events in days(5):
        for event in events:
            await follow(event)
    again = (await world.signals())[len(first) :]
    assert [one.score for one in again] == [one.score for one in first]


async def test_a_price_that_is_none_is_told_and_passed_over() -> None:
    world = World()
    follow = world.follow()
    await follow(bar("AAPL", 0, 0.0, 1))
    await follow(bar("AAPL", 1, 5.0, 1))
    assert world.unfit == ["AAPL price"]
    kept = await world.states.get("AAPL", lap=1)
    assert kept is not None
    assert kept.price == 5.0


async def test_a_pattern_is_shown_with_its_signals_and_what_is_not_there_is_absent() -> None:
    world = await straight(6)
    read = ReadPattern(
        states=world.states,
        archive=MemorySignalArchive(world.link),
        instruments=world.instruments,
        lap=lambda: 1,
    )
    shown = await read.get("AAPL", tenant_id=TENANTS[0])
    own = [one for one in await world.signals() if one.symbol == "AAPL"]
    assert list(shown.signals) == own[::-1][:100]
    for absent in ("MSFT", "nothing"):
        with pytest.raises(PatternNotFound):
            await read.get(absent, tenant_id=TENANTS[0])
