"""What every adapter of StreamMonitor promises."""

import asyncio
import contextlib
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

import pytest

from ports.stream_monitor import CommitSeen, LogUnreachable, Look, StreamMonitor
from tests.contracts.contract import Contract

TIMEOUT_S = 20.0


class WatchedLog(Protocol):
    """A log that a test writes to and commits on."""

    @property
    def monitor(self) -> StreamMonitor:
        """The adapter under test."""
        ...

    @property
    def topic(self) -> str:
        """A topic of one partition that is watched, empty at first."""
        ...

    @property
    def group(self) -> str:
        """The name of a group that has committed nothing yet."""
        ...

    async def produce(self, count: int) -> None:
        """Put messages into the topic."""
        ...

    async def commit(self, offset: int) -> None:
        """Let the group commit."""
        ...

    async def cut(self) -> None:
        """Let the log fall silent."""
        ...

    async def mend(self) -> None:
        """Let it answer again."""
        ...


async def eventually(
    log: WatchedLog, holds: Callable[[Sequence[Look]], bool], *, looks: list[Look] | None = None
) -> list[Look]:
    """Look until what was seen so far is enough."""
    seen = [] if looks is None else looks
    deadline = time.monotonic() + TIMEOUT_S
    while not holds(seen):
        assert time.monotonic() < deadline, "it was not seen in time"
        with contextlib.suppress(LogUnreachable):
            seen.append(await log.monitor.look())
        await asyncio.sleep(0.02)
    return seen


def commits_of(log: WatchedLog, looks: Sequence[Look]) -> list[CommitSeen]:
    return [one for look in looks for one in look.commits if one.group == log.group]


class StreamMonitorContract(Contract):
    """Subclasses give `log`."""

    @pytest.fixture
    @abstractmethod
    async def log(self) -> WatchedLog: ...

    async def test_the_end_of_a_topic_rises_by_what_is_put_into_it(self, log: WatchedLog) -> None:
        def end(look: Look) -> tuple[int, int, int]:
            (found,) = (one for one in look.partitions if one.topic == log.topic)
            return found.end, found.replicas, found.in_sync

        assert end(await log.monitor.look()) == (0, 1, 1)
        await log.produce(7)
        assert end(await log.monitor.look()) == (7, 1, 1)

    async def test_where_a_group_stands_is_told_each_time(self, log: WatchedLog) -> None:
        await log.produce(5)
        await log.commit(2)
        for _ in range(2):
            look = await log.monitor.look()
            (told,) = (one for one in look.standing if one.group == log.group)
            assert (told.topic, told.number, told.offset) == (log.topic, 0, 2)

    async def test_a_commit_that_changes_nothing_is_seen_too(self, log: WatchedLog) -> None:
        await log.produce(5)
        await log.commit(1)
        await log.monitor.look()
        for offset in (1, 1, 3):
            await log.commit(offset)
        looks = await eventually(log, lambda seen: len(commits_of(log, seen)) >= 3)
        seen = commits_of(log, looks)
        # The first may be heard in the end, or not, having come before the first look.
        assert [one.offset for one in seen][-3:] == [1, 1, 3]
        assert [one.at for one in seen] == sorted(one.at for one in seen)

    async def test_a_commit_is_told_once(self, log: WatchedLog) -> None:
        await log.produce(5)
        await log.commit(1)
        await log.monitor.look()
        await log.commit(4)
        looks = await eventually(
            log, lambda seen: any(one.offset == 4 for one in commits_of(log, seen))
        )
        for _ in range(3):
            looks.append(await log.monitor.look())
        assert sum(one.offset == 4 for one in commits_of(log, looks)) == 1

    async def test_the_delay_of_each_message_is_told_once(self, log: WatchedLog) -> None:
        await log.monitor.look()
        await log.produce(6)

        def delays(looks: Sequence[Look]) -> list[float]:
            return [one for look in looks for one in look.delays_ms.get(log.topic, ())]

        looks = await eventually(log, lambda seen: len(delays(seen)) >= 6)
        for _ in range(2):
            looks.append(await log.monitor.look())
        found = delays(looks)
        assert len(found) == 6
        # Clocks are read to the millisecond.
        assert all(-2 <= one < TIMEOUT_S * 1000 for one in found)

    async def test_a_log_that_falls_silent_is_unreachable_until_it_answers(
        self, log: WatchedLog
    ) -> None:
        await log.monitor.look()
        await log.cut()
        try:
            with pytest.raises(LogUnreachable):
                await log.monitor.look()
        finally:
            await log.mend()
        await eventually(log, lambda seen: len(seen) >= 1)
