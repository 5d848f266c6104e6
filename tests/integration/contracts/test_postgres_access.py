"""Members and personal access tokens in Postgres keep the promises of their ports."""

from uuid import UUID

import pytest

from adapters.postgres.accounts import PostgresAccountDirectory
from adapters.postgres.backup.finishing import finish
from adapters.postgres.identity.access import PostgresMembers
from adapters.postgres.identity.personal_tokens import PostgresPersonalTokens
from adapters.postgres.identity.scope import PostgresIdentityTransactions
from adapters.postgres.identity.users import (
    PostgresCredentialStatus,
    PostgresIdentityFeed,
    PostgresPeople,
    PostgresUsers,
)
from adapters.postgres.link.database import Database
from adapters.postgres.streams import PostgresJournal
from ports.storage import ConstraintBroken
from tests import builders
from tests.contracts.identity.credential_status import CredentialStatusContract, StatusRig
from tests.contracts.identity.members import AT, Household, Keep, MembersContract, household
from tests.contracts.identity.personal_tokens import PersonalTokensContract, token_of
from tests.contracts.identity.scope import IdentityStores
from tests.integration.contracts.test_postgres import postgres_storage


class _Stop:
    reason = "restored"
    at = AT
    key = None

    def new_id(self) -> UUID:
        return builders.new_id()


async def _place(database: Database) -> Household:
    kept = postgres_storage(database, other=database)
    return await household(
        Keep(
            users=PostgresUsers(database=database),
            members=PostgresMembers(database=database),
            tokens=PostgresPersonalTokens(database=database),
            directory=PostgresAccountDirectory(database=database),
            works=kept.works,
            audits=kept.audits,
        )
    )


class TestPostgresMembers(MembersContract):
    @pytest.fixture
    async def place(self, database: Database) -> Household:
        return await _place(database)

    async def test_the_tables_themselves_refuse_another_tenants_account(
        self, place: Household, database: Database
    ) -> None:
        with pytest.raises(ConstraintBroken):
            async with database.system.connection() as connection:
                await connection.execute(
                    "INSERT INTO account_grants VALUES ($1, $2, $3, 'role')",
                    place.home.id,
                    place.owner.id,
                    place.their_account_id,
                )


class TestPostgresCredentialStatus(CredentialStatusContract):
    @pytest.fixture
    async def credential_status(self, database: Database) -> StatusRig:
        stores = IdentityStores(
            users=PostgresUsers(database=database),
            people=PostgresPeople(database=database),
            identity=PostgresIdentityTransactions(database=database),
            feed=PostgresIdentityFeed(database=database),
            credential_status=PostgresCredentialStatus(database=database),
            journal=PostgresJournal(database=database),
        )
        return StatusRig(place=await _place(database), stores=stores)


class TestPostgresPersonalTokens(PersonalTokensContract):
    @pytest.fixture
    async def place(self, database: Database) -> Household:
        return await _place(database)

    async def test_a_restored_database_lets_no_token_in(
        self, place: Household, database: Database
    ) -> None:
        tokens = place.storage.tokens
        before = [token_of(place, place.owner, number=number) for number in (1, 2)]
        for token in before:
            await tokens.add(token=token, tokens_max=9, audit=place.entry(token.id))
        async with database.system.dedicated() as connection, connection.transaction():
            await finish(connection, stop=_Stop())
        after = [await tokens.by_digest(token.digest) for token in before]
        assert [one.revoked_at for one in after if one is not None] == [AT, AT]

    async def test_neither_the_token_nor_a_digest_of_other_length_is_kept(
        self, place: Household, database: Database
    ) -> None:
        with pytest.raises(ConstraintBroken):
            async with database.system.connection() as connection:
                await connection.execute(
                    "INSERT INTO personal_tokens VALUES ($1, $2, $3, 'x', $4, '', ARRAY['a'], NULL,"
                    " now(), now(), '')",
                    place.new_id(),
                    place.home.id,
                    place.owner.id,
                    b"blst_short",
                )
