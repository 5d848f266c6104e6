"""Nothing is done to a key without its audit entry: where that cannot be stored, nothing is."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import asyncpg
import pytest

from adapters.postgres.identity.api_keys import PostgresApiKeys
from adapters.postgres.link.database import Database
from adapters.postgres.secrets import PostgresKeyMarks, PostgresSealedStore
from tests import builders
from tests.contracts.secrets.api_keys import key_of, sealed_of, told_of
from tests.contracts.secrets.store import mark_of


async def test_what_cannot_be_audited_is_not_done(database: Database) -> None:
    keys, marks = PostgresApiKeys(database=database), PostgresKeyMarks(database=database)
    store = PostgresSealedStore(database=database)
    tenant = builders.tenant()
    async with database.system.connection() as connection:
        await connection.execute(
            "INSERT INTO tenants VALUES ($1, $2, $3)", tenant.id, tenant.name, tenant.created_at
        )
    await marks.begin(mark_of(1))
    key = key_of(tenant.id)
    await keys.add(key, sealed=sealed_of(key), told=told_of(key, "create"))
    await marks.begin(mark_of(2))
    other = key_of(tenant.id, name="Other")
    changed = replace(key, name="Changed", version=2)
    fresh = sealed_of(key, version=2, text="b")
    refused = builders.audit(tenant_id=tenant.id, action="api_key.create_refused")
    rotated = builders.audit(tenant_id=tenant.id, action="secret_keys.rotate")
    works: dict[str, Callable[[], Awaitable[object]]] = {
        "add": lambda: keys.add(
            other, sealed=sealed_of(other, version=2), told=told_of(other, "create")
        ),
        "change": lambda: keys.change(changed, sealed=fresh, told=told_of(key, "rotate")),
        "verify": lambda: keys.verified(replace(key, verified=False), told=told_of(key, "verify")),
        "remove": lambda: keys.remove(key, told=told_of(key, "delete")),
        "remind": lambda: keys.reminded(key, at=builders.AT, told=told_of(key, "remind")),
        "refuse": lambda: keys.refused(refused),
        "begin": lambda: marks.begin(mark_of(3), audit=[rotated]),
    }
    async with database.system.connection() as connection:
        await connection.execute("ALTER TABLE audit RENAME TO audit_away")
    for work in works.values():
        with pytest.raises(asyncpg.PostgresError):
            await work()
    async with database.system.connection() as connection:
        await connection.execute("ALTER TABLE audit_away RENAME TO audit")
        notices = await connection.fetchval("SELECT count(*) FROM notices")
    assert await keys.get(tenant_id=tenant.id, key_id=key.id) == key
    assert await keys.get(tenant_id=tenant.id, key_id=other.id) is None
    assert await store.get(sealed_of(key).row) == sealed_of(key).sealed
    assert [mark.version for mark in await marks.all()] == [1, 2]
    assert notices == 1
    for name, work in works.items():
        # The same work is done where it can be audited.
        if name not in ("remove", "verify", "remind"):
            await work()
