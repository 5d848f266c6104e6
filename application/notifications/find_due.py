"""Find deliveries that are to be sent now, whatever the clock on the wall was set to meanwhile."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from application.notifications.context import DELIVERIES, NotifyContext
from application.shared.readable import readable
from domain.identity.notice import Priority
from domain.notifications.backoff import BACK_OFF_S_MAX
from domain.notifications.message import Channel
from domain.notifications.notification import Delivery, DeliveryState
from domain.notifications.preference import HELD_FOR_MAX
from ports.work import AtLeast, AtMost, Where

# Longer than any send takes: what is still being sent then died with its process.
LEASE_S = 120.0
_STRAYS_EVERY_S = 5.0
# A longer pause between two looks is no time that anybody was watched for.
_PAUSE_S_MAX = 10.0
# As far ahead as a wall clock may be by chance.
_SLACK = timedelta(minutes=1)
_BACK_OFF_MAX = timedelta(seconds=BACK_OFF_S_MAX)
_ASIDE_S = 60.0
_PAGE = 100
Lane = tuple[Channel, Priority]


@dataclass(slots=True)
class _Watched:
    """What another process sends, or died of: how long it has stayed as it is."""

    version: int
    seen_s: float


@dataclass(slots=True, kw_only=True)
class FindDue:
    """Finds what is due of a channel and a priority.

    The clock on the wall says when something is due, but is not trusted beyond the longest time
    that anything may wait. Whether another process still sends is told by no clock but our own
    monotonic one: what stayed as it was for LEASE_S while we looked on, outages left out, died
    with its process. What we send ourselves never counts as that.
    """

    context: NotifyContext
    _ours: set[UUID] = field(default_factory=set, init=False)
    _watched: dict[Lane, dict[UUID, _Watched]] = field(default_factory=dict, init=False)
    # When we looked for strays last, and where there were more than could be taken.
    _looked_s: dict[Lane, float] = field(default_factory=dict, init=False)
    _more: set[Lane] = field(default_factory=set, init=False)
    # Until when a delivery is left alone whose records cannot be read.
    _aside_s: dict[UUID, float] = field(default_factory=dict, init=False)

    async def __call__(
        self, channel: Channel, *, priority: Priority, limit: int
    ) -> Sequence[Delivery]:
        """Return at most so many, the oldest first."""
        now = self.context.changes.clock.now()
        queued = {"channel": channel, "priority": priority, "state": DeliveryState.QUEUED}
        found = {
            one.id: one
            for where in ({**queued, "due_at": None}, {**queued, "due_at": AtMost(now)})
            for one in await self._list(where, limit=limit)
        }
        found |= {one.id: one for one in await self._strays((channel, priority), limit=limit)}
        return sorted(found.values(), key=lambda one: one.id)[:limit]

    def take(self, held: Iterable[Delivery]) -> None:
        """Keep in mind what we send."""
        self._ours |= {one.id for one in held}

    def leave(self, held: Iterable[Delivery]) -> None:
        """Forget what we sent, or could not."""
        self._ours -= {one.id for one in held}

    def set_aside(self, one: Delivery, problem: str) -> None:
        """Leave one alone for a while whose records cannot be read: it holds no other up."""
        self.context.on_unreadable(one.id, problem)
        self._aside_s[one.id] = self.context.changes.clock.monotonic() + _ASIDE_S

    async def _strays(self, lane: Lane, *, limit: int) -> Sequence[Delivery]:
        """Return what a clock that was set, or a process that died, left behind."""
        now_s = self.context.changes.clock.monotonic()
        looked_s = self._looked_s.get(lane)
        if looked_s is not None and now_s < looked_s + _STRAYS_EVERY_S and lane not in self._more:
            return []
        self._looked_s[lane] = now_s
        channel, priority = lane
        of = {"channel": channel, "priority": priority}
        passed_s = 0.0 if looked_s is None else min(now_s - looked_s, _PAUSE_S_MAX)
        strays = list(await self._lost(lane, of=of, passed_s=passed_s))
        now = self.context.changes.clock.now() + _SLACK
        for far in (
            {"due_at": AtLeast(now + HELD_FOR_MAX)},
            {"due_at": AtLeast(now + _BACK_OFF_MAX), "attempts": AtLeast(1)},
        ):
            where = {**of, "state": DeliveryState.QUEUED, **far}
            strays += await self._list(where, limit=limit)
        if len(strays) >= limit:
            self._more.add(lane)
        else:
            self._more.discard(lane)
        return strays

    async def _lost(self, lane: Lane, *, of: Where, passed_s: float) -> Sequence[Delivery]:
        """Return what nobody alive can still be sending."""
        before, lost = self._watched.get(lane, {}), []
        after = self._watched[lane] = {}
        where = {**of, "state": DeliveryState.SENDING}
        async for one in self._every(where, page=_PAGE):
            if one.id in self._ours:
                continue
            known = before.get(one.id)
            same = known is not None and known.version == one.version
            seen_s = known.seen_s + passed_s if known is not None and same else 0.0
            after[one.id] = _Watched(one.version, seen_s)
            if seen_s >= LEASE_S:
                lost.append(one)
        return lost

    async def _list(self, where: Where, *, limit: int) -> Sequence[Delivery]:
        found: list[Delivery] = []
        async for one in self._every(where, page=limit):
            found.append(one)
            if len(found) == limit:
                break
        return found

    async def _every(self, where: Where, *, page: int) -> AsyncIterator[Delivery]:
        now_s = self.context.changes.clock.monotonic()
        self._aside_s = {one: until for one, until in self._aside_s.items() if until > now_s}
        async for one in readable(
            self.context.changes.works,
            DELIVERIES,
            page=page,
            where=where,
            unreadable=self.context.on_unreadable,
        ):
            if one.id not in self._aside_s:
                yield one
