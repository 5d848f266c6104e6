"""Migrations apply once, undo, and refuse what they do not know."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.migrations.collisions import AddressesCollide
from adapters.postgres.migrations.run import (
    DatabaseTooNew,
    downgrade,
    pending,
    revisions,
    upgrade,
)
from ports.storage import StorageUnavailable


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_an_empty_database_is_brought_up_once(empty_database_url: str) -> None:
    url = empty_database_url
    assert await pending(url) == revisions()
    assert await value(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    assert await upgrade(url) == revisions()
    assert await pending(url) == []
    assert await upgrade(url) == []


async def test_starts_at_once_apply_each_revision_once(empty_database_url: str) -> None:
    applied = await asyncio.gather(*(upgrade(empty_database_url) for _ in range(6)))
    assert sorted(applied) == [[]] * 5 + [revisions()]
    assert await value(empty_database_url, "SELECT count(*) FROM ballast_meta") == 1


async def test_the_database_has_an_identity_and_keeps_one(database_url: str) -> None:
    made = await value(database_url, "SELECT instance_id FROM ballast_meta")
    await upgrade(database_url)
    assert await value(database_url, "SELECT instance_id FROM ballast_meta") == made
    with pytest.raises(asyncpg.UniqueViolationError):
        await value(database_url, "INSERT INTO ballast_meta DEFAULT VALUES RETURNING true")
    with pytest.raises(asyncpg.CheckViolationError):
        await value(database_url, "INSERT INTO ballast_meta (only_row) VALUES (false)")


async def test_down_and_up_again_leaves_the_same_shape(database_url: str) -> None:
    shape = """
        SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable), '|'
                          ORDER BY table_name, column_name)
        FROM information_schema.columns WHERE table_schema = 'public'
    """
    before = await value(database_url, shape)
    await downgrade(database_url)
    assert await pending(database_url) == revisions()
    left = "SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'public'"
    assert await value(database_url, left) == "alembic_version"
    assert await upgrade(database_url) == revisions()
    assert await value(database_url, shape) == before


async def test_whoever_was_a_user_before_roles_owns_the_tenant(database_url: str) -> None:
    url = database_url
    await downgrade(url, revision=revisions()[revisions().index("0011") - 1])
    tenant, user = "01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002"
    await value(url, f"INSERT INTO tenants VALUES ('{tenant}', 'Home', now()) RETURNING 1")
    await value(
        url,
        f"INSERT INTO users VALUES ('{user}', '{tenant}', 'a@example.com', 'x', now()) RETURNING 1",
    )
    await upgrade(url)
    row = "SELECT concat_ws(' ', id, tenant_id, kind, role, name, version) FROM members"
    assert await value(url, row) == f"{user} {tenant} person owner a@example.com 1"


async def test_whoever_was_disabled_as_a_member_is_out_as_a_user(database_url: str) -> None:
    url = database_url
    await downgrade(url, revision="0014")
    tenant, user = "01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002"
    await value(url, f"INSERT INTO tenants VALUES ('{tenant}', 'Home', now()) RETURNING 1")
    await value(
        url,
        f"INSERT INTO users VALUES ('{user}', '{tenant}', 'a@example.com', 'x', now()) RETURNING 1",
    )
    await value(
        url,
        "INSERT INTO members (id, tenant_id, kind, role, name, created_at, disabled_at, version)"
        f" VALUES ('{user}', '{tenant}', 'person', 'viewer', 'a', now(), now(), 1) RETURNING 1",
    )
    await upgrade(url)
    row = (
        "SELECT u.disabled_at = m.disabled_at AND u.tokens_from = m.disabled_at"
        " FROM users u JOIN members m USING (id)"
    )
    assert await value(url, row) is True


async def test_addresses_of_before_are_compared_by_their_normal_form(database_url: str) -> None:
    url = database_url
    await _with_addresses(url, "Stra\u00dfe@example.com", "ADA@example.com")
    await upgrade(url)
    assert await value(url, "SELECT string_agg(address, ' ' ORDER BY id) FROM users") == (
        "strasse@example.com ada@example.com"
    )
    assert await value(url, "SELECT address FROM invitations") == "i\u0307@example.com"


async def test_addresses_that_become_one_stop_the_upgrade_and_change_nothing(
    database_url: str,
) -> None:
    url = database_url
    first, second = await _with_addresses(url, "stra\u00dfe@example.com", "strasse@example.com")
    with pytest.raises(AddressesCollide, match=f"the users {first} and {second} of tenant"):
        await upgrade(url)
    assert "0023" in await pending(url)
    said = f"UPDATE users SET email = 'ada@example.com' WHERE id = '{second}' RETURNING email"
    assert await value(url, said) == "ada@example.com"
    assert "0023" in await upgrade(url)


async def _with_addresses(url: str, *emails: str) -> list[UUID]:
    """Go back to before addresses were folded, with users and an invitation of one tenant."""
    await downgrade(url, revision="0021")
    tenant, *users = (UUID(int=number) for number in range(1, 2 + len(emails)))
    await value(url, f"INSERT INTO tenants VALUES ('{tenant}', 'Home', now()) RETURNING 1")
    for user, email in zip(users, emails, strict=True):
        row = f"'{user}', '{tenant}', '{email}', 'x', now()"
        await value(url, f"INSERT INTO users VALUES ({row}) RETURNING 1")
    row = f"'{tenant}', '{tenant}', '\u0130@example.com', 'viewer', 'd', '{tenant}', now(), now()"
    await value(url, f"INSERT INTO invitations VALUES ({row}) RETURNING 1")
    return users


async def test_going_back_one_revision_leaves_the_rest(database_url: str) -> None:
    await downgrade(database_url, revision=revisions()[0])
    assert await pending(database_url) == revisions()[1:]
    assert await value(database_url, "SELECT count(*) FROM ballast_meta") == 1


async def test_a_database_of_a_newer_ballast_is_refused_and_left_alone(database_url: str) -> None:
    await value(database_url, "UPDATE alembic_version SET version_num = '9999' RETURNING 1")
    for use in (upgrade, pending, downgrade):
        with pytest.raises(DatabaseTooNew, match=rf"at revision 9999, .* up to {revisions()[-1]}"):
            await use(database_url)
    assert await value(database_url, "SELECT version_num FROM alembic_version") == "9999"


async def test_a_failing_revision_changes_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What an operator's own table of that name does to the first revision.
    await value(empty_database_url, "CREATE TABLE ballast_meta (x int)")
    with pytest.raises(Exception, match="ballast_meta"):
        await upgrade(empty_database_url)
    assert await value(empty_database_url, "SELECT to_regclass('alembic_version')::text") is None


async def test_an_unreachable_server_is_unavailable() -> None:
    with pytest.raises(StorageUnavailable):
        await upgrade("postgresql://me:secret@127.0.0.1:1/x?sslmode=disable")
