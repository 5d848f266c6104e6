"""Keep in memory what was told of streams, what is asked of consumers, and a log to be watched."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryLink
from adapters.memory.notices import add_next
from domain.audit.entry import AuditEntry
from domain.shared.notices import Notice
from domain.streams.alarms import Alarm
from ports.consumers import RestartRequest
from ports.stream_monitor import CommitSeen, LogUnreachable, Look, PartitionSeen, StandingOffset
from ports.time import Clock

_UNREAD_MAX = 10_000


@dataclass(frozen=True, slots=True)
class MemoryStandingAlarms:
    """Standing alarms in memory (port StandingAlarms)."""

    link: MemoryLink

    async def all(self) -> Sequence[Alarm]:
        """Return them, oldest first."""
        alarms = (await self.link.enter()).alarms
        return sorted(alarms.values(), key=lambda one: (one.raised_at, one.kind, one.subject))

    async def add(self, alarm: Alarm, *, notices: Sequence[Notice]) -> bool:
        """Store an alarm and tell of it, once."""
        database = await self.link.enter()
        key = (alarm.kind.value, alarm.subject)
        if key in database.alarms:
            return False
        database.alarms[key] = alarm
        for notice in notices:
            add_next(database, notice)
        return True

    async def remove(self, alarm: Alarm, *, notices: Sequence[Notice]) -> bool:
        """Remove an alarm and tell of it, once."""
        database = await self.link.enter()
        if database.alarms.pop((alarm.kind.value, alarm.subject), None) is None:
            return False
        for notice in notices:
            add_next(database, notice)
        return True


@dataclass(frozen=True, slots=True)
class MemoryConsumerRestarts:
    """Restart requests in memory (port ConsumerRestarts)."""

    link: MemoryLink

    async def ask(self, request: RestartRequest, *, audit: AuditEntry) -> None:
        """Store a request with its audit entry."""
        database = await self.link.enter()
        database.restarts[request.id] = request
        database.audit.append(audit)

    async def latest(self, *, group: str) -> RestartRequest | None:
        """Return the group's latest request."""
        restarts = (await self.link.enter()).restarts.values()
        of_group = [one for one in restarts if one.group == group]
        return max(of_group, key=lambda one: one.id, default=None)

    async def done(self, *, request_id: UUID, at: datetime) -> None:
        """Note that a member has restarted."""
        restarts = (await self.link.enter()).restarts
        known = restarts.get(request_id)
        if known is not None and known.done_at is None:
            restarts[request_id] = replace(known, done_at=at)


@dataclass(slots=True)
class MemoryStreamMonitor:
    """A log of numbers only: as many messages as one says, and commits (port StreamMonitor)."""

    clock: Clock
    reachable: bool = True
    # (topic, partition) to its end offset, and to how many of its replicas are in sync.
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    in_sync: dict[tuple[str, int], int] = field(default_factory=dict)
    replicas: int = 1
    _standing: dict[tuple[str, str, int], int] = field(default_factory=dict)
    _heard: list[CommitSeen] = field(default_factory=list)
    _delays_ms: dict[str, list[float]] = field(default_factory=dict)

    def make_topic(self, topic: str, *, partitions: int = 1) -> None:
        """Make an empty topic."""
        for number in range(partitions):
            self.ends[(topic, number)] = 0

    def produce(self, topic: str, *, count: int, number: int = 0, delay_ms: float = 1.0) -> None:
        """Put messages into a partition that take so long to be seen."""
        self.ends[(topic, number)] += count
        delays = self._delays_ms.setdefault(topic, [])
        delays += [delay_ms] * min(count, _UNREAD_MAX - len(delays))

    def commit(self, group: str, *, topic: str, offset: int, number: int = 0) -> None:
        """Let a group commit."""
        self._standing[(group, topic, number)] = offset
        self._heard.append(
            CommitSeen(group=group, topic=topic, number=number, offset=offset, at=self.clock.now())
        )
        del self._heard[:-_UNREAD_MAX]

    def forget(self, group: str) -> None:
        """Let a group's offsets expire."""
        for place in [place for place in self._standing if place[0] == group]:
            del self._standing[place]

    async def look(self) -> Look:
        """Return how the log is now."""
        if not self.reachable:
            raise LogUnreachable("the log in memory was made unreachable")
        heard, self._heard = self._heard, []
        delays, self._delays_ms = self._delays_ms, {}
        standing = [
            StandingOffset(group=group, topic=topic, number=number, offset=offset)
            for (group, topic, number), offset in self._standing.items()
        ]
        return Look(
            partitions=[
                PartitionSeen(
                    topic=topic,
                    number=number,
                    end=end,
                    replicas=self.replicas,
                    in_sync=self.in_sync.get((topic, number), self.replicas),
                )
                for (topic, number), end in self.ends.items()
            ],
            standing=standing,
            commits=heard,
            delays_ms=delays,
        )

    async def stop(self) -> None:
        """Let go of nothing."""
