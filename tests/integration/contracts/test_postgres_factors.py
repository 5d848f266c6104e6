"""The Postgres adapter of second factors keeps the promises of its port."""

import pytest

from adapters.postgres.identity.scope import PostgresIdentityTransactions
from adapters.postgres.identity.users import (
    PostgresCredentialStatus,
    PostgresIdentityFeed,
    PostgresPeople,
    PostgresUsers,
)
from adapters.postgres.link.database import Database
from adapters.postgres.secrets import PostgresKeyMarks, PostgresSealedStore
from adapters.postgres.streams import PostgresJournal
from tests.contracts.identity.factors import FactorContract, FactorStores
from tests.contracts.identity.scope import IdentityStores


class TestPostgresFactors(FactorContract):
    @pytest.fixture
    async def stores(self, database: Database) -> FactorStores:
        return FactorStores(
            identity=IdentityStores(
                users=PostgresUsers(database=database),
                people=PostgresPeople(database=database),
                identity=PostgresIdentityTransactions(database=database),
                feed=PostgresIdentityFeed(database=database),
                credential_status=PostgresCredentialStatus(database=database),
                journal=PostgresJournal(database=database),
            ),
            marks=PostgresKeyMarks(database=database),
            sealed=PostgresSealedStore(database=database),
        )
