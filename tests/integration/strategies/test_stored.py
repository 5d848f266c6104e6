"""`ballast strategies check` and `ballast replay` take a stored strategy by its name."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from adapters.postgres.link.database import Database
from adapters.postgres.work import PostgresWorks
from application.strategies.keep_strategies import STRATEGIES
from domain.strategies.strategy import Strategy, StrategyKind
from tests import builders
from tests.integration.strategies.classes import ROOT


def ballast(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with that database."""
    return subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "BALLAST_PROFILE": "cluster", "BALLAST_DATABASE_URL": url},
    )


async def test_a_stored_strategy_is_checked_and_played_and_not_changed(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    tenant = builders.tenant()
    async with database.system.connection() as connection:
        await connection.execute(
            "INSERT INTO tenants VALUES ($1, $2, $3)", tenant.id, tenant.name, tenant.created_at
        )
    stored = Strategy(
        id=builders.new_id(),
        tenant_id=tenant.id,
        name="my-waves",
        kind=StrategyKind.FOLLOW,
        account_id=builders.new_id(),
        symbols=("IBM",),
        threshold=Decimal("0.5"),
        cap=Decimal("0.02"),
    )
    works = PostgresWorks(database)
    async with works.begin(tenant.id) as work:
        await work.records(STRATEGIES).add(stored)
    checked = ballast(database_url, "strategies", "check", "my-waves", "--cuts", "3")
    assert checked.returncode == 0, checked.stderr
    assert "symbols      IBM\n" in checked.stdout
    out = tmp_path / "out"
    played = ballast(
        database_url,
        *("replay", "--strategy", "my-waves", "--out", str(out), "--quiet"),
        *("--start", "2011-01-03", "--end", "2011-12-30"),
    )
    assert played.returncode == 0, played.stderr
    summary = json.loads((out / "summary.json").read_text())
    assert summary["strategy"]["threshold"] == "0.5"
    assert set(summary["symbols"]) == {"IBM"}
    assert "my-waves" in (out / "orders.csv").read_text()
    unknown = ballast(database_url, "strategies", "check", "my-wave")
    assert unknown.returncode == 2
    assert "not my-wave; stored here, and like it: my-waves" in unknown.stderr
    async with works.look(tenant.id) as look:
        assert await look.records(STRATEGIES).list(limit=2) == [stored]
