"""The Postgres adapters of users and sessions keep the promises of their ports."""

import pytest

from adapters.postgres.identity.scope import PostgresIdentityTransactions
from adapters.postgres.identity.users import (
    PostgresCredentialStatus,
    PostgresIdentityFeed,
    PostgresPeople,
    PostgresUsers,
)
from adapters.postgres.link.database import Database
from adapters.postgres.streams import PostgresJournal
from tests.contracts.identity.devices import DevicesContract
from tests.contracts.identity.passkeys import PasskeysContract
from tests.contracts.identity.scope import IdentityContract, IdentityStores


def postgres_stores(database: Database) -> IdentityStores:
    """Return the ports over a database."""
    return IdentityStores(
        users=PostgresUsers(database=database),
        people=PostgresPeople(database=database),
        identity=PostgresIdentityTransactions(database=database),
        feed=PostgresIdentityFeed(database=database),
        credential_status=PostgresCredentialStatus(database=database),
        journal=PostgresJournal(database=database),
    )


class TestPostgresIdentity(IdentityContract, PasskeysContract):
    @pytest.fixture
    async def stores(self, database: Database) -> IdentityStores:
        return postgres_stores(database)


class TestPostgresDevices(DevicesContract):
    @pytest.fixture
    async def stores(self, database: Database) -> IdentityStores:
        return postgres_stores(database)
