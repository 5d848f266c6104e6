"""Carry notices to every process through a Redis stream, without a gap."""

import contextlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import structlog

from adapters.redis.client import RedisAway, RedisLink, Script
from domain.shared.notices import Notice
from ports.storage import StorageUnavailable
from ports.streams import Journal, StreamUnavailable, Subscriber
from ports.time import Sleeper

log = structlog.get_logger(__name__)

STREAM = "notices"
LENGTH_MAX = 100_000
# Of one script: Redis does nothing else meanwhile.
CHUNK = 100
PAGE = 500
WAIT_S = 0.5
POLL_S = 0.25
TOLD_MAX = 10_000
# Each entry names the one before it, so that a reader sees by itself whether any is missing,
# be it trimmed, flushed or lost by a server that took over.
_PUBLISH = Script("""\
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local before = last and last[1] or ''
for index = 2, #ARGV do
    before = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*',
        'before', before, 'notice', ARGV[index])
end
return before
""")
_encode = msgspec.json.Encoder().encode
_DECODER = msgspec.json.Decoder(Notice)
_UNTOLD = object()


@dataclass(frozen=True, slots=True)
class _Entry:
    id: bytes
    before: bytes
    # None for one that cannot be read: the journal has it.
    notice: Notice | None


class RedisEventStream:
    """Notices that the relay publishes once and every process follows (port EventStream).

    The journal is the truth and Redis the quick way. A follower remembers the last notice it
    passed on. Where the stream does not go on from there, it reads on from the journal; while
    Redis is away it does so four times a second.
    """

    def __init__(
        self,
        *,
        link: RedisLink,
        journal: Journal,
        sleeper: Sleeper,
        relay: str = "relay",
        length_max: int = LENGTH_MAX,
    ) -> None:
        self._link = link
        self._journal = journal
        self._sleeper = sleeper
        self._relay = relay
        self._length_max = length_max
        self._key = link.key(STREAM)
        self._subscribers: list[Subscriber] = []
        # The last entry read; None before any was looked for, empty in an empty stream.
        self._last: bytes | None = None
        # The last notice passed on, or a cursor of the journal.
        self._place: Notice | str | None = None
        # What came from the journal, and may still come by the stream.
        self._told: OrderedDict[UUID, object] = OrderedDict()

    async def publish(self, notices: Sequence[Notice]) -> None:
        """Hand notices to Redis, in order."""
        for start in range(0, len(notices), CHUNK):
            bodies = [_encode(one) for one in notices[start : start + CHUNK]]
            try:
                await self._link.run(_PUBLISH, keys=[self._key], args=[self._length_max, *bodies])
            except RedisAway as problem:
                raise StreamUnavailable(str(problem)) from problem

    def subscribe(self, *, name: str, subscriber: Subscriber) -> None:
        """Add a subscriber."""
        self._subscribers.append(subscriber)

    async def join(self) -> None:
        """Find the place from which to follow: nothing published from now on is missed.

        Raises StorageUnavailable.
        """
        # In this order: what the relay published since is read from the stream.
        self._place = await self._journal.load_cursor(reader=self._relay)
        try:
            self._last, notice = await self._end()
        except RedisAway:
            return
        if notice is not None:
            self._place = notice

    async def follow(self) -> None:
        """Pass notices on to the subscribers until cancelled."""
        if self._place is None:
            await self.join()
        away = False
        while True:
            # Without storage either, the place is kept, and read on from when it answers.
            with contextlib.suppress(StorageUnavailable):
                try:
                    await self._follow_once()
                    if away:
                        log.info("streams.back_on_redis")
                    away = False
                    continue
                except RedisAway as problem:
                    if not away:
                        log.warning("streams.following_the_journal", problem=str(problem))
                    away = True
                    await self._read_journal()
            await self._sleeper.sleep(POLL_S)

    async def _follow_once(self) -> None:
        if self._last is None:
            # Redis was away when we joined: all that was published by now is in the journal.
            self._last, _ = await self._end()
            await self._read_journal()
        entries = await self._read_stream(after=self._last or b"0-0")
        if not entries:
            await self._look_for_loss()
        for entry in entries:
            notice = entry.notice
            # The first entry of a stream cannot tell whether there was another before.
            if entry.before != self._last or not entry.before or notice is None:
                log.info("streams.gap", after=_text(self._last), at=_text(entry.id))
                await self._read_journal()
            if notice is not None and self._told.pop(notice.id, _UNTOLD) is _UNTOLD:
                await self._pass_on(notice)
                self._place = notice
            self._last = entry.id

    async def _look_for_loss(self) -> None:
        """See whether the stream ends before our place: then it is not the one we knew."""
        last, _ = await self._end()
        if last == self._last or (self._last and last and _order(last) > _order(self._last)):
            return
        if not self._last:
            # It was empty and has begun; the next reading brings it.
            return
        log.warning("streams.lost_by_redis", after=_text(self._last), at=_text(last))
        await self._read_journal()
        self._last = last

    async def _read_journal(self) -> None:
        """Pass on all that the journal has behind our place."""
        cursor = await self._cursor()
        while True:
            found = await self._journal.after(cursor=cursor, limit=PAGE)
            for one in found:
                await self._pass_on(one.notice)
                self._told[one.notice.id] = None
                self._place = cursor = one.cursor
            while len(self._told) > TOLD_MAX:
                self._told.popitem(last=False)
            if len(found) < PAGE:
                return

    async def _cursor(self) -> str:
        place = self._place
        if not isinstance(place, Notice):
            return place or ""
        found = await self._journal.cursor_of(
            tenant_id=place.tenant_id,
            account_id=place.account_id,
            channel=place.channel,
            sequence=place.sequence,
        )
        if found is None:
            # Another journal than the stream's, as after a restored backup.
            log.error("streams.place_unknown", channel=place.channel, sequence=place.sequence)
            found = await self._journal.load_cursor(reader=self._relay)
        self._place = found
        return found

    async def _pass_on(self, notice: Notice) -> None:
        for subscriber in self._subscribers:
            await subscriber(notice)

    async def _end(self) -> tuple[bytes, Notice | None]:
        """Return the id and the notice of the last entry, empty when there is none."""
        found = await self._link.ask("XREVRANGE", self._key, "+", "-", "COUNT", 1)
        if not found:
            return b"", None
        entry = _entry(found[0])
        return entry.id, entry.notice

    async def _read_stream(self, *, after: bytes) -> list[_Entry]:
        wait_ms = round(WAIT_S * 1000)
        found = await self._link.wait(
            "XREAD", "COUNT", PAGE, "BLOCK", wait_ms, "STREAMS", self._key, after, wait_s=WAIT_S
        )
        return [_entry(one) for one in found[0][1]] if found else []


def _entry(raw: Any) -> _Entry:
    at, fields = raw
    try:
        return _Entry(id=at, before=fields[1], notice=_DECODER.decode(fields[3]))
    except (msgspec.MsgspecError, IndexError):
        log.error("streams.entry_unreadable", at=_text(at))
        return _Entry(id=at, before=b"", notice=None)


def _order(id: bytes) -> tuple[int, int]:
    at, _, number = id.partition(b"-")
    return int(at), int(number)


def _text(id: bytes | None) -> str:
    return (id or b"").decode()
