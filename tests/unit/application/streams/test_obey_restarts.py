"""A consumer that is asked to restart ends in order and begins anew, and nothing is lost."""

import asyncio
from dataclasses import dataclass, field

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.stream_monitor import MemoryConsumerRestarts
from adapters.memory.time import ManualClock, ManualSleeper
from application.streams.obey_restarts import POLL_S, ObeyRestarts
from ports.consumers import RestartRequest
from tests import builders

GROUP = "ballast.commands"


@dataclass(slots=True)
class Log:
    """Numbers to be read from where the last commit stands; each has an effect."""

    committed: int = 0
    effects: list[int] = field(default_factory=list)
    lives: int = 0


@dataclass(slots=True)
class Reader:
    """A consumer that takes a number at each turn and finishes what is in hand."""

    log: Log
    fails: bool = False
    finishing: bool = False

    async def run(self) -> None:
        self.log.lives += 1
        if self.fails:
            raise RuntimeError("broken")
        while not self.finishing:
            number = self.log.committed
            # In hand: it may be asked to finish here.
            await asyncio.sleep(0)
            self.log.effects.append(number)
            self.log.committed = number + 1

    def finish(self) -> None:
        self.finishing = True


@dataclass(slots=True)
class Context:
    clock: ManualClock
    restarts: MemoryConsumerRestarts
    log: Log
    obey: ObeyRestarts

    async def ask(self, group: str = GROUP) -> RestartRequest:
        request = RestartRequest(
            id=builders.new_id(), group=group, actor="user:1", asked_at=self.clock.now()
        )
        audit = builders.audit(tenant_id=builders.new_id(), action="consumer.restart")
        await self.restarts.ask(request, audit=audit)
        return request

    async def turn(self, times: int = 3) -> None:
        for _ in range(times):
            self.clock.advance(POLL_S)
            for _ in range(10):
                await asyncio.sleep(0)


@pytest.fixture
def context() -> Context:
    clock = ManualClock(builders.AT)
    restarts = MemoryConsumerRestarts(MemoryLink(MemoryDatabase()))
    log = Log()
    obey = ObeyRestarts(
        group=GROUP,
        make=lambda: Reader(log),
        restarts=restarts,
        clock=clock,
        sleeper=ManualSleeper(clock),
    )
    return Context(clock, restarts, log, obey)


async def test_a_restart_loses_and_repeats_nothing(context: Context) -> None:
    running = asyncio.create_task(context.obey.run())
    await context.turn()
    for lives in (2, 3):
        request = await context.ask()
        await context.turn()
        assert context.log.lives == lives
        latest = await context.restarts.latest(group=GROUP)
        assert latest is not None
        assert (latest.id, latest.done_at is not None) == (request.id, True)
    context.obey.finish()
    await running
    assert context.log.effects == list(range(context.log.committed))


async def test_a_request_is_obeyed_once(context: Context) -> None:
    running = asyncio.create_task(context.obey.run())
    await context.turn()
    await context.ask()
    await context.turn(20)
    assert context.log.lives == 2
    context.obey.finish()
    await running


async def test_a_request_from_before_the_start_is_settled_by_it(context: Context) -> None:
    await context.ask()
    running = asyncio.create_task(context.obey.run())
    await context.turn(5)
    assert context.log.lives == 1
    latest = await context.restarts.latest(group=GROUP)
    assert latest is not None
    assert latest.done_at is not None
    context.obey.finish()
    await running


async def test_a_request_to_another_group_is_not_ours(context: Context) -> None:
    running = asyncio.create_task(context.obey.run())
    await context.turn()
    await context.ask("ballast.other")
    await context.turn(5)
    assert context.log.lives == 1
    context.obey.finish()
    await running


async def test_what_a_consumer_raises_comes_out(context: Context) -> None:
    context.obey._make = lambda: Reader(context.log, fails=True)
    with pytest.raises(RuntimeError, match="broken"):
        await context.obey.run()


async def test_a_cancelled_run_leaves_no_task_behind(context: Context) -> None:
    before = asyncio.all_tasks()
    running = asyncio.create_task(context.obey.run())
    await context.turn()
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled()
    assert asyncio.all_tasks() == before
