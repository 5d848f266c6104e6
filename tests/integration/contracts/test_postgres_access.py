"""Members and personal access tokens in Postgres keep the promises of their ports."""

import pytest

from adapters.postgres.access import PostgresMembers
from adapters.postgres.accounts import PostgresAccountDirectory
from adapters.postgres.database import Database
from adapters.postgres.identity import PostgresUsers
from adapters.postgres.personal_tokens import PostgresPersonalTokens
from ports.storage import ConstraintBroken
from tests.contracts.identity.members import Household, Keep, MembersContract, household
from tests.contracts.identity.personal_tokens import PersonalTokensContract
from tests.integration.contracts.test_postgres import postgres_storage


async def _place(database: Database) -> Household:
    kept = postgres_storage(database, other=database)
    return await household(
        Keep(
            users=PostgresUsers(database=database),
            members=PostgresMembers(database=database),
            tokens=PostgresPersonalTokens(database=database),
            directory=PostgresAccountDirectory(database=database),
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
            async with database.connection() as connection:
                await connection.execute(
                    "INSERT INTO account_grants VALUES ($1, $2, $3, 'role')",
                    place.home.id,
                    place.owner.id,
                    place.their_account_id,
                )


class TestPostgresPersonalTokens(PersonalTokensContract):
    @pytest.fixture
    async def place(self, database: Database) -> Household:
        return await _place(database)

    async def test_neither_the_token_nor_a_digest_of_other_length_is_kept(
        self, place: Household, database: Database
    ) -> None:
        with pytest.raises(ConstraintBroken):
            async with database.connection() as connection:
                await connection.execute(
                    "INSERT INTO personal_tokens VALUES ($1, $2, $3, 'x', $4, '', ARRAY['a'], NULL,"
                    " now(), now(), '')",
                    place.new_id(),
                    place.home.id,
                    place.owner.id,
                    b"blst_short",
                )
