"""Tenants are made and listed by whoever holds the database."""

import asyncio
import json
import re
import time
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.cli.failures import FAILED, REFUSED
from tests.integration.bootstrap.processes import ballast, served

pytestmark = pytest.mark.timeout(900)


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


def test_the_firm_is_stopped_and_released_at_its_host(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder) as server:
        kill = f"{server.url}/api/v1/kill-switch"
        stopped = ballast(folder, "firm", "stop", "a fire drill")
        assert stopped.returncode == 0, stopped.stderr
        token = ballast(folder, "token").stdout.strip()
        bearer = {"Authorization": f"Bearer {token}"}
        state = httpx.get(kill, headers=bearer, trust_env=False).json()
        assert [(one["scope"], one["reason"]) for one in state["latches"]] == [
            ("firm", "a fire drill")
        ]
        body = {"scope": "firm", "reason": "not mine to stop"}
        for route in ("activate", "release"):
            refused = httpx.post(f"{kill}/{route}", headers=bearer, json=body, trust_env=False)
            assert refused.status_code == 403
        for _ in range(60):
            released = ballast(folder, "firm", "release", "it was a drill")
            if "is not done" not in released.stderr:
                break
            time.sleep(0.5)
        assert released.returncode == 0, released.stderr
        state = httpx.get(kill, headers=bearer, trust_env=False).json()
        assert state["trading"] is True
        email = json.loads((folder / "owner.json").read_text())["email"]
        made = ballast(folder, "firm", "key", email)
        assert made.returncode == 0, made.stderr
        key = {"Authorization": f"Bearer {made.stdout.strip()}"}
        done = httpx.post(f"{kill}/activate", headers=key, json=body, trust_env=False)
        assert done.status_code == 200, done.text
        assert done.json()["latch"]["scope"] == "firm"


def test_without_a_database_there_is_nothing_to_make_one_in(tmp_path: Path) -> None:
    refused = ballast(tmp_path / "var", "tenants", "list")
    assert (refused.returncode, "holds no database" in refused.stderr) == (REFUSED, True)
