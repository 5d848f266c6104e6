"""Gather the statements of a transaction whose outcome nobody waits for into one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from adapters.postgres.link.signing import key_of
from adapters.postgres.link.tenancy import Connection, TenantScope, scope_of
from domain.audit.macs import AuditKey

_PLACE = re.compile(r"\$(\d+)")

Statement = tuple[str, tuple[Any, ...]]


@dataclass(slots=True)
class Deferring:
    """A connection within a transaction; what was deferred goes before all that follows it.

    Each round trip costs more than most of these statements do. Deferred ones become parts of
    one WITH: they see the rows as they were before all of them, and not each other's, so that
    a table stands in it once. What breaks a rule is told when they are sent, at the exit at
    the latest. It has the methods that a transaction here needs, and no more.
    """

    connection: Connection
    _waiting: list[Statement] = field(default_factory=list)
    _tables: set[str] = field(default_factory=set)

    @property
    def tenant_scope(self) -> TenantScope:
        """Whose rows the connection sees."""
        return scope_of(self.connection)

    @property
    def audit_key(self) -> AuditKey | None:
        """What proves audit entries."""
        return key_of(self.connection)

    async def defer(self, table: str, *statements: Statement) -> None:
        """Send statements over one table later, with those over others."""
        if table in self._tables:
            await self.send()
        self._tables.add(table)
        self._waiting.extend(statements)

    async def send(self) -> None:
        """Send what waits."""
        waiting, self._waiting = self._waiting, []
        self._tables.clear()
        if waiting:
            sql, arguments = _as_one(waiting)
            await self.connection.execute(sql, *arguments)

    async def execute(self, sql: str, *arguments: Any) -> str:
        """Run a statement behind what waits."""
        await self.send()
        told: str = await self.connection.execute(sql, *arguments)
        return told

    async def executemany(self, sql: str, arguments: Any) -> None:
        """Run a statement for each of the arguments behind what waits."""
        await self.send()
        await self.connection.executemany(sql, arguments)

    async def fetch(self, sql: str, *arguments: Any) -> Any:
        """Return rows as they are behind what waits."""
        await self.send()
        return await self.connection.fetch(sql, *arguments)

    async def fetchrow(self, sql: str, *arguments: Any) -> Any:
        """Return a row as it is behind what waits."""
        await self.send()
        return await self.connection.fetchrow(sql, *arguments)

    async def fetchval(self, sql: str, *arguments: Any) -> Any:
        """Return a value as it is behind what waits."""
        await self.send()
        return await self.connection.fetchval(sql, *arguments)


async def later(connection: Connection, table: str, *statements: Statement) -> None:
    """Run statements over a table later, on a connection that can."""
    # The driver's class stands for what a scope asks of it, and hides what it really is.
    deferring: object = connection
    assert isinstance(deferring, Deferring)
    await deferring.defer(table, *statements)


def _as_one(statements: Sequence[Statement]) -> Statement:
    """Put statements into one, each with its own arguments behind those of the ones before."""
    texts: list[str] = []
    given: list[Any] = []
    for sql, arguments in statements:
        texts.append(_shifted(sql, by=len(given)))
        given.extend(arguments)
    *parts, last = texts
    if not parts:
        return last, tuple(given)
    named = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(parts))
    return f"WITH {named} {last}", tuple(given)


@cache
def _shifted(sql: str, *, by: int) -> str:
    return _PLACE.sub(lambda found: f"${int(found[1]) + by}", sql)
