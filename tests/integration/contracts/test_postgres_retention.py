"""Spent records go from Postgres by their age, found without reading whole tables."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.link.database import Database
from adapters.postgres.retention import PostgresSpentRecords
from ports.retention import SpentRecords
from tests.contracts.idempotency import Pass
from tests.contracts.retention import KEPT_S, Person, SpentRecordsContract
from tests.integration.contracts.test_postgres import OverPostgres

_AGED = {
    "replies": "at",
    "inbox": "begun_at",
    "claims": "lapses_at",
    "intakes": "at",
    "consumer_restarts": "done_at",
    "stream_tickets": "lapses_at",
    "attempts": "open_at",
    "book_checks": "asked_at",
    "sessions": "expires_at",
    "invitations": "expires_at",
    "password_resets": "expires_at",
    "passkey_challenges": "expires_at",
    "ended_tokens": "expires_at",
    "identity_changes": "at",
    "login_challenges": "expires_at",
    "factor_tries": "at",
    "totp_factors": "removed_at",
    "backup_codes": "spent_at",
    "factor_recoveries": "canceled_at",
}
# Whose the records are that belong to somebody.
_WHO = """
WITH home AS (INSERT INTO tenants VALUES (gen_random_uuid(), 'Home', now()) RETURNING id)
INSERT INTO users (id, tenant_id, email, password_hash, created_at, address)
SELECT gen_random_uuid(), id, 'owner@localhost', '', now(), 'owner@localhost' FROM home"""
_TENANT, _USER = "(SELECT id FROM tenants)", "(SELECT id FROM users)"

_SPENT = {
    "replies": "gen_random_uuid(), n::text, '', 201, '', back",
    "inbox": "gen_random_uuid(), gen_random_uuid(), '', back",
    "claims": "gen_random_uuid(), n::text, '', gen_random_uuid(), back, 201, ''",
    "intakes": "gen_random_uuid(), back, '', 'A', gen_random_uuid()",
    "consumer_restarts": "gen_random_uuid(), 'g', 'a', back, back",
    "stream_tickets": "sha256((n || back::text)::bytea), '', back + interval '1 minute'",
    "attempts": "sha256((n || back::text)::bytea), 1, back",
    "book_checks": "gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), back",
    "sessions": f"gen_random_uuid(), {_TENANT}, {_USER}, NULL, '', '', '', back, back, back,"
    " interval '1 minute', back, NULL, NULL",
    "invitations": f"gen_random_uuid(), {_TENANT}, 'a', 'viewer', sha256((n || back::text)::bytea),"
    " gen_random_uuid(), back, back, NULL, NULL, 'a'",
    "password_resets": f"gen_random_uuid(), {_TENANT}, {_USER}, sha256((n || back::text)::bytea),"
    " back, back, NULL",
    "passkey_challenges": f"sha256((n || back::text)::bytea), {_TENANT}, 'log_in', NULL, NULL,"
    " back + interval '1 minute'",
    "ended_tokens": f"gen_random_uuid()::text, {_TENANT}, back",
    "identity_changes": f"{_TENANT}, NULL, NULL, NULL, 'session_ended', back",
    "login_challenges": f"gen_random_uuid(), {_TENANT}, {_USER},"
    " sha256((n || back::text)::bytea), back, back, true, false, '', 0, NULL",
    "factor_tries": f"{_TENANT}, {_USER}, back",
    "totp_factors": f"gen_random_uuid(), {_TENANT}, {_USER}, '', back, NULL, back, 0, NULL",
    "backup_codes": f"sha256((n || back::text)::bytea), {_TENANT}, {_USER}, back, back",
    "factor_recoveries": f"gen_random_uuid(), {_TENANT}, {_USER}, back, back, NULL, back",
}


class TestPostgresSpentRecords(OverPostgres, SpentRecordsContract):
    @pytest.fixture
    def spent(self, database: Database) -> SpentRecords:
        return PostgresSpentRecords(database=database)

    @pytest.fixture
    async def person(self, database: Database) -> Person:
        async with database.system.connection() as connection:
            await connection.execute(_WHO)
            row = await connection.fetchrow("SELECT tenant_id, id FROM users")
        assert row is not None
        return Person(UUID(str(row["tenant_id"])), UUID(str(row["id"])))

    @pytest.fixture
    def now(self) -> datetime:
        return datetime.now(UTC)

    @pytest.fixture
    def let_pass(self, database: Database) -> Pass:
        age_s = 0.0

        async def passing(seconds: float) -> None:
            # The records grow older instead of the clock; the tests' own time is another.
            nonlocal age_s
            age_s += seconds
            async with database.system.connection() as connection:
                for table, column in _AGED.items():
                    await connection.execute(
                        f"UPDATE {table} SET {column} = now() - make_interval(secs => $1)", age_s
                    )

        return passing


async def test_every_kind_of_spent_record_goes_a_batch_at_a_time(database: Database) -> None:
    async with database.system.connection() as connection:
        await connection.execute(_WHO)
        for table, values in _SPENT.items():
            for age in ("30 days", "1 second"):
                await connection.execute(
                    f"INSERT INTO {table} SELECT {values} FROM generate_series(1, 25) n,"
                    f" (SELECT now() - interval '{age}' AS back) b"
                )
    spent = PostgresSpentRecords(database=database)
    gone: list[int] = []
    while not gone or gone[-1]:
        gone.append(await spent.purge(older_than_s=KEPT_S, limit=10))
    assert gone == [10, 10, 10, 10, 5, 0]
    async with database.system.connection() as connection:
        left = {
            table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in _AGED
        }
    assert left == dict.fromkeys(_AGED, 25)


@pytest.mark.parametrize("table", ["replies", "inbox", "claims", "intakes"])
async def test_old_rows_are_found_by_an_index(database_url: str, table: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        # On a table without rows the planner has no reason to choose; this is undone at the end.
        await connection.execute("BEGIN; SET enable_seqscan = off; DROP INDEX intakes_account")
        column = _AGED[table]
        plan = await connection.fetch(
            f"EXPLAIN SELECT ctid FROM {table} WHERE {column} < now() LIMIT 10"
        )
    finally:
        await connection.close()
    assert f"{table}_age" in "\n".join(row[0] for row in plan)


_A_YEAR = {
    "devices": f"gen_random_uuid(), {_TENANT}, {_USER}, sha256((n || back::text)::bytea), '',"
    " back, back, NULL, NULL, NULL, NULL",
    "login_records": f"gen_random_uuid(), {_TENANT}, {_USER}, back, '', NULL, NULL, '', NULL, 0,"
    " NULL, NULL, false, false, 0, false, true",
    "user_notices": f"gen_random_uuid(), {_TENANT}, {_USER}, 'new_device', back, '{{}}', NULL",
}
_A_DAY = {"login_failures": f"gen_random_uuid(), {_TENANT}, {_USER}, back, ''"}


async def test_how_users_log_in_is_kept_for_a_year_and_their_failures_for_a_day(
    database: Database,
) -> None:
    kept, gone = {}, {}
    for table in _A_YEAR:
        kept[table], gone[table] = 366 * 86_400 + KEPT_S - 60, 366 * 86_400 + KEPT_S + 60
    kept["login_failures"], gone["login_failures"] = 86_400 + KEPT_S - 60, 86_400 + KEPT_S + 60
    async with database.system.connection() as connection:
        await connection.execute(_WHO)
        for table, values in {**_A_YEAR, **_A_DAY}.items():
            for age_s in (kept[table], gone[table]):
                await connection.execute(
                    f"INSERT INTO {table} SELECT {values} FROM generate_series(1, 3) n,"
                    f" (SELECT now() - make_interval(secs => {age_s}) AS back) b"
                )
    assert await PostgresSpentRecords(database=database).purge(older_than_s=KEPT_S, limit=10) == 3
    async with database.system.connection() as connection:
        left = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in kept}
    assert left == dict.fromkeys(kept, 3)


async def test_an_enrolment_that_nobody_confirmed_goes_with_its_seed(database: Database) -> None:
    seed = (
        "INSERT INTO secrets (tenant_id, table_name, column_name, row_id, key_version, sealed)"
        " SELECT tenant_id, 'totp_factors', 'seed', id::text, 1, '' FROM totp_factors"
    )
    async with database.system.connection() as connection:
        await connection.execute(_WHO)
        await connection.execute(
            "INSERT INTO secret_keys (version, state, checked, parameters, created_at)"
            " VALUES (1, 'current', '', '', now())"
        )
        for number in range(12):
            await connection.execute(
                f"INSERT INTO totp_factors SELECT gen_random_uuid(), {_TENANT}, {_USER}, $1,"
                " now() - make_interval(secs => 3601), NULL, NULL, -1, NULL",
                f"unfinished {number}",
            )
        await connection.execute(
            f"INSERT INTO totp_factors SELECT gen_random_uuid(), {_TENANT}, {_USER}, 'confirmed',"
            " now() - interval '1 year', now(), NULL, -1, NULL"
        )
        await connection.execute(
            f"INSERT INTO totp_factors SELECT gen_random_uuid(), {_TENANT}, {_USER}, 'young',"
            " now() - make_interval(secs => 3500), NULL, NULL, -1, NULL"
        )
        await connection.execute(seed)
    spent = PostgresSpentRecords(database=database)
    assert [await spent.purge(older_than_s=30 * 86_400.0, limit=10) for _ in range(3)] == [10, 2, 0]
    async with database.system.connection() as connection:
        left = await connection.fetch("SELECT id::text, label FROM totp_factors ORDER BY label")
        seeds = await connection.fetch("SELECT row_id FROM secrets ORDER BY row_id")
    assert [row["label"] for row in left] == ["confirmed", "young"]
    assert [row["row_id"] for row in seeds] == sorted(row["id"] for row in left)
