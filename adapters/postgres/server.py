"""Start the Postgres that is used, bring its tables up to date, and connect."""

from collections.abc import Callable, Mapping
from pathlib import Path

from adapters.postgres.backup.finishing import is_ahead
from adapters.postgres.embedded.server import EmbeddedPostgres
from adapters.postgres.link.database import Database
from adapters.postgres.migrations.run import DatabaseTooNew, check_revision, upgrade
from domain.audit.macs import AuditKeys
from ports.storage import StorageCorrupt, StorageUnavailable

# The whole process must be gone 25 s after it was told to: this is the database's share.
STOP_S = 6.0
_COPIED = (
    "the database was copied from another server: readers of its journal would miss what comes"
    " next; restore it into an empty database with `ballast restore`"
)


class PostgresServer:
    """The given Postgres, or one of our own in the data folder when none is given."""

    def __init__(
        self,
        *,
        database: Database,
        url: str | None,
        requests_url: str | None = None,
        bound: bool = True,
        data_dir: Path,
        environment: Mapping[str, str],
        read_keys: Callable[[], AuditKeys],
    ) -> None:
        self._database = database
        self._read_keys = read_keys
        self._url = url
        self._requests_url = requests_url
        self._bound = bound
        self._embedded: EmbeddedPostgres | None = None
        if url is None:
            self._embedded = EmbeddedPostgres(
                data_dir=data_dir, environment=environment, stop_timeout_s=STOP_S
            )

    async def start(self) -> None:
        """Run the server if it is ours, migrate, connect; raises what says why not."""
        try:
            url = self._url or await self._own_url()
            await upgrade(url, requests_url=self._requests_url)
            self._database.audit_key = self._read_keys().current
            await self._database.start(url=url, requests_url=self._requests_url, bound=self._bound)
            async with self._database.system.connection() as connection:
                if await is_ahead(connection):
                    raise StorageCorrupt(_COPIED)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Disconnect, and end the server if it is ours."""
        await self._database.stop()
        if self._embedded is not None:
            await self._embedded.stop()

    async def check(self) -> None:
        """Return when writes are taken; raises StorageUnavailable."""
        await self._database.check_writable()
        async with self._database.system.connection() as connection:
            try:
                await check_revision(connection)
            except DatabaseTooNew as problem:
                raise StorageUnavailable(str(problem)) from problem

    async def _own_url(self) -> str:
        assert self._embedded is not None
        return await self._embedded.start()
