"""Wake loops of other processes through Postgres: LISTEN and NOTIFY."""

import asyncio

from adapters.postgres.link.database import Database
from ports.storage import StorageUnavailable

_CHANNEL = "ballast_wake"
# A first hint goes out at once, those that follow it within this time go out as one: a
# notification per order would cost a commit each.
_PACE_S = 0.01
_ALIVE_EVERY_S = 5.0


class PostgresWakeups:
    """Hints by name over all processes of one database; some may be lost.

    `run` must be running for hints to leave this process and to come in; without it, and
    while the database is away, hints still work within the process.
    """

    def __init__(self, *, database: Database) -> None:
        self._database = database
        self._named: dict[str, PostgresWakeup] = {}
        self._leaving: set[str] = set()
        self._any = asyncio.Event()

    def wakeup(self, name: str) -> "PostgresWakeup":
        """Return the hint of a name, the same one each time."""
        return self._named.setdefault(name, PostgresWakeup(name=name, wakeups=self))

    async def run(self) -> None:
        """Carry hints until cancelled; raises StorageUnavailable when the session ends."""
        async with self._database.system.dedicated() as connection:
            own = connection.get_server_pid()

            def heard(_: object, pid: int, __: str, payload: object) -> None:
                # What we said ourselves was heard here when it was said.
                if pid != own:
                    self._ring(str(payload))

            await connection.add_listener(_CHANNEL, heard)
            while True:
                try:
                    async with asyncio.timeout(_ALIVE_EVERY_S):
                        await self._any.wait()
                except TimeoutError:
                    await connection.fetchval("SELECT 1")
                    continue
                names, self._leaving = self._leaving, set()
                self._any.clear()
                await connection.execute(
                    "SELECT pg_notify($1, $2)", _CHANNEL, " ".join(sorted(names))
                )
                if connection.is_closed():
                    raise StorageUnavailable("the session for wake-ups was lost")
                await asyncio.sleep(_PACE_S)

    def leave(self, name: str) -> None:
        """Let a hint go out to the other processes."""
        self._leaving.add(name)
        self._any.set()

    def _ring(self, names: str) -> None:
        for name in names.split():
            known = self._named.get(name)
            if known is not None:
                known.ring()


class PostgresWakeup:
    """One hint (port Wakeup)."""

    def __init__(self, *, name: str, wakeups: PostgresWakeups) -> None:
        self._name = name
        self._wakeups = wakeups
        self._event = asyncio.Event()

    def set(self) -> None:
        """Hint, here at once and in the other processes soon."""
        self._event.set()
        self._wakeups.leave(self._name)

    def ring(self) -> None:
        """Hint here only: another process said so."""
        self._event.set()

    async def wait(self, *, timeout_s: float) -> None:
        """Return at the next hint or after the timeout."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return
        # Only a wait that saw the hint uses it up: one that was cancelled leaves it.
        self._event.clear()
