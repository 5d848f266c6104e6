"""A replay that starts over tells so first, and then all that it told before."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import date

from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryReplayCursor
from domain.market.prices import ReplayBegan
from ports.market import ReplayPlace, ReplayPulse, ReplayState
from tests.unit.adapters.market_data.replays import Crash, Recorder, feed_of, view_of, whole
from tests.unit.adapters.market_data.test_follower import Pulses, Two, turns


async def test_a_lap_is_told_first_and_then_like_the_first_one() -> None:
    cursor = MemoryReplayCursor()
    feed = await feed_of(cursor=cursor)
    began_at = feed.now()
    await feed.run()
    first, ended = view_of(feed), feed.place()
    assert not await feed.started_over()
    assert (feed.state(), ended) == (ReplayState.FINISHED, await cursor.load())
    cursor.begin(2)
    assert await feed.started_over()
    assert (feed.lap(), feed.now()) == (2, began_at)
    assert feed.quote("AAA") is None
    seen = Recorder()
    feed.subscribe(seen)
    await feed.run()
    assert seen.events == [ReplayBegan(lap=2, at=began_at), *await whole()]
    assert view_of(feed) == first
    assert feed.place() == replace(ended, lap=2) == await cursor.load()


async def test_whoever_died_before_the_first_step_tells_of_the_lap_again() -> None:
    cursor = MemoryReplayCursor()
    cursor.begin(2)
    dying = await feed_of(cursor=cursor)
    dying.subscribe(Recorder(dies_at=0))
    with suppress(Crash):
        await dying.run()
    assert await cursor.load() == ReplayPlace(lap=2)
    seen = Recorder()
    restarted = await feed_of(cursor=cursor)
    began_at = restarted.now()
    restarted.subscribe(seen)
    await restarted.run()
    assert seen.events[0] == ReplayBegan(lap=2, at=began_at)
    assert seen.events[1:] == await whole()


async def test_a_restart_within_a_lap_tells_of_it_and_goes_on_in_it() -> None:
    cursor = MemoryReplayCursor()
    cursor.begin(3)
    feed = await feed_of(cursor=cursor)
    feed.subscribe(Recorder(dies_at=30))
    with suppress(Crash):
        await feed.run()
    seen = Recorder()
    restarted = await feed_of(cursor=cursor)
    assert restarted.lap() == 3
    stands = restarted.now()
    restarted.subscribe(seen)
    await restarted.run()
    assert seen.events[0] == ReplayBegan(lap=3, at=stands)
    assert seen.events[1:] == (await whole())[-len(seen.events) + 1 :]
    assert (await cursor.load()).lap == 3


async def test_a_lap_begins_at_the_first_day_wanted() -> None:
    wanted = ReplaySettings(start=date(2024, 1, 4))
    cursor = MemoryReplayCursor()
    first = await feed_of(cursor=cursor, settings=wanted)
    began_at = first.now()
    await first.run()
    cursor.begin(2)
    assert await first.started_over()
    assert first.now() == began_at
    assert first.days_done == 0


async def test_a_follower_follows_into_the_next_lap() -> None:
    two = Two()
    player = await feed_of(cursor=two.cursor)
    began_at = player.now()
    await player.run()
    await two.pulses.tell(player.state())
    await two.follower.start()
    following = asyncio.create_task(two.follower.run())
    await turns()
    assert two.follower.state() is ReplayState.FINISHED
    del two.seen.events[:]
    two.cursor.begin(2)
    await turns()
    assert two.follower.lap() == 2
    assert await player.started_over()
    await player.run()
    await two.pulses.tell(player.state())
    await turns()
    began = ReplayBegan(lap=2, at=began_at)
    assert two.seen.events == [began, *await whole()]
    assert two.follower.place() == player.place()
    assert two.follower.problem() == ""
    following.cancel()


class Ahead(Pulses):
    """Pulses of a replay that has just started over."""

    async def hear(self) -> ReplayPulse | None:
        heard = await super().hear()
        return None if heard is None else replace(heard, lap=2)


async def test_a_follower_that_is_behind_the_lap_knows_no_prices_of_now() -> None:
    two = Two()
    two.pulses.__class__ = Ahead
    await two.pulses.tell(ReplayState.RUNNING)
    await two.follower.start()
    assert "starts over" in two.follower.problem()
    assert two.follower.state() is ReplayState.DOWN


async def test_a_follower_that_lags_is_down_until_it_is_in_the_lap() -> None:
    two = Two()
    await two.pulses.tell(ReplayState.RUNNING)
    await two.follower.start()
    player = await feed_of(cursor=two.cursor)
    await player.run()
    two.cursor.begin(2)
    following = asyncio.create_task(two.follower.run())
    await turns()
    assert two.follower.lap() == 2
    assert two.follower.now() < player.now()
    following.cancel()
