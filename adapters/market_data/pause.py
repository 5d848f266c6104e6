"""Hold a task up until it may go on."""

import asyncio


class PauseGate:
    """Open at first; whoever waits while it is shut goes on when it opens."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        # Read before every event: a plain attribute is the cheapest question.
        self.shut = False

    def close(self) -> None:
        """Hold up whoever asks from now on."""
        self.shut = True
        self._open.clear()

    def open(self) -> None:
        """Let everyone go on."""
        self.shut = False
        self._open.set()

    async def wait(self) -> None:
        """Return as soon as the gate is open."""
        while self.shut:
            await self._open.wait()
