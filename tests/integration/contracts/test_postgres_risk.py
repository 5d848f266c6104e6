"""Ordinary records and rule sets in Postgres keep the same promises as in memory."""

import pytest

from adapters.postgres.link.database import Database
from adapters.postgres.records import table_of
from ports.api_keys import API_KEYS
from ports.risk import RULES
from ports.storage import StorageCorrupt
from ports.workspaces import DEFAULT_WORKSPACES, WORKSPACES
from tests.contracts.risk.rule_sets import RuleSetsContract
from tests.contracts.storage import Storage
from tests.contracts.work.works import (
    TENANT,
    RefusingWorksContract,
    WorksContract,
    make_rule,
    store,
)
from tests.integration.contracts.test_postgres import OverPostgres


class TestPostgresWorks(OverPostgres, WorksContract):
    pass


class TestPostgresRefusals(OverPostgres, RefusingWorksContract):
    pass


class TestPostgresRuleSets(OverPostgres, RuleSetsContract):
    pass


class TestPostgresRows(OverPostgres):
    async def test_a_row_that_no_longer_fits_its_type_is_no_guess(
        self, storage: Storage, database: Database
    ) -> None:
        await store(storage, make_rule(1))
        async with database.system.connection() as connection:
            await connection.execute("UPDATE risk_rules SET action = 'SHRUG'")
        async with storage.works.look(TENANT) as look:
            with pytest.raises(StorageCorrupt, match="SHRUG"):
                await look.records(RULES).list(limit=1)

    async def test_the_tables_of_records_are_those_of_the_schema(
        self, storage: Storage, database: Database
    ) -> None:
        """Every kind's columns are there, of the types that its record says, and no others."""
        for kind in (RULES, WORKSPACES, DEFAULT_WORKSPACES, API_KEYS):
            async with database.system.connection() as connection:
                found = await connection.fetch(
                    "SELECT column_name, data_type, is_nullable = 'YES' AS nullable"
                    " FROM information_schema.columns WHERE table_name = $1",
                    kind.table,
                )
            schema = {row["column_name"]: (row["data_type"], row["nullable"]) for row in found}
            declared = {
                one.name: (_SCHEMA.get(str(one.sql), str(one.sql).lower()), one.nullable)
                for one in table_of(kind).columns
            }
            assert declared == {
                name: ("bigint" if type_ == "integer" else type_, nullable)
                for name, (type_, nullable) in schema.items()
            }


_SCHEMA = {
    "CHAR(32)": "uuid",
    "NUMERIC(38, 18)": "numeric",
    "DATETIME": "timestamp with time zone",
    "BLOB": "bytea",
    "ARRAY": "ARRAY",
}
