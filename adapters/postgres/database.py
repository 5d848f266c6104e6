"""Hold the two ways to the database: an asyncpg pool for the hot path, SQLAlchemy for the rest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
import msgspec
import structlog
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.postgres.address import plain_url, without_secrets
from adapters.postgres.errors import port_errors
from adapters.postgres.signing import connections_signing
from domain.audit.macs import AuditKey
from ports.storage import StorageUnavailable

log = structlog.get_logger(__name__)

SERVER_MAJOR_MIN = 15
_JSONB_VERSION = b"\x01"
_STATEMENTS_CACHED = 256
_CLOSE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLimits:
    """How many connections there may be, and how long anything may take."""

    pool_size_min: int = 2
    pool_size_max: int = 16
    engine_size_max: int = 8
    connect_timeout_s: float = 5.0
    acquire_timeout_s: float = 2.0
    statement_timeout_s: float = 5.0
    lock_timeout_s: float = 2.0
    idle_in_transaction_timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if not 1 <= self.pool_size_min <= self.pool_size_max <= 500:
            raise ValueError(
                f"pool sizes must be 1 <= min <= max <= 500, not {self.pool_size_min} and "
                f"{self.pool_size_max}"
            )
        if not 1 <= self.engine_size_max <= 500:
            raise ValueError(f"engine_size_max must be 1 to 500, not {self.engine_size_max}")
        for name in (
            "connect_timeout_s",
            "acquire_timeout_s",
            "statement_timeout_s",
            "lock_timeout_s",
            "idle_in_transaction_timeout_s",
        ):
            value: float = getattr(self, name)
            # Zero means "no limit" to Postgres, and everything here has one.
            if not 0.001 <= value <= 3600:
                raise ValueError(f"{name} must be 0.001 to 3600 seconds, not {value}")


class Database:
    """One database, reached through `connection`/`transaction` (asyncpg) or `begin` (SQLAlchemy).

    Connections of the pool are not reset between uses, which would cost a round trip each time:
    keep no session state on them (no SET, only SET LOCAL; no session advisory lock, only
    pg_advisory_xact_lock; no LISTEN). A transaction left open is rolled back.
    """

    def __init__(self, *, limits: DatabaseLimits | None = None) -> None:
        self._limits = limits or DatabaseLimits()
        # Proves audit entries as they are stored; those without a proof are found out.
        self.audit_key: AuditKey | None = None
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._url: str | None = None
        self._engine: AsyncEngine | None = None
        self._held: set[PoolConnectionProxy[asyncpg.Record]] = set()

    @property
    def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        """Return the asyncpg pool: statements on it are prepared once per connection."""
        if self._pool is None:
            raise StorageUnavailable("the database is not started")
        return self._pool

    @property
    def engine(self) -> AsyncEngine:
        """Return the SQLAlchemy engine."""
        if self._engine is None:
            raise StorageUnavailable("the database is not started")
        return self._engine

    async def start(self, *, url: str) -> None:
        """Connect; raises StorageUnavailable, or AddressInvalid for a URL that is none."""
        if self._pool is not None:
            raise RuntimeError("the database is started already")
        plain = plain_url(url)
        try:
            with port_errors():
                pool = await self._open_pool(plain)
        except StorageUnavailable as error:
            raise StorageUnavailable(f"database {without_secrets(plain)}: {error}") from error
        self._pool = pool
        self._url = plain
        self._engine = self._make_engine(plain)
        log.info("database.started", place=without_secrets(plain))

    async def stop(self) -> None:
        """Close all connections; ones still busy after ten seconds are cut off."""
        pool, self._pool = self._pool, None
        self._url = None
        engine, self._engine = self._engine, None
        held, self._held = self._held, set()
        for connection in held:
            if pool is not None:
                await _give_back(connection, pool=pool)
        try:
            if engine is not None:
                await engine.dispose()
        finally:
            if pool is not None:
                await _close(pool)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Lend an asyncpg connection; each statement on it commits by itself."""
        with port_errors():
            async with self.pool.acquire(timeout=self._limits.acquire_timeout_s) as connection:
                yield connection

    async def hold(self) -> "PoolConnectionProxy[asyncpg.Record]":
        """Take an asyncpg connection out of the pool until it is let go, or all are stopped."""
        connection = await self.pool.acquire(timeout=self._limits.acquire_timeout_s)
        self._held.add(connection)
        return connection

    def holds(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> bool:
        """Tell whether a connection was taken and not let go since."""
        return connection in self._held

    async def let_go(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
        """Give a taken connection back to the pool, which drops it if it is broken."""
        if connection in self._held:
            self._held.discard(connection)
            await _give_back(connection, pool=self.pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Lend an asyncpg connection in a transaction: a clean exit commits, an error undoes."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Lend a SQLAlchemy connection in a transaction: a clean exit commits, an error undoes.

        Register no engine or connection event that talks to the database: a cancellation inside
        such a hook leaks an open transaction (sqlalchemy/sqlalchemy#13381).
        """
        with port_errors():
            async with self.engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Lend a connection outside the pool, for what needs a session of its own (LISTEN)."""
        if self._url is None:
            raise StorageUnavailable("the database is not started")
        with port_errors():
            connection = await asyncpg.connect(
                self._url,
                timeout=self._limits.connect_timeout_s,
                command_timeout=self._client_timeout_s,
                server_settings=self._server_settings,
            )
            try:
                yield connection
            finally:
                connection.terminate()

    async def check_writable(self) -> None:
        """Return when the database answers and takes writes; raises StorageUnavailable."""
        async with self.connection() as connection:
            state = await connection.fetchval("SELECT current_setting('transaction_read_only')")
        if state != "off":
            raise StorageUnavailable("the database is read-only: is it a standby?")

    async def _open_pool(self, url: str) -> "asyncpg.Pool[asyncpg.Record]":
        limits = self._limits
        pool = asyncpg.create_pool(
            url,
            min_size=limits.pool_size_min,
            max_size=limits.pool_size_max,
            timeout=limits.connect_timeout_s,
            command_timeout=self._client_timeout_s,
            statement_cache_size=_STATEMENTS_CACHED,
            max_cached_statement_lifetime=0,
            server_settings=self._server_settings,
            init=_teach_jsonb,
            reset=_keep_session,
            connection_class=connections_signing(self.audit_key),
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

    def _make_engine(self, url: str) -> AsyncEngine:
        limits = self._limits

        async def connect(*_: object, **__: object) -> "asyncpg.Connection[asyncpg.Record]":
            # The driver reads the URL for both ways: one meaning of sslmode and the like.
            return await asyncpg.connect(
                url,
                timeout=limits.connect_timeout_s,
                command_timeout=self._client_timeout_s,
                server_settings=self._server_settings,
            )

        return create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connect,
            pool_size=limits.engine_size_max,
            max_overflow=0,
            pool_timeout=limits.acquire_timeout_s,
            pool_pre_ping=True,
            hide_parameters=True,
            json_serializer=_json_text,
            json_deserializer=msgspec.json.decode,
        )

    @property
    def _client_timeout_s(self) -> float:
        # The server's own limit speaks first; this one is for a server that went silent.
        return self._limits.statement_timeout_s + 1.0

    @property
    def _server_settings(self) -> dict[str, str]:
        limits = self._limits
        return {
            "application_name": "ballast",
            "timezone": "UTC",
            "statement_timeout": _milliseconds(limits.statement_timeout_s),
            "lock_timeout": _milliseconds(limits.lock_timeout_s),
            "idle_in_transaction_session_timeout": _milliseconds(
                limits.idle_in_transaction_timeout_s
            ),
        }


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))


def _json_text(value: object) -> str:
    return msgspec.json.encode(value).decode("utf-8")


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


async def _give_back(
    connection: "PoolConnectionProxy[asyncpg.Record]", *, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    # A connection that cannot even be given back is dropped by the pool itself.
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await pool.release(connection)


async def _close(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    try:
        await asyncio.wait_for(pool.close(), _CLOSE_TIMEOUT_S)
    except TimeoutError:
        pool.terminate()
