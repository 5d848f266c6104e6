"""Open pools of asyncpg connections, and connections of no pool."""

import asyncio
from contextlib import suppress

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.link.limits import DatabaseLimits
from adapters.postgres.link.signing import connections_signing
from domain.audit.macs import AuditKey
from ports.storage import StorageUnavailable

SERVER_MAJOR_MIN = 15
_JSONB_VERSION = b"\x01"
_STATEMENTS_CACHED = 256
_CLOSE_TIMEOUT_S = 10.0


async def open_pool(
    url: str, *, limits: DatabaseLimits, key: AuditKey | None, size_min: int, size_max: int
) -> "asyncpg.Pool[asyncpg.Record]":
    """Connect a pool; raises StorageUnavailable for a server that is too old."""
    pool = asyncpg.create_pool(
        url,
        min_size=size_min,
        max_size=size_max,
        timeout=limits.connect_timeout_s,
        command_timeout=limits.client_timeout_s,
        statement_cache_size=_STATEMENTS_CACHED,
        max_cached_statement_lifetime=0,
        server_settings=limits.server_settings,
        init=_teach_jsonb,
        reset=_keep_session,
        connection_class=connections_signing(key),
    )
    try:
        await pool
        async with pool.acquire() as connection:
            major = connection.get_server_version().major
        if major < SERVER_MAJOR_MIN:
            raise StorageUnavailable(
                f"the server is Postgres {major}; {SERVER_MAJOR_MIN} or newer is needed"
            )
    except BaseException:
        pool.terminate()
        raise
    return pool


async def connect_alone(
    url: str, *, limits: DatabaseLimits
) -> "asyncpg.Connection[asyncpg.Record]":
    """Return a connection of no pool."""
    return await asyncpg.connect(
        url,
        timeout=limits.connect_timeout_s,
        command_timeout=limits.client_timeout_s,
        server_settings=limits.server_settings,
    )


async def give_back(
    connection: "PoolConnectionProxy[asyncpg.Record]", *, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    """Give a connection back; one that cannot even be given back is dropped by the pool."""
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await pool.release(connection)


async def close_pool(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    """Close a pool; connections still busy after ten seconds are cut off."""
    try:
        await asyncio.wait_for(pool.close(), _CLOSE_TIMEOUT_S)
    except TimeoutError:
        pool.terminate()


def _jsonb_out(value: bytes | str) -> bytes:
    return _JSONB_VERSION + (value.encode("utf-8") if isinstance(value, str) else value)


def _jsonb_in(value: bytes) -> bytes:
    return bytes(value[1:])


async def _teach_jsonb(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Let jsonb pass as the bytes that msgspec encodes and decodes, without a str between."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_jsonb_out, decoder=_jsonb_in, format="binary"
    )


async def _keep_session(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Spare the round trip of RESET ALL; the pool itself undoes an open transaction first."""
