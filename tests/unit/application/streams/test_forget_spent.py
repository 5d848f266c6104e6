"""What has served its time is forgotten in batches, and never while it could still be needed."""

import asyncio
from dataclasses import dataclass, field

from adapters.memory.time import ManualClock, ManualSleeper
from application.streams import forget_spent
from application.streams.forget_spent import ForgetSpent
from bootstrap.settings.load import DECLARED
from ports.storage import StorageUnavailable
from tests import builders


@dataclass(slots=True)
class WorkspaceSet:
    """So many spent records; away when told."""

    left: int
    away: bool = False
    asked: list[float] = field(default_factory=list)

    async def purge(self, *, older_than_s: float, limit: int) -> int:
        self.asked.append(older_than_s)
        if self.away:
            raise StorageUnavailable("away")
        gone = min(self.left, limit)
        self.left -= gone
        return gone


async def _run(book_store: WorkspaceSet, *, seconds: float) -> list[int]:
    clock = ManualClock(builders.AT)
    told: list[int] = []
    forget = ForgetSpent(
        spent=book_store, older_than_s=90_000.0, sleeper=ManualSleeper(clock), told=told.append
    )
    running = asyncio.create_task(forget())
    for _ in range(round(seconds / 0.1)):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock.advance(0.1)
    running.cancel()
    await asyncio.wait({running})
    return told


async def test_a_backlog_goes_batch_after_batch_and_then_it_looks_once_a_minute() -> None:
    book_store = WorkspaceSet(left=2 * forget_spent.BATCH + 1)
    told = await _run(book_store, seconds=30)
    assert told == [forget_spent.BATCH, forget_spent.BATCH, 1]
    assert set(book_store.asked) == {90_000.0}
    book_store = WorkspaceSet(left=0)
    assert await _run(book_store, seconds=125) == [0, 0, 0]


async def test_a_storage_that_is_away_is_asked_again() -> None:
    book_store = WorkspaceSet(left=1, away=True)
    assert await _run(book_store, seconds=65) == []
    assert len(book_store.asked) == 2


def test_no_answer_can_be_forgotten_while_its_command_could_still_be_carried_out() -> None:
    entries = DECLARED.catalogue
    shortest_s = (entries["retention.answers_h"].rule.low or 0) * 3_600
    longest_s = (entries["commands.lifetime_max_s"].rule.high or 0) + (
        entries["commands.clock_skew_s"].rule.high or 0
    )
    assert shortest_s > longest_s > 0
