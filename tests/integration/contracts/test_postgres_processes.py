"""What processes of one database share keeps its promises on a real server."""

import pytest

from adapters.postgres.database import Database
from adapters.postgres.leases import PostgresLeases
from adapters.postgres.streams import PostgresJournal
from ports.leases import Leases
from ports.streams import Journal
from tests.contracts.leases import LeasesContract, Pass


class TestPostgresLeases(LeasesContract):
    @pytest.fixture
    def leases(self, database: Database) -> Leases:
        return PostgresLeases(database=database)

    @pytest.fixture
    def journal(self, database: Database) -> Journal:
        return PostgresJournal(database=database)

    @pytest.fixture
    def let_pass(self, database: Database) -> Pass:
        async def passing(seconds: float) -> None:
            # The leases grow older instead of the clock.
            async with database.connection() as connection:
                await connection.execute(
                    "UPDATE leases SET expires_at = expires_at - make_interval(secs => $1)", seconds
                )

        return passing
