"""Keep what waits for one WebSocket reader, and write it as fast as it reads."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from litestar.types import Send

from adapters.http.streams.eager import Waiting, begin, finish
from adapters.http.streams.messages import lagging_frame
from ports.time import Clock

# RFC 6455 and the IANA registry: go away and come back later.
TRY_AGAIN_LATER = 1013

Close = Callable[[int, str], None]
Broken = Callable[[Exception], None]


class Outbox:
    """A bounded line of frames towards one reader.

    Events are never dropped: a reader that leaves too many waiting is closed, and resumes
    by sequence. Of quotes only the latest of each symbol waits, and the reader is told
    how many it did not get.
    """

    def __init__(
        self, *, send: Send, clock: Clock, frames_max: int, close: Close, broken: Broken
    ) -> None:
        self._send = send
        self._clock = clock
        self._frames_max = frames_max
        self._close = close
        self._broken = broken
        # A write that had to wait for the peer, and what it waits for.
        self._begun: tuple[Coroutine[Any, Any, None], Waiting] | None = None
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
        self._take(frame)

    async def push_when_room(self, frame: str) -> None:
        """Put a frame in line once the reader has caught up by half."""
        if len(self._frames) >= self._frames_max // 2:
            self._room.clear()
            await self._room.wait()
        self._take(frame)

    def push_if_idle(self, frame: str) -> None:
        """Put a frame in line only if nothing waits: any other frame says as much."""
        if self._is_idle():
            self._take(frame)

    def offer_quote(self, symbol: str, frame: str) -> None:
        """Let a quote wait, in place of an older one of the symbol."""
        if self._is_idle():
            self._take(frame)
            return
        if symbol in self._quotes:
            self._dropped += 1
        self._quotes[symbol] = frame
        self._work.set()

    def is_stalled(self, *, after_s: float) -> bool:
        """Tell whether one write has been waiting for the reader for that long."""
        since = self._writing_since
        return since is not None and self._clock.monotonic() - since >= after_s

    async def write(self) -> None:
        """Write what could not be written at once, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            self._writing_since = self._clock.monotonic()
            if self._begun is not None:
                work, waiting = self._begun
                self._begun = None
                await finish(work, waiting=waiting)
            await self._write_frames()
            await self._write_quotes()
            self._writing_since = None

    def _is_idle(self) -> bool:
        return self._writing_since is None and not self._frames and not self._quotes

    def _take(self, frame: str) -> None:
        """Write the frame now if nothing is before it and the peer takes it, else line it up.

        A thousand readers that keep up then cost no task switch each.
        """
        if not self._is_idle():
            self._frames.append(frame)
            self._work.set()
            return
        self._writing_since = self._clock.monotonic()
        work = self._send_text(frame)
        try:
            waiting = begin(work)
        # The one who told the news must not pay for a reader that is gone.
        except Exception as error:  # noqa: BLE001
            self._broken(error)
            return
        if waiting is None:
            self._writing_since = None
            return
        self._begun = (work, waiting)
        self._work.set()

    async def _write_frames(self) -> None:
        frames = self._frames
        while frames:
            await self._text(frames.popleft())
            if not self._room.is_set() and len(frames) < self._frames_max // 2:
                self._room.set()

    async def _write_quotes(self) -> None:
        while self._quotes:
            symbol = next(iter(self._quotes))
            await self._text(self._quotes.pop(symbol))
            # Events go first: what is left of the quotes is newer when its turn comes.
            await self._write_frames()
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            await self._text(lagging_frame(dropped=dropped))

    async def _text(self, frame: str) -> None:
        await self._send_text(frame)
        self._writing_since = self._clock.monotonic()

    async def _send_text(self, frame: str) -> None:
        message: Any = {"type": "websocket.send", "text": frame}
        await self._send(message)
