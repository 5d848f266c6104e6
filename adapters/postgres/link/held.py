"""Keep a few connections for one statement of the hot path, prepared on each of them."""

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from asyncpg.prepared_stmt import PreparedStatement

from adapters.postgres.link.database import Database
from adapters.postgres.link.errors import port_errors
from adapters.postgres.link.quick_codecs import learn_quick_codecs
from ports.storage import StorageUnavailable


@dataclass(frozen=True, slots=True)
class _HeldConnection:
    connection: "PoolConnectionProxy[asyncpg.Record]"
    # By their text, as they come to be used.
    prepared: "dict[str, PreparedStatement[asyncpg.Record]]"


class HeldStatement:
    """One statement that gives one value, on connections that it never gives back.

    Another one that does the same for some arguments may use the connections too.

    Borrowing a connection from the pool for every call costs a fifth of a small one. The one
    used last is used first. A connection that broke, or whose call was cut off, goes back to
    the pool, which mends or drops it; the next call takes a new one.
    """

    def __init__(
        self, database: Database, sql: str, *, connections_max: int, wait_s: float = 2.0
    ) -> None:
        self._database = database
        self._sql = sql
        self._idle: list[_HeldConnection] = []
        self._free = asyncio.Semaphore(connections_max)
        self._wait_s = wait_s

    async def value(self, *arguments: Any) -> Any:
        """Run the statement and return its one value; raises storage errors and the driver's."""
        return await self.value_of(self._sql, arguments)

    async def value_of(self, sql: str, arguments: tuple[Any, ...]) -> Any:
        """Run another statement, one of a few, in place of the own one."""
        if self._free.locked():
            await self._await_free()
        else:
            await self._free.acquire()
        try:
            with port_errors():
                return await self._run(sql, arguments)
        finally:
            self._free.release()

    async def _await_free(self) -> None:
        try:
            await asyncio.wait_for(self._free.acquire(), self._wait_s)
        except TimeoutError:
            raise StorageUnavailable("no database connection became free in time") from None

    async def _run(self, sql: str, arguments: tuple[Any, ...]) -> Any:
        held = await self._take()
        try:
            statement = held.prepared.get(sql)
            if statement is None:
                statement = held.prepared[sql] = await held.connection.prepare(sql)
            value = await statement.fetchval(*arguments)
        except asyncpg.PostgresError:
            await self._put_back(held)
            raise
        except BaseException:
            await self._database.let_go(held.connection)
            raise
        self._idle.append(held)
        return value

    async def _take(self) -> _HeldConnection:
        while self._idle:
            held = self._idle.pop()
            if self._database.holds(held.connection) and _is_whole(held.connection):
                return held
            await self._database.let_go(held.connection)
        connection = await self._database.hold()
        try:
            await learn_quick_codecs(connection)
        except BaseException:
            await self._database.let_go(connection)
            raise
        return _HeldConnection(connection, {})

    async def _put_back(self, held: _HeldConnection) -> None:
        # A refusal leaves the connection as it was, a farewell of the server does not.
        if _is_whole(held.connection):
            self._idle.append(held)
        else:
            await self._database.let_go(held.connection)


def _is_whole(connection: "PoolConnectionProxy[asyncpg.Record]") -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        # Its session ended while nobody used it: the pool has taken it back by itself.
        return False
