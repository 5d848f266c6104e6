"""Look at the stream of signals as it stands, let Redis lose it, and put signals there again."""

from dataclasses import dataclass

from redis.asyncio import Redis

from adapters.redis.client import PREFIX
from adapters.redis.signals import STREAM
from application.strategies.act_on_signals import GROUP

_KEY = f"{PREFIX}:all:{STREAM}"
DONE_MAX = 10
# One step: what comes between a look and the loss would be lost unseen.
_LOOK = """\
local unread, open, done, last = {}, {}, {}, '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
    local known = false
    for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
        local told = {}
        for index = 1, #group, 2 do told[group[index]] = group[index + 1] end
        if told['name'] == ARGV[1] then known, last = true, told['last-delivered-id'] end
    end
    for _, one in ipairs(redis.call('XRANGE', KEYS[1], '(' .. last, '+')) do
        table.insert(unread, one[2][2])
    end
    if known then
        for _, one in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000)) do
            local entry = redis.call('XRANGE', KEYS[1], one[1], one[1])[1]
            if entry then table.insert(open, entry[2][2]) end
        end
    end
    for _, one in ipairs(redis.call('XREVRANGE', KEYS[1], last, '-', 'COUNT', ARGV[2])) do
        table.insert(done, one[2][2])
    end
end
if ARGV[3] == '1' then redis.call('FLUSHALL') end
return {unread, open, done, last}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """The signals that nobody read, those that were read and not done, and the last before.

    last is the place of the last one that was read.
    """

    unread: list[bytes]
    open: list[bytes]
    done: list[bytes]
    last: str

    @property
    def all(self) -> list[bytes]:
        """Each signal of them once."""
        return list(dict.fromkeys([*self.open, *self.unread, *self.done]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalLine:
    """The stream that strategies read."""

    redis: Redis

    async def look(self, *, lose: bool = False) -> LineState:
        """Return how it stands; with lose Redis forgets everything in the same step."""
        asked = self.redis.eval(_LOOK, 1, _KEY, GROUP, str(DONE_MAX), "1" if lose else "0")
        unread, open_, done, last = await asked
        return LineState(unread=unread, open=open_, done=done, last=last.decode())

    async def put(self, signals: list[bytes]) -> None:
        """Put signals there, once more or again."""
        for one in signals:
            await self.redis.xadd(_KEY, {"signal": one})
