"""A given Postgres: what is restored there is read in order, and what is harmed is found."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.postgres.backup.archive import DUMP
from adapters.postgres.backup.finishing import finish
from adapters.postgres.backup.tools import find_tools, without_password
from adapters.postgres.backup.verifying import verify
from adapters.postgres.link.database import Database
from adapters.postgres.migrations.run import DatabaseHalfRestored, upgrade
from adapters.postgres.streams import PostgresJournal
from adapters.security.audit_keys import audit_keys_from
from domain.audit.macs import AuditKey, AuditKeys
from tests import old_head
from tests.integration.backup.trading import key_of, unpacked
from tests.integration.bootstrap.processes import Done, ballast, refused_start
from tests.postgres_server import TestServer, execute

UNPROVEN = ("--accept-unproven",)
pytestmark = pytest.mark.timeout(900)


def restored(url: str, file: Path, *, folder: Path, proof: Sequence[str] = UNPROVEN) -> Done:
    return ballast(folder, "restore", str(file), *proof, BALLAST_DATABASE_URL=url)


def fetch(url: str, query: str) -> list[asyncpg.Record]:
    async def fetched() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    return asyncio.run(fetched())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the data folder of whoever restores."""
    return tmp_path_factory.mktemp("given")


@pytest.fixture(scope="module")
def keys(backed_up: Path, whole: str, folder: Path) -> AuditKeys:
    """Give the audit keys of before and after the restore."""
    assert whole
    texts = [
        (data / "keys" / "audit.keys").read_text() for data in (backed_up.parent / "var", folder)
    ]
    return audit_keys_from("\n".join(texts), source="the test")


@pytest.fixture(scope="module")
def whole(postgres_server: TestServer, backed_up: Path, folder: Path) -> Iterator[str]:
    """Give the URL of a database that the back-up was restored into."""
    with postgres_server.fresh_database(migrated=False) as url:
        done = restored(url, backed_up, folder=folder, proof=key_of(backed_up.parent / "var"))
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("\nok ") == len(_HARMS)
        yield url


@contextmanager
def copy_of(whole: str, *, server: TestServer) -> Iterator[str]:
    """Give a database that is like another, to be harmed."""
    name, like = f"test_{uuid4().hex}", urlsplit(whole).path.strip("/")
    asyncio.run(execute(url=server.url, statement=f"CREATE DATABASE {name} TEMPLATE {like}"))
    try:
        yield server.url_of(name)
    finally:
        asyncio.run(execute(url=server.url, statement=f"DROP DATABASE {name} WITH (FORCE)"))


_ONE_ORDER = "(SELECT id FROM orders WHERE state = 'filled' ORDER BY id LIMIT 1)"
_HARMS = {
    "ledger": "DELETE FROM postings WHERE (transaction_id, line) ="
    " (SELECT transaction_id, line FROM postings ORDER BY 1, 2 LIMIT 1)",
    "cash": """UPDATE books SET cash = '{"USD": "1000000"}'""",
    "positions": "UPDATE positions SET quantity = quantity + 1",
    "fills": "UPDATE fills SET side = 'sell' WHERE id = (SELECT id FROM fills LIMIT 1)",
    "filled quantities": f"UPDATE orders SET filled_quantity = 0 WHERE id = {_ONE_ORDER}",
    "order histories": "UPDATE notices SET body = replace(body, 'submitted', 'denied')"
    f" WHERE subject = {_ONE_ORDER}::text AND type = 'order.submitted'",
    "journal": "DELETE FROM notices WHERE channel = 'positions' AND sequence = 2",
    "audit": f"DELETE FROM audit WHERE subject = {_ONE_ORDER}::text",
    "stops": "DELETE FROM latches WHERE id = (SELECT id FROM latches LIMIT 1)",
    "decisions made": f"DELETE FROM decisions WHERE order_id = {_ONE_ORDER}",
    "equity over time": "INSERT INTO equity_history"
    " SELECT tenant_id, id, 9, now(), 1, false FROM accounts",
    "successions": "INSERT INTO succession_clocks SELECT gen_random_uuid(), id, gen_random_uuid(),"
    " 'RELEASED', 2, 0, 0, '{}', '[]', true, NULL, 0, '', false, NULL, 1 FROM tenants",
    "letters": "INSERT INTO letter_contents SELECT gen_random_uuid(), id, 'x', 1 FROM tenants",
    "deliveries": "UPDATE notification_deliveries SET done_at = NULL",
    "workspaces": "UPDATE workspaces SET layout = set_byte(layout, 1, 9)",
    "decisions replayed": "UPDATE decisions SET approved = true WHERE NOT approved",
    "orders readable": f"UPDATE orders SET side = 'sideways' WHERE id = {_ONE_ORDER}",
    "latches readable": "UPDATE latches SET cause = 'whim'",
    "audit chain": "UPDATE audit SET reason = 'another' WHERE seq = 3",
    "as recorded": "UPDATE members SET role = 'viewer'",
    "journal's order": "UPDATE notices SET xact = '99999999999' WHERE position = 1",
}


