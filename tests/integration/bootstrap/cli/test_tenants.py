"""Tenants are made and listed by whoever holds the database."""

import asyncio
import json
import re
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.cli.failures import FAILED, REFUSED
from tests.integration.bootstrap.processes import ballast, served

pytestmark = pytest.mark.timeout(180)


async def _broker_of(account: str, url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("SELECT broker FROM accounts WHERE id = $1", account))
    finally:
        await connection.close()


def test_a_further_tenant_is_made_and_its_owner_comes_in(tmp_path: Path, database_url: str) -> None:
    folder = tmp_path / "var"
    more = {"BALLAST_DATABASE_URL": database_url, "BALLAST_BROKERS_SECOND_KIND": "paper"}
    with served(folder, **more) as server:
        away = ("tenants", "create", "Away", "away@example.com", "--broker", "second")
        made = ballast(folder, *away, **more)
        assert made.returncode == 0, made.stderr
        tenant, account, email, password = re.findall(r"\w+ +(\S+)\n", made.stdout)
        listed = json.loads(ballast(folder, "tenants", "list", "--json", **more).stdout)
        assert [one["name"] for one in listed] == ["Home", "Away"]
        assert listed[1]["id"] == tenant
        body = {"email": email, "password": password}
        said = httpx.post(f"{server.url}/api/v1/auth/login", json=body, trust_env=False)
        assert said.status_code == 200, said.text
        assert asyncio.run(_broker_of(account, database_url)) == "second"
        again = ballast(folder, "tenants", "create", "Away", "away@example.com", **more)
        assert (again.returncode, tenant in again.stderr) == (FAILED, True)


def test_without_a_database_there_is_nothing_to_make_one_in(tmp_path: Path) -> None:
    refused = ballast(tmp_path / "var", "tenants", "list")
    assert (refused.returncode, "holds no database" in refused.stderr) == (REFUSED, True)
