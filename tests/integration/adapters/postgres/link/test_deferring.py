"""Deferred statements go together, before whatever follows them, or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import pytest

from adapters.postgres.link.database import Database
from adapters.postgres.link.deferring import Deferring, later
from adapters.postgres.link.tenancy import Connection

_TABLES = """
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, parent int NOT NULL REFERENCES parents)"""
_PARENT = "INSERT INTO parents VALUES ($1)"
_CHILD = "INSERT INTO children (id, parent) VALUES ($1, $2)"


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_TABLES)
        yield connection
    finally:
        await connection.close()


class Counted:
    """A connection that keeps what it was asked."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection
        self.asked: list[str] = []

    async def execute(self, sql: str, *arguments: Any) -> str:
        self.asked.append(sql)
        told: str = await self.connection.execute(sql, *arguments)
        return told

    async def fetchval(self, sql: str, *arguments: Any) -> Any:
        self.asked.append(sql)
        return await self.connection.fetchval(sql, *arguments)


@asynccontextmanager
async def deferring(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> AsyncIterator[tuple[Connection, Counted]]:
    """Lend a transaction that defers, and send what waits at its end."""
    counted = Counted(connection)
    async with connection.transaction():
        made = Deferring(cast("Connection", counted))
        yield cast("Connection", made), counted
        await made.send()


async def test_statements_over_several_tables_are_one(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    async with deferring(owner) as (connection, counted):
        # What refers to another row may come before it: rules are looked at behind all.
        await later(connection, "children", (_CHILD, (10, 1)))
        await later(connection, "parents", (_PARENT, (1,)))
        assert counted.asked == []
    assert len(counted.asked) == 1
    assert await owner.fetchval("SELECT parent FROM children WHERE id = 10") == 1


async def test_what_follows_sees_what_was_deferred(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    async with deferring(owner) as (connection, counted):
        await later(connection, "parents", (_PARENT, (1,)))
        assert await connection.fetchval("SELECT count(*) FROM parents") == 1
        await later(connection, "parents", (_PARENT, (2,)))
        # A table stands in a statement once: the one before goes first.
        await later(connection, "parents", (_PARENT, (3,)))
        assert counted.asked[-1] == _PARENT
    assert await owner.fetchval("SELECT sum(id) FROM parents") == 6
    assert len(counted.asked) == 4


async def test_a_rule_that_is_broken_is_told_at_the_exit_and_nothing_stays(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    async def break_one() -> None:
        async with deferring(owner) as (connection, _):
            await later(connection, "parents", (_PARENT, (1,)))
            await later(connection, "children", (_CHILD, (10, 2)))

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await break_one()
    assert await owner.fetchval("SELECT count(*) FROM parents") == 0


async def test_an_error_sends_nothing(owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    async def fail() -> None:
        async with deferring(owner) as (connection, counted):
            await later(connection, "parents", (_PARENT, (1,)))
            assert counted.asked == []
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await owner.fetchval("SELECT count(*) FROM parents") == 0


async def test_a_connection_that_cannot_defer_is_a_mistake(database: Database) -> None:
    async with database.transaction() as connection:
        with pytest.raises(AssertionError):
            await later(connection, "parents", (_PARENT, (1,)))
