"""A kept lease is believed no longer than it surely is ours, and work ends with it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.leases import MemoryLeases
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.system.leases import LASTS_S, RENEW_EVERY_S, RenewedLease
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Plan, Role
from bootstrap.system import build_system
from ports.leases import LeaseLost


@dataclass(slots=True)
class Two:
    """Two processes over one storage, each with its own clock: a stopped one stands still."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    storage_clock: ManualClock = field(
        default_factory=lambda: ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    )

    def lease(self, holder: str, *, clock: ManualClock | None = None) -> RenewedLease:
        own = clock or self.storage_clock
        return RenewedLease(
            leases=MemoryLeases(link=MemoryLink(self.database), clock=self.storage_clock),
            name="dispatch",
            holder=holder,
            clock=own,
            sleeper=ManualSleeper(own),
        )


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def forever(log: list[str], name: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        log.append(f"{name} began")
        try:
            await asyncio.Event().wait()
        finally:
            log.append(f"{name} ended")

    return run


async def test_it_is_not_believed_in_once_storage_might_give_it_away() -> None:
    two = Two()
    lease = two.lease("one")
    assert not lease.is_held()
    assert await lease.try_take()
    assert lease.is_held()
    two.storage_clock.advance(LASTS_S - 0.5)
    # Storage would still refuse another: we stop believing before that ends.
    assert not await two.lease("other").try_take()
    assert not lease.is_held()


async def test_keeping_it_renews_in_time() -> None:
    two = Two()
    lease = two.lease("one")
    keeping = asyncio.create_task(lease.keep())
    await turns()
    for _ in range(10):
        two.storage_clock.advance(RENEW_EVERY_S)
        await turns()
        assert lease.is_held()
    keeping.cancel()


async def test_who_was_stopped_loses_it_and_its_work_ends() -> None:
    two = Two()
    one, other = two.lease("one"), two.lease("other")
    log: list[str] = []
    tasks = [
        asyncio.create_task(one.while_held(forever(log, "one"))),
        asyncio.create_task(other.while_held(forever(log, "other"))),
    ]
    assert await one.try_take()
    assert not await other.try_take()
    await turns()
    assert log == ["one began"]
    two.storage_clock.advance(LASTS_S + 1)  # one stands still meanwhile
    assert await other.try_take()
    await turns()
    assert not one.is_held()
    assert not await one.try_take()
    await turns()
    assert log == ["one began", "other began", "one ended"]
    with pytest.raises(LeaseLost):
        one.fence()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_is_given_back_is_anothers_at_once() -> None:
    two = Two()
    one, other = two.lease("one"), two.lease("other")
    assert await one.try_take()
    await one.give_back()
    assert not one.is_held()
    assert await other.try_take()


async def test_work_that_ends_by_itself_ends_the_waiting() -> None:
    lease = Two().lease("one")
    assert await lease.try_take()

    async def done() -> None:
        return

    async with asyncio.timeout(1):
        await lease.while_held(done)


async def test_sending_to_each_broker_is_a_job_of_its_own() -> None:
    two = Two()
    leases = MemoryLeases(link=MemoryLink(two.database), clock=two.storage_clock)
    shared: Any = SimpleNamespace(leases=leases)
    plan = Plan(roles=frozenset({Role.DISPATCH, Role.API}), owns_folder=False)

    def process() -> Jobs:
        return Jobs(
            plan=plan, shared=shared, system=build_system(), folder=Path(), brokers=["second"]
        )

    one, other = process(), process()
    ours, second = one.kept()
    assert [ours.name, second.name] == ["dispatch", "dispatch_second"]
    assert await ours.try_take()
    (_, theirs) = other.kept()
    assert await theirs.try_take()
    assert one.lease(Role.DISPATCH).is_held()
    assert not one.lease(Role.DISPATCH, "second").is_held()
    assert other.lease(Role.DISPATCH, "second").is_held()
    assert not await second.try_take()
