"""A folder of an older release comes up to date with everything in it."""

import asyncio
import shutil
import time
from pathlib import Path

import httpx
import pytest

from adapters.postgres.backup.verifying import Finding, verify
from adapters.postgres.embedded.server import EmbeddedPostgres
from tests import old_head
from tests.integration.backup.trading import CALM, orders, quantities, ready
from tests.integration.bootstrap.processes import ballast, refused_start, served
from tests.postgres_server import TestServer, execute

pytestmark = pytest.mark.timeout(900)


def test_a_folder_of_the_old_head_is_served_with_everything_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    venue = folder / "paper-venue" / "venue-00000000000000000001.jsonl"
    for place in (folder, venue.parent):
        place.mkdir(mode=0o700)
    shutil.copyfile(old_head.VENUE, venue)
    venue.chmod(0o600)
    before = asyncio.run(_laid_down(folder))
    with served(folder, **CALM) as server:
        ready(server)
        found = orders(folder)
        assert len(found) == before["orders"][0]
        assert {one["state"] for one in found.values()} >= {"filled", "denied"}
        assert quantities(folder)
    kept, wrong = asyncio.run(_read(folder))
    assert wrong == []
    for table in ("fills", "ledger", "postings", "decisions", "workspaces", "users"):
        assert kept[table] == before[table] != (0, "")


def test_what_is_older_is_told_which_version_to_start_first(
    postgres_server: TestServer, tmp_path: Path
) -> None:
    with postgres_server.fresh_database(migrated=False) as url:
        asyncio.run(old_head.load(url))
        older = "UPDATE alembic_version SET version_num = '0027'"
        asyncio.run(execute(url=url, statement=older))
        done = refused_start(tmp_path, BALLAST_DATABASE_URL=url)
        assert done.returncode == 1
        others = [
            ballast(tmp_path, command, BALLAST_DATABASE_URL=url)
            for command in ("migrate", "verify")
        ]
        for told in (done, *others):
            assert told.returncode != 0
            assert "is at revision 0027" in told.stderr
            assert "start Ballast 0.1.0 with it first" in told.stderr
            assert "Traceback" not in told.stderr


async def _laid_down(folder: Path) -> dict[str, tuple[int, str]]:
    """Lay the old folder's database down, in a cluster of its own; return its rows."""
    server = EmbeddedPostgres(data_dir=folder)
    try:
        url = await server.start()
        await old_head.load(url)
        return await old_head.rows_of(url)
    finally:
        await server.stop()


async def _read(folder: Path) -> tuple[dict[str, tuple[int, str]], list[Finding]]:
    """Return the rows that are there now, and what does not fit together."""
    server = EmbeddedPostgres(data_dir=folder)
    try:
        url = await server.start()
        wrong = [one for one in await verify(url=url) if one.wrong]
        return await old_head.rows_of(url), wrong
    finally:
        await server.stop()


def test_a_process_of_before_an_upgrade_says_that_it_must_go(
    postgres_server: TestServer, tmp_path: Path
) -> None:
    with (
        postgres_server.fresh_database() as url,
        served(tmp_path / "var", BALLAST_DATABASE_URL=url) as server,
    ):
        deadline = time.monotonic() + 150
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
