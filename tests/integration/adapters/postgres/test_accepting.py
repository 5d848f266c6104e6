"""What is sent for an accepted order is what the database's function takes."""

import asyncpg

from adapters.postgres.accepting import COLUMNS, STORE_ONE


async def test_the_function_takes_what_is_sent(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        statement = await connection.prepare(STORE_ONE)
        taken = [(kind.schema, kind.name) for kind in statement.get_parameters()]
        names = await connection.fetchval(
            "SELECT proargnames FROM pg_proc WHERE proname = 'accept_order'"
        )
    finally:
        await connection.close()
    assert [name.removeprefix("p_") for name in names] == [
        name.removesuffix("_id") if name in ("tenant_id", "account_id") else name
        for name, _ in COLUMNS
    ]
    assert taken == [("pg_catalog", _ALIASES.get(kind, kind)) for _, kind in COLUMNS]


_ALIASES = {"bigint": "int8", "integer": "int4", "boolean": "bool"}