@pytest.mark.parametrize("subject", _HARMS)
def test_what_does_not_fit_together_is_found(
    postgres_server: TestServer, whole: str, keys: AuditKeys, subject: str
) -> None:
    with copy_of(whole, server=postgres_server) as url:
        harm = f"SET session_replication_role = replica; {_HARMS[subject]}"
        asyncio.run(execute(url=url, statement=harm))
        found = asyncio.run(verify(url=url, keys=keys))
    assert len(found) == len(_HARMS)
    wrong = {one.subject for one in found if one.wrong}
    assert subject in wrong, found
    # One harm shows in what hangs on it, never everywhere.
    assert len(wrong) <= 4


def test_what_accounts_were_worth_is_recorded_by_the_market_and_carried_over(
    postgres_server: TestServer, whole: str
) -> None:
    with copy_of(whole, server=postgres_server) as url:
        (row,) = fetch(
            url,
            "SELECT count(*) AS points, min(equity) AS least FROM equity_history h"
            " JOIN accounts a ON (a.tenant_id, a.id) = (h.tenant_id, h.account_id)",
        )
    assert row["points"] > 0
    assert row["least"] > 0


_STATES = {
    "role": ("member:", "UPDATE members SET role = 'viewer'"),
    "member made": (
        "member:",
        (
            "INSERT INTO members SELECT gen_random_uuid(), tenant_id, 'person', 'owner', 'x',"
            " now(), NULL, 1 FROM members"
        ),
    ),
    "grant": (
        "member:",
        (
            "INSERT INTO account_grants SELECT a.tenant_id, m.id, a.id, 'role'"
            " FROM accounts a JOIN members m ON m.tenant_id = a.tenant_id"
        ),
    ),
    "password": ("user:", "UPDATE users SET password_hash = '$argon2id$v=19$m=8,t=1,p=1$eA$eA'"),
    "address": ("user:", "UPDATE users SET address = 'mallory@example.com'"),
    "enabled": ("user:", "UPDATE users SET disabled_at = now()"),
    "passkey": (
        "factors:",
        (
            "INSERT INTO passkeys SELECT gen_random_uuid(), tenant_id, id, 'x', 'x', 0, '{}', id,"
            " false, false, '', now(), NULL FROM users"
        ),
    ),
    "backup code": (
        "codes:",
        "INSERT INTO backup_codes SELECT 'x', tenant_id, id, now(), NULL FROM users",
    ),
    "threshold": ("rule:", "UPDATE risk_rules SET threshold = threshold * 2"),
    "inactive": ("rule:", "UPDATE risk_rules SET is_active = false"),
    "rule gone": ("rule:", "DELETE FROM risk_rules WHERE id = (SELECT id FROM risk_rules LIMIT 1)"),
    "passcode": ("passcode:", "INSERT INTO passcodes SELECT id, 'x', 0, NULL FROM tenants"),
    "account": ("account:", "UPDATE accounts SET leverage = 9"),
    "rulebook": (
        "margin_account:",
        "INSERT INTO margin_accounts SELECT id, tenant_id, 'portfolio', NULL, 1 FROM accounts",
    ),
    "command key": (
        "command_key:",
        "INSERT INTO disabled_command_keys SELECT id, 'x', now() FROM tenants",
    ),
    "latch lifted": ("is in no audit entry", "UPDATE latches SET released_at = now()"),
    "latch moved": (
        "stops something else",
        "UPDATE latches SET account_id = (SELECT id FROM accounts LIMIT 1)",
    ),
}


