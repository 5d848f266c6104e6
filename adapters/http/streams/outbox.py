"""Keep what waits for one WebSocket reader, and write it as fast as it reads."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from litestar.types import Send

from adapters.http.streams.messages import lagging_frame
from ports.time import Clock

# RFC 6455 and the IANA registry: go away and come back later.
TRY_AGAIN_LATER = 1013

Close = Callable[[int, str], None]


class Outbox:
    """A bounded line of frames towards one reader.

    Events are never dropped: a reader that leaves too many waiting is closed, and resumes
    by sequence. Of quotes only the latest of each symbol waits, and the reader is told
    how many it did not get.
    """

    def __init__(self, *, send: Send, clock: Clock, frames_max: int, close: Close) -> None:
        self._send = send
        self._clock = clock
        self._frames_max = frames_max
        self._close = close
        self._frames: deque[str] = deque()
        self._quotes: dict[str, str] = {}
        self._dropped = 0
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._writing_since: float | None = None

    def push(self, frame: str) -> None:
        """Put a frame in line that must arrive; closes the reader that is too far behind."""
        if len(self._frames) >= self._frames_max:
            self._close(TRY_AGAIN_LATER, "too slow: reconnect and resume by sequence")
            return
        self._frames.append(frame)
        self._work.set()

    async def push_when_room(self, frame: str) -> None:
        """Put a frame in line once the reader has caught up by half."""
        if len(self._frames) >= self._frames_max // 2:
            self._room.clear()
            await self._room.wait()
        self._frames.append(frame)
        self._work.set()

    def push_if_idle(self, frame: str) -> None:
        """Put a frame in line only if nothing waits: any other frame says as much."""
        if not self._frames and self._writing_since is None:
            self._frames.append(frame)
            self._work.set()

    def push_quote(self, symbol: str, frame: str) -> None:
        """Let a quote wait, in place of an older one of the symbol."""
        if symbol in self._quotes:
            self._dropped += 1
        self._quotes[symbol] = frame
        self._work.set()

    def is_stalled(self, *, after_s: float) -> bool:
        """Tell whether one write has been waiting for the reader for that long."""
        since = self._writing_since
        return since is not None and self._clock.monotonic() - since >= after_s

    async def write(self) -> None:
        """Write what comes until cancelled."""
        frames = self._frames
        while True:
            await self._work.wait()
            self._work.clear()
            self._writing_since = self._clock.monotonic()
            while frames:
                await self._text(frames.popleft())
                if not self._room.is_set() and len(frames) < self._frames_max // 2:
                    self._room.set()
            await self._write_quotes()
            self._writing_since = None

    async def _write_quotes(self) -> None:
        while self._quotes:
            symbol = next(iter(self._quotes))
            await self._text(self._quotes.pop(symbol))
            if self._frames:
                # Events go first: what is left of the quotes is newer when its turn comes.
                self._work.set()
                break
        if self._dropped and not self._quotes:
            dropped, self._dropped = self._dropped, 0
            await self._text(lagging_frame(dropped=dropped))

    async def _text(self, frame: str) -> None:
        message: Any = {"type": "websocket.send", "text": frame}
        await self._send(message)
        self._writing_since = self._clock.monotonic()
