"""Hold the ways to the database: as one tenant, and as the installation itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import structlog
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.link.address import plain_url, without_secrets
from adapters.postgres.link.app_role import app_url, must_be_bound
from adapters.postgres.link.errors import port_errors
from adapters.postgres.link.limits import DatabaseLimits
from adapters.postgres.link.pooling import (
    SERVER_MAJOR_MIN,
    close_pool,
    connect_alone,
    give_back,
    open_pool,
)
from adapters.postgres.link.tenancy import lend_to
from domain.audit.macs import AuditKey
from ports.storage import StorageUnavailable

__all__ = ["SERVER_MAJOR_MIN", "Database", "DatabaseLimits", "SystemAccess"]

log = structlog.get_logger(__name__)


class Database:
    """One database, reached for one tenant by `connection` or `transaction`.

    Both log in as who is bound by row-level security, and see the rows of the tenant that
    they are asked for; asked for none, they see nothing of any. What concerns all tenants, or
    none, goes through `system`.

    Connections of the pool are not reset between uses, which would cost a round trip each time:
    keep no session state on them (no SET, only SET LOCAL; no session advisory lock, only
    pg_advisory_xact_lock; no LISTEN) but for the tenant, which each lending looks at. A
    transaction left open is rolled back.
    """

    def __init__(self, *, limits: DatabaseLimits | None = None) -> None:
        self._limits = limits or DatabaseLimits()
        # Proves audit entries as they are stored; those without a proof are found out.
        self.audit_key: AuditKey | None = None
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._url: str | None = None
        self._held: set[PoolConnectionProxy[asyncpg.Record]] = set()
        self.system = SystemAccess(self._limits)

    @property
    def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        """Return the asyncpg pool: statements on it are prepared once per connection."""
        if self._pool is None:
            raise StorageUnavailable("the database is not started")
        return self._pool

    async def start(self, *, url: str, requests_url: str | None = None, bound: bool = True) -> None:
        """Connect; raises StorageUnavailable, or AddressInvalid for a URL that is none.

        url: of the tables' owner. requests_url: of the login that answers requests, where it
        does not follow from the owner's. bound: refuse a login whom no policy binds.
        """
        if self._pool is not None:
            raise RuntimeError("the database is started already")
        plain = plain_url(url)
        asked = app_url(plain, given=requests_url)
        try:
            with port_errors():
                await self.system.start(plain, key=self.audit_key)
                self._pool = await open_pool(
                    asked,
                    limits=self._limits,
                    key=self.audit_key,
                    size_min=self._limits.pool_size_min,
                    size_max=self._limits.pool_size_max,
                )
                await self._look_who(bound=bound)
        except StorageUnavailable as error:
            await self.stop()
            raise type(error)(f"database {without_secrets(plain)}: {error}") from error
        except BaseException:
            await self.stop()
            raise
        log.info("database.started", place=without_secrets(plain))

    async def _look_who(self, *, bound: bool) -> None:
        async with self.pool.acquire() as connection:
            try:
                await must_be_bound(connection)
            except StorageUnavailable as problem:
                if bound:
                    raise
                log.warning("database.row_security_off", problem=str(problem))

    async def stop(self) -> None:
        """Close all connections; ones still busy after ten seconds are cut off."""
        pool, self._pool = self._pool, None
        held, self._held = self._held, set()
        for connection in held:
            if pool is not None:
                await give_back(connection, pool=pool)
        try:
            if pool is not None:
                await close_pool(pool)
        finally:
            await self.system.stop()

    @asynccontextmanager
    async def connection(
        self, tenant_id: UUID | None = None
    ) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Lend an asyncpg connection to a tenant; each statement on it commits by itself."""
        with port_errors():
            async with self.pool.acquire(timeout=self._limits.acquire_timeout_s) as connection:
                await lend_to(connection, tenant_id)
                yield connection

    async def hold(self) -> "PoolConnectionProxy[asyncpg.Record]":
        """Take an asyncpg connection out of the pool until it is let go, or all are stopped.

        It sees no tenant's rows: its statements enter the tenant themselves.
        """
        connection = await self.pool.acquire(timeout=self._limits.acquire_timeout_s)
        self._held.add(connection)
        try:
            await lend_to(connection, None)
        except BaseException:
            await self.let_go(connection)
            raise
        return connection

    def holds(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> bool:
        """Tell whether a connection was taken and not let go since."""
        return connection in self._held

    async def let_go(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
        """Give a taken connection back to the pool, which drops it if it is broken."""
        if connection in self._held:
            self._held.discard(connection)
            await give_back(connection, pool=self.pool)

    @asynccontextmanager
    async def transaction(
        self, tenant_id: UUID | None = None
    ) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Lend an asyncpg connection in a transaction: a clean exit commits, an error undoes."""
        async with self.connection(tenant_id) as connection, connection.transaction():
            yield connection

    async def check_writable(self) -> None:
        """Return when the database answers and takes writes; raises StorageUnavailable."""
        async with self.connection() as connection:
            state = await connection.fetchval("SELECT current_setting('transaction_read_only')")
        if state != "off":
            raise StorageUnavailable("the database is read-only: is it a standby?")


class SystemAccess:
    """The database as its owner sees it: every tenant's rows, and what belongs to none.

    For the background, for who comes in and is not known yet, and for commands over the whole
    installation. A test holds the list of all who use it.
    """

    def __init__(self, limits: DatabaseLimits) -> None:
        self._limits = limits
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._url: str | None = None

    async def start(self, url: str, *, key: AuditKey | None) -> None:
        """Connect; raises storage errors and the driver's."""
        self._pool = await open_pool(
            url, limits=self._limits, key=key, size_min=1, size_max=self._limits.system_size_max
        )
        self._url = url

    async def stop(self) -> None:
        """Close all connections."""
        pool, self._pool = self._pool, None
        self._url = None
        if pool is not None:
            await close_pool(pool)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Lend an asyncpg connection; each statement on it commits by itself."""
        if self._pool is None:
            raise StorageUnavailable("the database is not started")
        with port_errors():
            async with self._pool.acquire(timeout=self._limits.acquire_timeout_s) as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Lend an asyncpg connection in a transaction: a clean exit commits, an error undoes."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Lend a connection outside the pool, for what needs a session of its own (LISTEN)."""
        if self._url is None:
            raise StorageUnavailable("the database is not started")
        with port_errors():
            connection = await connect_alone(self._url, limits=self._limits)
            try:
                yield connection
            finally:
                connection.terminate()