@pytest.mark.parametrize("name", _STATES)
def test_an_edited_role_hash_factor_or_limit_is_found(
    postgres_server: TestServer, whole: str, keys: AuditKeys, name: str
) -> None:
    said, harm = _STATES[name]
    with copy_of(whole, server=postgres_server) as url:
        before = asyncio.run(verify(url=url, keys=keys))
        assert not any(one.wrong for one in before)
        asyncio.run(execute(url=url, statement=f"SET session_replication_role = replica; {harm}"))
        found = asyncio.run(verify(url=url, keys=keys))
    told = [text for one in found for text in one.shown]
    assert any(said in text for text in told), found


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE workspace_shelves SET default_id = NULL",
        "UPDATE workspace_shelves SET default_id = gen_random_uuid()",
        "DELETE FROM workspaces",
    ],
)
def test_a_shelf_without_its_one_default_is_found(
    postgres_server: TestServer, whole: str, harm: str
) -> None:
    with copy_of(whole, server=postgres_server) as url:
        harmed = f"SET session_replication_role = replica; {harm}"
        asyncio.run(execute(url=url, statement=harmed))
        found = asyncio.run(verify(url=url))
    (wrong,) = [one for one in found if one.wrong]
    assert (wrong.subject, wrong.wrong) == ("workspaces", 1)


