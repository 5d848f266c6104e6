"""Hand signals to groups of readers through a Redis stream."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
import structlog

from adapters.redis.client import Argument, RedisAway, RedisLink, Script
from ports.signals import BODY_BYTES_MAX, DeadSignal, Delivery, Signal, SignalsUnavailable

log = structlog.get_logger(__name__)

STREAM = "signals:global"
LENGTH_MAX = 100_000
DEAD_MAX = 10_000
HANDED_OUT_MAX = 5
_ADD = Script("""\
for index = 2, #ARGV do
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'signal', ARGV[index])
end
return #ARGV - 1
""")
# First what was handed out too often goes to the dead, then the rest changes hands; what was
# trimmed meanwhile is gone from the group as well.
_CLAIM = Script("""\
local stream, dead = KEYS[1], KEYS[2]
local group, member, stuck_ms, limit = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local times = {}
for _, one in ipairs(redis.call('XPENDING', stream, group, 'IDLE', stuck_ms, '-', '+', limit)) do
    local place, count = one[1], one[4]
    if count >= tonumber(ARGV[5]) then
        local entry = redis.call('XRANGE', stream, place, place)[1]
        if entry then
            redis.call('XADD', dead, 'MAXLEN', '~', ARGV[6], '*',
                'group', group, 'times', count, 'signal', entry[2][2])
        end
        redis.call('XACK', stream, group, place)
    else
        times[place] = count + 1
    end
end
local claimed = {}
local found = redis.call('XAUTOCLAIM', stream, group, member, stuck_ms, '0-0', 'COUNT', limit)
for _, entry in ipairs(found[2]) do
    table.insert(claimed, {entry[1], entry[2], times[entry[1]] or 2})
end
return {claimed, #(found[3] or {})}
""")
_DECODER = msgspec.json.Decoder(Signal)
Given = TypeVar("Given")


class RedisSignalStream:
    """The stream `signals:global` and its consumer groups (port SignalStream)."""

    def __init__(
        self,
        *,
        link: RedisLink,
        length_max: int = LENGTH_MAX,
        handed_out_max: int = HANDED_OUT_MAX,
    ) -> None:
        self._link = link
        self._length_max = length_max
        self._handed_out_max = handed_out_max
        self._stream = link.key(STREAM)
        self._dead = link.key(STREAM, "dead")

    async def add(self, signals: Sequence[Signal]) -> None:
        """Put signals in line."""
        for signal in signals:
            if sum(len(key) + len(text) for key, text in signal.body.items()) > BODY_BYTES_MAX:
                raise ValueError(f"a signal's body has at most {BODY_BYTES_MAX} bytes")
        if signals:
            bodies = [msgspec.json.encode(one) for one in signals]
            args: list[Argument] = [self._length_max, *bodies]
            await _or_unavailable(self._link.run(_ADD, keys=[self._stream], args=args))

    async def read(
        self, *, group: str, member: str, limit: int, wait_s: float
    ) -> Sequence[Delivery]:
        """Return signals that no member of the group had."""
        command: list[Argument] = ["XREADGROUP", "GROUP", group, member, "COUNT", limit]
        tail = ["STREAMS", self._stream, ">"]

        async def ask() -> Any:
            if wait_s <= 0:
                return await self._link.ask(*command, *tail)
            block: list[Argument] = ["BLOCK", max(1, round(wait_s * 1000))]
            return await self._link.wait(*command, *block, *tail, wait_s=wait_s)

        found = await self._of_group(group, ask)
        entries = found[0][1] if found else []
        return _deliveries([(place, fields, 1) for place, fields in entries])

    async def ack(self, *, group: str, places: Sequence[str]) -> int:
        """Be done with deliveries."""
        if not places:
            return 0
        return int(await _or_unavailable(self._link.ask("XACK", self._stream, group, *places)))

    async def claim_stuck(
        self, *, group: str, member: str, stuck_s: float, limit: int
    ) -> Sequence[Delivery]:
        """Take over deliveries that were left open, or bury them."""
        own = (group, member, round(stuck_s * 1000), limit)
        args: list[Argument] = [*own, self._handed_out_max, DEAD_MAX]
        keys = [self._stream, self._dead]
        claimed, lost = await self._of_group(
            group, lambda: self._link.run(_CLAIM, keys=keys, args=args)
        )
        if lost:
            log.error("signals.trimmed_unread", group=group, count=lost)
        return _deliveries(claimed)

    async def dead(self, *, limit: int) -> Sequence[DeadSignal]:
        """Return the latest dead signals, newest first."""
        found = await _or_unavailable(
            self._link.ask("XREVRANGE", self._dead, "+", "-", "COUNT", limit)
        )
        return [
            DeadSignal(group=fields[1].decode(), times=int(fields[3]), signal=signal)
            for _, fields in found
            if (signal := _signal(fields[5])) is not None
        ]

    async def _of_group(self, group: str, ask: Callable[[], Awaitable[Given]]) -> Given:
        """Ask something of a group, which is made where there is none: at first, or any more."""
        try:
            return await ask()
        except RedisAway as problem:
            if "NOGROUP" not in str(problem):
                raise SignalsUnavailable(str(problem)) from problem
        try:
            await self._link.ask("XGROUP", "CREATE", self._stream, group, "0", "MKSTREAM")
        except RedisAway as problem:
            # Another member made it first.
            if "BUSYGROUP" not in str(problem):
                raise SignalsUnavailable(str(problem)) from problem
        return await _or_unavailable(ask())


async def _or_unavailable(asking: Awaitable[Given]) -> Given:
    try:
        return await asking
    except RedisAway as problem:
        raise SignalsUnavailable(str(problem)) from problem


def _deliveries(found: Sequence[tuple[bytes, Sequence[bytes], int]]) -> list[Delivery]:
    """Return what can be read; the rest stays open until it goes to the dead."""
    return [
        Delivery(place=place.decode(), signal=signal, times=times)
        for place, fields, times in found
        if (signal := _signal(fields[1])) is not None
    ]


def _signal(raw: bytes) -> Signal | None:
    try:
        return _DECODER.decode(raw)
    except msgspec.MsgspecError:
        log.error("signals.unreadable", bytes=len(raw))
        return None
