"""A filled database of an older release comes up to date with everything in it."""

import asyncio
import time
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.postgres.backup.verifying import verify
from adapters.postgres.books import PostgresAccountBooks
from adapters.postgres.link.database import Database
from adapters.postgres.migrations.run import downgrade, revisions, upgrade
from ports.accounts import HeardReports
from tests.integration.backup.test_given import copy_of, fetch
from tests.integration.backup.trading import key_of
from tests.integration.bootstrap.processes import ballast, served
from tests.postgres_server import TestServer, execute

pytestmark = pytest.mark.timeout(300)

# All but what the code itself says there.
_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    " AND tablename NOT IN ('alembic_version', 'order_transitions')"
)
# Columns that later revisions added.
_LATER = {
    "positions": "{split_on,split_from,tenant_id}",
    "audit": "{session_id,ip,user_agent,before,after,reason,key_id,mac,seq}",
    "users": "{display_name,disabled_at,tokens_from,password_until,address}",
    "devices": "{proven_at,homes}",
    "factor_tries": "{network,device_id,at_home}",
    "totp_factors": "{session_id}",
    "books": "{tenant_id,lap}",
    "replay_cursors": "{lap}",
    "latches": "{orders_cancelled}",
    "agents": "{member_id}",
    "process_parts": "{version}",
    "book_checks": "{order_id}",
    **dict.fromkeys(("decision_rules", "decisions", "intakes", "postings"), "{tenant_id}"),
}


@pytest.fixture(scope="module")
def whole(
    postgres_server: TestServer, backed_up: Path, tmp_path_factory: pytest.TempPathFactory
) -> object:
    """Give the URL of a database in which there was trading."""
    with postgres_server.fresh_database(migrated=False) as url:
        folder = tmp_path_factory.mktemp("upgrades")
        proof = key_of(backed_up.parent / "var")
        done = ballast(folder, "restore", str(backed_up), *proof, BALLAST_DATABASE_URL=url)
        assert done.returncode == 0, done.stdout + done.stderr
        yield url


def rows_of(url: str, tables: list[str]) -> dict[str, tuple[int, str]]:
    """Return how many rows each table has, and a digest of all of them."""
    found = {}
    for table in tables:
        ((count, digest),) = fetch(
            url,
            "SELECT count(*), coalesce(md5(string_agg(row, '|' ORDER BY row)), '') FROM"
            f" (SELECT (to_jsonb(t) - '{_LATER.get(table, '{}')}'::text[])::text AS row"
            f" FROM {table} t) r",
        )
        found[table] = (count, digest)
    return found


@pytest.mark.parametrize("older", revisions()[1:-1])
def test_everything_of_an_older_release_is_kept(
    postgres_server: TestServer, whole: str, older: str
) -> None:
    with copy_of(whole, server=postgres_server) as url:
        # Back to the older shape, with all the rows that it can hold.
        asyncio.run(downgrade(url, revision=older))
        tables = sorted(row[0] for row in fetch(url, _TABLES))
        before = rows_of(url, tables)
        assert {"orders", "fills", "postings", "decisions", "notices", "audit"} <= {
            name for name, (count, _) in before.items() if count
        }
        applied = asyncio.run(upgrade(url))
        assert applied == revisions()[revisions().index(older) + 1 :]
        assert rows_of(url, tables) == before
        wrong = [one for one in asyncio.run(verify(url=url)) if one.wrong]
        assert wrong == []
        # What guards the books stands again.
        with pytest.raises(asyncpg.PostgresError, match="immutable"):
            asyncio.run(execute(url=url, statement="DELETE FROM ledger"))


def test_positions_of_before_splits_were_kept_stand_in_their_trading_day(
    postgres_server: TestServer, whole: str
) -> None:
    with copy_of(whole, server=postgres_server) as url:
        asyncio.run(downgrade(url, revision="0002"))
        asyncio.run(upgrade(url))
        found = fetch(
            url,
            "SELECT p.split_on, b.day_date FROM positions p JOIN books b USING (account_id)",
        )
    assert found
    assert all(row["split_on"] == row["day_date"] for row in found)


def test_what_was_heard_of_a_broker_goes_on_from_its_mark(postgres_server: TestServer) -> None:
    async def heard(url: str) -> list[HeardReports]:
        database = Database()
        await database.start(url=url)
        try:
            books = PostgresAccountBooks(database=database)
            await books.mark_heard(broker="other", mark=3)
            return [await books.heard(broker=name) for name in ("paper", "other")]
        finally:
            await database.stop()

    with postgres_server.fresh_database(migrated=False) as url:
        asyncio.run(upgrade(url, to="0009"))
        asyncio.run(execute(url=url, statement="INSERT INTO broker_reports VALUES ('paper', 41)"))
        asyncio.run(upgrade(url))
        asyncio.run(execute(url=url, statement="INSERT INTO applied_reports VALUES ('paper', 43)"))
        assert asyncio.run(heard(url)) == [
            HeardReports(mark=41, above=frozenset({43})),
            HeardReports(mark=3),
        ]
        asyncio.run(downgrade(url, revision="0009"))
        assert [tuple(row) for row in fetch(url, "SELECT * FROM broker_reports ORDER BY 1")] == [
            ("other", 3),
            ("paper", 41),
        ]


def test_the_first_revisions_identity_stays(postgres_server: TestServer) -> None:
    with postgres_server.fresh_database(migrated=False) as url:
        asyncio.run(upgrade(url, to="0001"))
        made = fetch(url, "SELECT * FROM ballast_meta")
        assert asyncio.run(upgrade(url)) == revisions()[1:]
        assert fetch(url, "SELECT * FROM ballast_meta") == made


def test_a_process_of_before_an_upgrade_says_that_it_must_go(
    postgres_server: TestServer, tmp_path: Path
) -> None:
    with (
        postgres_server.fresh_database() as url,
        served(tmp_path / "var", BALLAST_DATABASE_URL=url) as server,
    ):
        deadline = time.monotonic() + 30
        while httpx.get(f"{server.url}/health/ready").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        asyncio.run(execute(url=url, statement="UPDATE alembic_version SET version_num = '9999'"))
        while (ready := httpx.get(f"{server.url}/health/ready")).status_code == 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert ready.status_code == 503
        token = ballast(tmp_path / "var", "token", BALLAST_DATABASE_URL=url).stdout.strip()
        status = httpx.get(f"{server.url}/api/status", headers={"Authorization": f"Bearer {token}"})
        assert "replace it with the newer Ballast" in status.text