_LOGGED_IN = """
    INSERT INTO sessions SELECT gen_random_uuid(), tenant_id, id, NULL, '', '', '', now(), now(),
        now(), '1 hour', now() + interval '1 day', NULL, NULL FROM users;
    INSERT INTO refresh_tokens SELECT 'digest', tenant_id, id, now(), NULL, NULL FROM sessions;
    INSERT INTO password_resets SELECT gen_random_uuid(), tenant_id, id, 'digest', now(),
        now() + interval '1 hour', NULL FROM users;
    INSERT INTO invitations SELECT gen_random_uuid(), tenant_id, 'a@b.c', 'viewer', 'digest', id,
        now(), now() + interval '1 hour', NULL, NULL, 'a@b.c' FROM users;
    INSERT INTO login_challenges SELECT gen_random_uuid(), tenant_id, id, 'digest', now(),
        now() + interval '1 hour', true, false, '', 0, NULL FROM users;
    INSERT INTO factor_recoveries SELECT gen_random_uuid(), tenant_id, id, now(),
        now() + interval '1 hour', NULL, NULL FROM users;
    INSERT INTO devices SELECT gen_random_uuid(), tenant_id, id, 'digest', '', now(), now(),
        NULL, NULL, now(), now() + interval '1 hour', now() FROM users;
    INSERT INTO backup_codes SELECT 'digest', tenant_id, id, now(), NULL FROM users;
"""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why trading is stopped after a restore."""

    reason: str = "restored"
    at: datetime = datetime(2026, 1, 2, tzinfo=UTC)
    key: AuditKey | None = None

    def new_id(self) -> UUID:
        """Return a new id."""
        return uuid4()


def test_a_restored_database_keeps_tenants_apart(whole: str) -> None:
    async def seen(tenant_id: UUID | None) -> int:
        database = Database()
        await database.start(url=whole)
        try:
            async with database.connection(tenant_id) as connection:
                return int(await connection.fetchval("SELECT count(*) FROM orders"))
        finally:
            await database.stop()

    ((tenant_id, count),) = fetch(whole, "SELECT tenant_id, count(*) FROM orders GROUP BY 1")
    assert count > 0
    assert asyncio.run(seen(UUID(int=tenant_id.int))) == count
    assert asyncio.run(seen(uuid4())) == 0
    assert asyncio.run(seen(None)) == 0
    unguarded = fetch(
        whole,
        "SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND attname = 'tenant_id' AND NOT relrowsecurity",
    )
    assert unguarded == []


def test_after_a_restore_nobody_is_logged_in_any_more(
    postgres_server: TestServer, whole: str
) -> None:
    async def finished(url: str) -> list[int]:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(_LOGGED_IN)
            async with connection.transaction():
                await finish(connection, stop=Stop())
            tables = (
                "sessions",
                "refresh_tokens",
                "password_resets",
                "invitations",
                "login_challenges",
                "factor_recoveries WHERE canceled_at IS NULL",
                "devices WHERE trusted_until IS NOT NULL",
                "devices WHERE proven_at IS NOT NULL",
                "backup_codes WHERE spent_at IS NULL",
                "devices",
                "users",
            )
            return [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
        finally:
            await connection.close()

    with copy_of(whole, server=postgres_server) as url:
        assert asyncio.run(finished(url)) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]


def test_a_rewritten_record_is_found(postgres_server: TestServer, whole: str) -> None:
    with copy_of(whole, server=postgres_server) as url:
        asyncio.run(
            execute(
                url=url,
                statement="SET session_replication_role = replica; UPDATE decisions SET record ="
                ' replace(encode(record, \'escape\'), \'"side":"buy"\', \'"side":"sell"\')::bytea'
                " WHERE order_id = (SELECT order_id FROM decisions ORDER BY 1 LIMIT 1)",
            )
        )
        found = asyncio.run(verify(url=url))
    assert {one.subject for one in found if one.wrong} == {"decisions replayed"}


def test_readers_of_the_journal_go_on_where_they_stood(
    postgres_server: TestServer, backed_up: Path, whole: str, tmp_path: Path
) -> None:
    """The server that it comes from counted far more transactions, in another order."""
    with copy_of(whole, server=postgres_server) as source:
        asyncio.run(
            execute(
                url=source,
                statement="SET session_replication_role = replica;"
                " UPDATE notices SET xact = (8000000000 - position % 7)::text::xid8;"
                " INSERT INTO reader_cursors SELECT 'kafka', xact || '-' || position FROM"
                " (SELECT *, row_number() OVER (ORDER BY xact, position) FROM notices) n"
                " WHERE row_number = 10"
                " ON CONFLICT (reader) DO UPDATE SET cursor = excluded.cursor",
            )
        )
        expected = [
            row["id"] for row in fetch(source, "SELECT id FROM notices ORDER BY xact, position")
        ]
        copied_by_hand = refused_start(tmp_path / "hand", BALLAST_DATABASE_URL=source)
        assert copied_by_hand.returncode == 1
        assert "copied from another server" in copied_by_hand.stderr
        assert "Traceback" not in copied_by_hand.stderr
        dumped = tmp_path / "by-pg_dump"
        asyncio.run(_pg_dump(source, to=dumped))
    with postgres_server.fresh_database(migrated=False) as url:
        done = restored(url, dumped, folder=tmp_path / "var")
        assert done.returncode == 0, done.stdout + done.stderr
        first, later = asyncio.run(_read(url))
    # The latch of this restore is told last.
    assert first[:-1] == expected[10:]
    assert first[-1] not in expected
    assert len(later) == 1


async def _pg_dump(url: str, *, to: Path) -> None:
    connection = await asyncpg.connect(url)
    major = connection.get_server_version().major
    await connection.close()
    tools = find_tools(environment={}, major=major)
    await tools.run("pg_dump", ("--format=custom", f"--file={to}"), url=url)


async def _read(url: str) -> tuple[list[object], list[object]]:
    database = Database()
    await database.start(url=url)
    try:
        journal = PostgresJournal(database=database)
        read = await journal.after(cursor=await journal.load_cursor(reader="kafka"), limit=10_000)
        async with database.system.connection() as connection:
            await connection.execute(
                "INSERT INTO notices (id, tenant_id, channel, sequence, type, subject, at, body)"
                " SELECT gen_random_uuid(), id, 'x', 1, 'x.y', '', now(), '{}' FROM tenants"
            )
        later = await journal.after(cursor=read[-1].cursor, limit=10_000)
    finally:
        await database.stop()
    return [one.notice.id for one in read], [one.notice.id for one in later]


def test_a_restore_is_refused_where_there_is_something(
    postgres_server: TestServer, backed_up: Path, whole: str, tmp_path: Path
) -> None:
    with postgres_server.fresh_database() as migrated:
        for url in (whole, migrated):
            proof = key_of(backed_up.parent / "var")
            done = restored(url, backed_up, folder=tmp_path, proof=proof)
            assert done.returncode == 5
            assert "holds tables already" in done.stderr


def test_another_databases_copy_and_a_newer_ones_are_refused(
    postgres_server: TestServer, backed_up: Path, tmp_path: Path
) -> None:
    with postgres_server.fresh_database(migrated=False) as other:
        asyncio.run(execute(url=other, statement="CREATE TABLE cats (name text)"))
        asyncio.run(_pg_dump(other, to=tmp_path / "cats"))
    with postgres_server.fresh_database() as newer:
        asyncio.run(execute(url=newer, statement="UPDATE alembic_version SET version_num = '9999'"))
        asyncio.run(_pg_dump(newer, to=tmp_path / "newer"))
    torn = (tmp_path / "newer").read_bytes()
    (tmp_path / "torn").write_bytes(torn[: len(torn) // 3])
    with postgres_server.fresh_database(migrated=False) as url:
        for name, said in (("cats", "another database"), ("newer", "9999"), ("torn", "torn")):
            done = restored(url, tmp_path / name, folder=tmp_path / "var")
            assert done.returncode == 5, name
            assert said in done.stderr
            assert "Traceback" not in done.stderr
        assert fetch(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_restore_that_was_broken_off_is_not_served(
    postgres_server: TestServer, backed_up: Path, tmp_path: Path
) -> None:
    """Kill it between the copy and its end: the books are in, no revision is."""
    with postgres_server.fresh_database(migrated=False) as url, unpacked(backed_up) as backup:
        assert backup.dump.name == DUMP
        tools = find_tools(environment={}, major=18)
        asyncio.run(tools.run("pg_restore", ("--no-owner", str(backup.dump)), url=url))
        asyncio.run(execute(url=url, statement="DELETE FROM alembic_version"))
        with pytest.raises(DatabaseHalfRestored, match="restore again"):
            asyncio.run(upgrade(url))
        done = refused_start(tmp_path, BALLAST_DATABASE_URL=url)
        assert done.returncode == 1
        assert "was broken off" in done.stderr
        kept = ballast(tmp_path, "backup", "--out", str(tmp_path / "x"), BALLAST_DATABASE_URL=url)
        assert kept.returncode == 5


def test_a_backup_of_the_old_head_is_restored_as_the_revision_that_it_is(
    postgres_server: TestServer, tmp_path: Path
) -> None:
    with postgres_server.fresh_database(migrated=False) as old:
        asyncio.run(old_head.load(old))
        before = asyncio.run(old_head.rows_of(old))
        asyncio.run(_pg_dump(old, to=tmp_path / "old"))
        asyncio.run(execute(url=old, statement="UPDATE alembic_version SET version_num = '0028'"))
        asyncio.run(_pg_dump(old, to=tmp_path / "older"))
    with postgres_server.fresh_database(migrated=False) as url:
        refused = restored(url, tmp_path / "older", folder=tmp_path / "var")
        assert refused.returncode == 5
        assert "older is at revision 0028" in refused.stderr
        assert "start Ballast 0.1.0 with it first" in refused.stderr
        assert fetch(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
        done = restored(url, tmp_path / "old", folder=tmp_path / "var")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "restored at revision 0109" in done.stdout
        assert "everything fits together" in done.stdout
        after = asyncio.run(old_head.rows_of(url))
    for table in ("orders", "fills", "ledger", "postings", "decisions", "workspaces", "users"):
        assert after[table] == before[table] != (0, "")


def test_a_password_is_no_argument() -> None:
    url = "postgresql://me:s%40cret@db.example:5433/books?sslmode=require"
    plain, password = without_password(url)
    assert plain == "postgresql://me@db.example:5433/books?sslmode=require"
    assert password == "s@cret"
    assert without_password("postgresql://db/books") == ("postgresql://db/books", None)
