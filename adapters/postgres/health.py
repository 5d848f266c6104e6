"""Keep what processes tell of their parts in Postgres."""

from collections.abc import Sequence

from adapters.postgres.link.database import Database
from ports.health import Component, ComponentState


class PostgresHealthReports:
    """The latest word on each part, by the database's clock (port HealthReports)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def tell(self, components: Sequence[Component]) -> None:
        """Say how one's own parts are."""
        rows = [
            (one.name, one.state, one.required, one.detail, one.since, one.version)
            # In one order, so that two who tell never wait for each other in a circle.
            for one in sorted(components, key=lambda component: component.name)
        ]
        async with self._database.system.transaction() as connection:
            await connection.executemany(
                "INSERT INTO process_parts VALUES ($1, $2, $3, $4, $5, clock_timestamp(), $6)"
                " ON CONFLICT (part) DO UPDATE SET state = excluded.state,"
                " required = excluded.required, detail = excluded.detail,"
                " since = excluded.since, told_at = excluded.told_at,"
                " version = excluded.version",
                rows,
            )

    async def hear(self) -> Sequence[tuple[Component, float]]:
        """Return the latest word on each part."""
        async with self._database.system.connection() as connection:
            rows = await connection.fetch(
                "SELECT *, extract(epoch FROM clock_timestamp() - told_at)::float8 AS age_s"
                ' FROM process_parts ORDER BY part COLLATE "C"'
            )
        return [
            (
                Component(
                    name=row["part"],
                    state=ComponentState(row["state"]),
                    required=row["required"],
                    detail=row["detail"],
                    since=row["since"],
                    version=row["version"],
                ),
                row["age_s"],
            )
            for row in rows
        ]
