"""Watch a log and its consumers: keep a picture of both, and tell when something is wrong."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from application.streams.observations import Observations, readings_of
from domain.shared.notices import Notice
from domain.streams.alarms import NONE, Alarm, AlarmKind, AlarmsByKey, Reading, Thresholds
from domain.streams.lag import QUIET_MIN
from domain.streams.picture import StreamPicture
from ports.identity import Users
from ports.ids import Ids
from ports.storage import StorageUnavailable
from ports.stream_monitor import LogUnreachable, StandingAlarms, StreamMonitor
from ports.time import Clock, Sleeper

CHANNEL = "streams"
# The subject of an alarm about the log itself.
LOG = "log"

_ALL_KINDS = frozenset(AlarmKind)


class WatchStreams:
    """Looks every `every_s`; `picture` is what the latest look brought.

    An alarm is told to every tenant when it begins and when it is over, once, however many
    processes watch and however often they restart. While the log does not answer, what was
    seen last stays in the picture, said to be old, and no alarm of it begins or ends.
    """

    def __init__(
        self,
        *,
        monitor: StreamMonitor,
        alarms: StandingAlarms,
        users: Users,
        thresholds: Thresholds,
        clock: Clock,
        sleeper: Sleeper,
        ids: Ids,
        every_s: float = 1.0,
        quiet_min: timedelta = QUIET_MIN,
    ) -> None:
        self._monitor = monitor
        self._alarms = alarms
        self._users = users
        self._thresholds = thresholds
        self._clock = clock
        self._sleeper = sleeper
        self._ids = ids
        self._every_s = every_s
        self._quiet_min = quiet_min
        self._observations = Observations()
        self._standing: AlarmsByKey | None = None
        self._unanswered = 0
        self.picture = StreamPicture(configured=True, detail="not looked at yet")

    async def run(self) -> None:
        """Look until the task is cancelled."""
        try:
            while True:
                await self.look()
                await self._sleeper.sleep(self._every_s)
        finally:
            await self._monitor.stop()

    async def look(self) -> None:
        """Look once, and tell what changed."""
        at = self._clock.now()
        try:
            seen = await self._monitor.look()
        except LogUnreachable as problem:
            self._unanswered += 1
            self.picture = replace(self.picture, reachable=False, detail=str(problem))
            await self._judge([], at=at, covers=())
            return
        self._unanswered = 0
        at = self._clock.now()
        self._observations.add(seen, at=at, monotonic_s=self._clock.monotonic())
        topics = self._observations.topics(seen)
        groups = self._observations.groups(at=at, quiet_min=self._quiet_min)
        self.picture = replace(
            self.picture, reachable=True, detail="", at=at, topics=topics, groups=groups
        )
        await self._judge(readings_of(topics, groups), at=at, covers=_ALL_KINDS)

    async def _judge(
        self, readings: list[Reading], *, at: datetime, covers: Iterable[AlarmKind]
    ) -> None:
        own = Reading(kind=AlarmKind.UNREACHABLE, subject=LOG, value=self._unanswered)
        judged = self._thresholds.judge(
            self._standing or NONE, readings=[*readings, own], at=at, covers=covers
        )
        self.picture = replace(self.picture, alarms=tuple(judged.standing.values()))
        # What could not be stored is not told yet either: the next look finds it again.
        with contextlib.suppress(StorageUnavailable):
            if self._standing is None:
                # Told in an earlier life: not to be told again, and to be cleared if over.
                known = {(one.kind, one.subject): one for one in await self._alarms.all()}
                self._standing = known
                judged = self._thresholds.judge(
                    known, readings=[*readings, own], at=at, covers=covers
                )
            for alarm in judged.raised:
                notices = await self._notices(alarm, type="stream.alarm_raised", at=at)
                await self._alarms.add(alarm, notices=notices)
            for alarm in judged.cleared:
                notices = await self._notices(alarm, type="stream.alarm_cleared", at=at)
                await self._alarms.remove(alarm, notices=notices)
            self._standing = judged.standing
            self.picture = replace(self.picture, alarms=tuple(judged.standing.values()))

    async def _notices(self, alarm: Alarm, *, type: str, at: datetime) -> list[Notice]:
        return [
            Notice(
                id=self._ids.new(),
                tenant_id=tenant.id,
                account_id=None,
                channel=CHANNEL,
                sequence=0,
                type=type,
                subject=f"{alarm.kind}:{alarm.subject}",
                at=at,
                market_at=None,
                body=describe_alarm(alarm),
            )
            for tenant in await self._users.tenants()
        ]


def describe_alarm(alarm: Alarm) -> Mapping[str, str]:
    """List what a reader of the stream needs to show the alarm."""
    return {
        "kind": alarm.kind.value,
        "subject": alarm.subject,
        "value": f"{alarm.value:g}",
        "threshold": f"{alarm.threshold:g}",
        "raised_at": alarm.raised_at.isoformat(),
    }
